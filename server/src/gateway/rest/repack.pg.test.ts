import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPool } from '../../platform/postgres/database.ts'
import { verify } from '../../verify/verify.ts'
import { startServer, type TestServer } from '../../../test/server.ts'
import type pg from 'pg'

let server: TestServer
let pool: pg.Pool
let keys = 0

beforeAll(async () => {
  server = await startServer()
  pool = createPool(server.databaseUrl, { applicationName: 'tests', max: 2 })
  await pool.query(`
    insert into catalogue.wines (id, name) values ('musar', 'Musar'), ('other', 'Other');
    insert into catalogue.vintages (wine, vintage) values ('musar', 2018), ('other', 0);
    insert into catalogue.skus (sku, wine, vintage, format_ml, pack, packaging) values
      ('M', 'musar', 2018, 750, 1, 'bottle'), ('M6', 'musar', 2018, 750, 6, 'carton'), ('M12', 'musar', 2018, 750, 12, 'OWC'),
      ('O', 'other', 0, 750, 1, 'bottle')`)
})

afterAll(async () => {
  await pool?.end()
  await server?.stop()
})

async function post(path: string, body: unknown, key = `k${(keys += 1)}`) {
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body),
  })
  return { status: response.status, replayed: response.headers.get('idempotency-replayed'), ...(await read(response)) }
}

async function read(response: Response): Promise<{ body: Record<string, unknown> & { id: string } }> {
  return { body: (await response.json()) as Record<string, unknown> & { id: string } }
}

const available = async (sku: string) =>
  (await pool.query<{ available: number }>('select available from stock.levels where sku = $1', [sku])).rows[0]
    ?.available

const line = (sku: string, quantity: number) => ({ sku, quantity })

test('cases are broken and built by what the catalogue says they hold, bottle for bottle', async () => {
  await post('/v1/receipts', { location: 'shop', lines: [line('M12', 2), line('M', 1)] })
  const broken = { location: 'shop', break: [line('M12', 1)], build: [line('M6', 1), line('M', 5)] }
  expect((await post('/v1/repacks', broken)).body).toMatchObject({
    type: expect.stringContaining('repack-unbalanced'),
    bottles: [{ wine: 'musar', vintage: 2018, formatMl: 750, broken: 12, built: 11, lost: 0 }],
  })
  const losses = [{ ...line('M', 1), reason: 'breakage' }]
  const { status, body } = await post('/v1/repacks', { ...broken, losses, reference: 'R7' })
  expect([status, body['state']]).toEqual([201, 'done'])
  expect([await available('M12'), await available('M6'), await available('M')]).toEqual([1, 1, 6])
  const one = await read(await fetch(`${server.url}/v1/repacks/${body.id}?minPosition=${String(body['position'])}`))
  expect(one.body).toEqual(body)
  const all = await read(await fetch(`${server.url}/v1/repacks`))
  expect(all.body).toMatchObject({ items: [{ id: body.id, reference: 'R7', losses }] })
})

test('an original case is not built, and a SKU that nobody knows is said to be one', async () => {
  const original = { location: 'shop', break: [line('M6', 2)], build: [line('M12', 1)] }
  expect((await post('/v1/repacks', original)).body).toMatchObject({
    type: expect.stringContaining('original-not-rebuilt'),
  })
  const unknown = { location: 'shop', break: [line('M6', 1)], build: [line('NOBODY', 6)] }
  expect((await post('/v1/repacks', unknown)).body).toMatchObject({ sku: 'NOBODY', status: 422 })
})

test('a lot keeps its number from the case to the bottle and back, and each bottle its part of the cost', async () => {
  const lot = { id: 'B7', supplier: 'Maison', costMinor: 10_000, currency: 'EUR', drinkBy: 2035 }
  await post('/v1/receipts', { location: 'warehouse', lines: [{ ...line('M12', 2), lot }, line('M12', 2)] })
  const broken = { location: 'warehouse', break: [{ ...line('M12', 1), lot: 'B7' }], build: [line('M6', 2)] }
  const { status, body } = await post('/v1/repacks', broken)
  expect(status).toBe(201)
  expect(body).toMatchObject({
    break: [{ sku: 'M12', lot: 'B7', lots: [{ lot: 'B7', quantity: 1 }] }],
    build: [{ sku: 'M6', lots: [{ lot: 'B7', quantity: 2 }] }],
  })
  for (const build of [line('M6', 2), line('M6', 2)]) {
    await post('/v1/repacks', { location: 'warehouse', break: [line('M12', 1)], build: [build] })
  }
  await post('/v1/repacks', { location: 'warehouse', break: [line('M6', 2)], build: [line('M', 12)] })
  const lots = async (sku: string) => (await read(await fetch(`${server.url}/v1/lots?sku=${sku}`))).body['items']
  const told = { id: 'B7', supplier: 'Maison', currency: 'EUR', drinkBy: 2035 }
  expect(await lots('M12')).toMatchObject([{ ...told, costMinor: 10_000, onHand: 0 }])
  expect(await lots('M6')).toMatchObject([{ ...told, costMinor: 5_000, onHand: 2 }])
  expect(await lots('M')).toMatchObject([{ ...told, costMinor: 833, onHand: 12 }])
  const gone = await post('/v1/repacks', { ...broken, build: [line('M', 12)] })
  expect(gone.body).toMatchObject({ type: expect.stringContaining('not-in-lot'), status: 409, there: 0 })
})

test('asked again after the catalogue changed, a repack answers as it did, and the books still balance', async () => {
  const body = { location: 'shop', break: [line('M6', 1)], build: [line('M', 6)] }
  const first = await post('/v1/repacks', body, 'once')
  await pool.query(`update catalogue.skus set pack = 5 where sku = 'M6'`)
  const again = await post('/v1/repacks', body, 'once')
  expect(again).toEqual({ ...first, replayed: 'true' })
  expect((await post('/v1/repacks', { ...body, build: [line('M', 5)] }, 'once')).body).toMatchObject({
    type: expect.stringContaining('idempotency-key-reused'),
  })
  expect((await verify(server.databaseUrl)).ok).toBe(true)
})
