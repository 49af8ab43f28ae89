import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPool } from '../../platform/postgres/database.ts'
import { startServer, type TestServer } from '../../../test/server.ts'

let server: TestServer
let keys = 0

beforeAll(async () => {
  server = await startServer()
  const pool = createPool(server.databaseUrl, { applicationName: 'tests', max: 1 })
  await pool.query(`insert into catalogue.wines (id, name) values ('wine', 'Wine')`)
  await pool.query(`insert into catalogue.vintages (wine, vintage) values ('wine', 2025)`)
  await pool.query(
    `insert into catalogue.skus (sku, wine, vintage, format_ml, pack, packaging) values ('PRIMEUR', 'wine', 2025, 750, 1, 'bottle')`,
  )
  await pool.end()
  const price = { amountMinor: 4_400, currency: 'EUR', taxIncluded: true, dutyIncluded: true }
  await post('/v1/prices', { lines: [{ sku: 'PRIMEUR', channel: 'web', price }] })
})

afterAll(() => server?.stop())

type Answer = Record<string, unknown> & { readonly id: string; readonly position: string; readonly status: number }

async function post(path: string, body?: object): Promise<Answer> {
  const answer = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'idempotency-key': `k${(keys += 1)}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  return { ...((await answer.json()) as Answer), status: answer.status }
}

/** A read that has seen what an answer told. */
async function get(path: string, { position }: Pick<Answer, 'position'>): Promise<Record<string, unknown>> {
  const mark = path.includes('?') ? '&' : '?'
  return (await (await fetch(`${server.url}${path}${mark}minPosition=${position}`)).json()) as Record<string, unknown>
}

test('a wine is ordered, offered with its date, sold before it is there, and comes to who bought it', async () => {
  const ordered = await post('/v1/purchase-orders', {
    location: 'shop',
    supplier: 'Château A',
    reference: 'PO 1',
    expectedAt: '2099-03-12T09:00:00Z',
    currency: 'EUR',
    lines: [{ sku: 'PRIMEUR', quantity: 6, unitCostMinor: 2_500 }],
  })
  const line = { sku: 'PRIMEUR', quantity: 6, received: 0, cancelled: 0, surplus: 0, unitCostMinor: 2_500 }
  const order = { id: ordered.id, state: 'open', supplier: 'Château A', currency: 'EUR', lines: [line] }
  expect(ordered).toMatchObject({ status: 201, ...order, expectedAt: '2099-03-12T09:00:00.000Z' })
  const path = `/v1/purchase-orders/${ordered.id}`

  const late = await post(`${path}/reschedule`, { expectedAt: '2099-04-02T09:00:00Z', reason: 'the ship is late' })
  expect(await get('/v1/offers/PRIMEUR?channel=web', late)).toMatchObject({
    available: 0,
    status: 'coming',
    expectedAt: '2099-04-02T09:00:00.000Z',
  })

  const held = await post('/v1/holds', { lines: [{ sku: 'PRIMEUR', quantity: 4, from: 'incoming' }] })
  expect(held).toMatchObject({ status: 201, lines: [{ quantity: 4, pending: 4 }] })
  await post(`/v1/holds/${held.id}/commit`)
  expect(await post(`/v1/commitments/${held.id}/ship`)).toMatchObject({ status: 409 })
  expect(await post(`${path}/cancel`)).toMatchObject({
    status: 409,
    type: expect.stringMatching(/promised-already$/),
    lines: [{ sku: 'PRIMEUR', requested: 6, free: 2, promised: 4 }],
  })

  const came = await post(`${path}/receive`, { lines: [{ sku: 'PRIMEUR', quantity: 5 }], close: true })
  expect(came).toMatchObject({ status: 200, state: 'received', lines: [{ received: 5, cancelled: 1 }] })
  expect(await get(path, came)).toMatchObject({ state: 'received', lines: [{ received: 5, cancelled: 1 }] })
  expect(await get('/v1/purchase-orders?state=received', came)).toMatchObject({ items: [{ id: ordered.id }] })
  const offer = await get('/v1/offers/PRIMEUR?channel=web', came)
  expect(offer).toMatchObject({ available: 1, status: 'low' })
  expect(offer).not.toHaveProperty('expectedAt')
  expect(await post(`/v1/commitments/${held.id}/ship`)).toMatchObject({ status: 200, state: 'closed' })
})

test('an order that nobody knows is told to be none', async () => {
  const path = '/v1/purchase-orders/00000000-0000-4000-8000-000000000000'
  for (const verb of ['receive', 'cancel']) expect(await post(`${path}/${verb}`)).toMatchObject({ status: 404 })
  expect(await post(`${path}/reschedule`, {})).toMatchObject({ status: 404 })
  const answer = await fetch(`${server.url}${path}`)
  expect(await answer.json()).toMatchObject({
    status: 404,
    detail: expect.stringMatching(/^There is no purchase order /),
  })
})

test('what comes of an order is a lot of it, delivery by delivery, at its cost', async () => {
  const lines = [{ sku: 'PRIMEUR', quantity: 12, unitCostMinor: 3_100 }]
  const order = await post('/v1/purchase-orders', {
    location: 'warehouse',
    supplier: 'Château',
    currency: 'EUR',
    lines,
  })
  const receive = (line: object) =>
    post(`/v1/purchase-orders/${order.id}/receive`, { lines: [{ sku: 'PRIMEUR', quantity: 4, ...line }] })
  await receive({ bin: 'A/1' })
  expect(await receive({ lot: { id: 'OWN', costMinor: 1 } })).toMatchObject({ status: 422 })
  const last = await receive({})
  expect(last.status).toBe(200)
  const told = { supplier: 'Château', costMinor: 3_100, currency: 'EUR' }
  expect((await get('/v1/lots?sku=PRIMEUR', last))['items']).toContainEqual(
    expect.objectContaining({ id: `PO-${order.id}`, ...told, onHand: 8 }),
  )
  expect(await get(`/v1/parcels?lot=PO-${order.id}`, last)).toMatchObject({
    items: [{ quantity: 4 }, { bin: 'A/1', quantity: 4 }],
  })
})
