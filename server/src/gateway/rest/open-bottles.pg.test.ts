import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPool } from '../../platform/postgres/database.ts'
import { startServer, type TestServer } from '../../../test/server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startServer()
  const pool = createPool(server.databaseUrl, { applicationName: 'tests', max: 1 })
  await pool.query(`insert into catalogue.wines (id, name) values ('wine', 'Wine')`)
  await pool.query(`insert into catalogue.vintages (wine, vintage) values ('wine', 0)`)
  await pool.query(`insert into catalogue.skus (sku, wine, vintage, format_ml, pack, packaging)
    values ('HALF', 'wine', 0, 375, 1, 'bottle'), ('CASE', 'wine', 0, 750, 6, 'carton')`)
  await pool.end()
  await write('/v1/receipts', { location: 'shop', lines: [{ sku: 'HALF', quantity: 12 }] })
})

afterAll(() => server.stop())

let keys = 0

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

async function write(path: string, body: object, key = `key-${(keys += 1)}`): Promise<Answer> {
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Answer['body'] }
}

async function read(path: string): Promise<Answer['body']> {
  return (await (await fetch(`${server.url}${path}`)).json()) as Answer['body']
}

async function listed(query: string): Promise<unknown[]> {
  const { items } = (await read(`/v1/open-bottles?${query}`)) as { items: { id: string }[] }
  return items.map(({ id }) => id)
}

/** Opens a half bottle; its id. */
async function opened(more: object = {}): Promise<string> {
  const { body } = await write('/v1/open-bottles', { location: 'shop', sku: 'HALF', ...more })
  return body['id'] as string
}

test('a bottle is opened, poured to the last drop and found with all that was poured of it', async () => {
  const asked = { location: 'shop', sku: 'HALF', servingMl: 125, preservation: 'argon', reference: 'bar 1' }
  const opening = await write('/v1/open-bottles', asked, 'open-once')
  expect(opening).toMatchObject({
    status: 201,
    body: { state: 'open', formatMl: 375, leftMl: 375, reference: 'bar 1' },
  })
  expect((await write('/v1/open-bottles', asked, 'open-once')).body).toEqual(opening.body)
  const path = `/v1/open-bottles/${opening.body['id'] as string}`
  await write(`${path}/pour`, { reference: 'table 4' })
  await write(`${path}/pour`, { ml: 200 })
  const last = await write(`${path}/pour`, {})
  expect(last).toMatchObject({ status: 200, body: { state: 'empty', leftMl: 0, over: 75, overMl: 75, pouredMl: 450 } })
  expect(last.body).not.toHaveProperty('pours')
  expect(await read(path)).toMatchObject({
    state: 'empty',
    pouredMl: 450,
    discardedMl: 0,
    servings: 3,
    pours: [{ ml: 125 }, { ml: 200 }, { ml: 125, reference: 'table 4' }],
  })
  expect(await write(`${path}/discard`, { reason: 'late' })).toMatchObject({ status: 409, body: { state: 'empty' } })
})

test('an opened bottle is not on hand, and what is left of it is thrown away with its reason', async () => {
  const before = (await read('/v1/stock?sku=HALF&location=shop')) as { items: { onHand: number }[] }
  const id = await opened()
  await write(`/v1/open-bottles/${id}/pour`, { ml: 75 })
  const discarded = await write(`/v1/open-bottles/${id}/discard`, { reason: 'oxidised' })
  expect(discarded).toMatchObject({
    status: 200,
    body: { state: 'discarded', leftMl: 0, discardedMl: 300, discardReason: 'oxidised' },
  })
  const position = discarded.body['position'] as string
  const after = (await read(`/v1/stock?sku=HALF&location=shop&minPosition=${position}`)) as typeof before
  expect(after.items[0]?.onHand).toBe((before.items[0]?.onHand ?? 0) - 1)
})

test('lists tell what is due, by place and by state', async () => {
  const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString()
  const due = await opened({ occurredAt: hoursAgo(2), discardAfterHours: 1 })
  const fresh = await opened({ occurredAt: hoursAgo(2), discardAfterHours: 3 })
  const gone = await opened({ occurredAt: hoursAgo(2), discardAfterHours: 1 })
  await write(`/v1/open-bottles/${gone}/discard`, { reason: 'closing' })
  expect(await listed('due=true')).toEqual([due])
  expect(await listed('state=open&location=shop')).toEqual([fresh, due])
  expect(await listed('state=discarded&limit=1')).toEqual([gone])
  expect(await listed('location=warehouse')).toEqual([])
  expect(await listed('due=true&state=empty')).toEqual([])
  expect(await read(`/v1/open-bottles/${due}`)).toMatchObject({ state: 'open', due: true })
  expect(await read(`/v1/open-bottles/${fresh}`)).not.toHaveProperty('due')
  expect(await read(`/v1/open-bottles/${gone}`)).not.toHaveProperty('due')
  // Past its time it can still be poured.
  expect(await write(`/v1/open-bottles/${due}/pour`, { ml: 100 })).toMatchObject({ status: 200, body: { leftMl: 275 } })
})

test('a list goes on where the page before ended', async () => {
  const ids = [await opened(), await opened(), await opened()].toReversed()
  const first = (await read('/v1/open-bottles?state=open&limit=2')) as { items: { id: string }[]; next: string }
  const second = (await read(`/v1/open-bottles?state=open&limit=1&cursor=${first.next}`)) as typeof first
  expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids)
})

test('a case, an unknown wine and an unknown place are not opened, and nobody else’s bottle is poured', async () => {
  const slugOf = async (path: string, body: object) => {
    const answer = await write(path, body)
    return [answer.status, String(answer.body['type']).split('/').at(-1), answer.body['pack']]
  }
  expect(await slugOf('/v1/open-bottles', { location: 'shop', sku: 'CASE' })).toEqual([422, 'not-a-bottle', 6])
  expect(await slugOf('/v1/open-bottles', { location: 'shop', sku: 'NONE' })).toEqual([422, 'unknown-sku', undefined])
  expect(await slugOf('/v1/open-bottles', { location: 'moon', sku: 'HALF' })).toEqual([
    422,
    'unknown-location',
    undefined,
  ])
  const transfer = await write('/v1/transfers', {
    from: 'shop',
    to: 'warehouse',
    lines: [{ sku: 'HALF', quantity: 1 }],
  })
  const stranger = `/v1/open-bottles/${transfer.body['id'] as string}`
  expect(await slugOf(`${stranger}/pour`, { ml: 1 })).toEqual([404, 'not-found', undefined])
  expect(await read(stranger)).toMatchObject({ status: 404 })
  const id = await opened()
  expect(await slugOf(`/v1/open-bottles/${id}/pour`, {})).toEqual([422, 'serving-unknown', undefined])
})
