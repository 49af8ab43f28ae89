import { Compile } from 'typebox/compile'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Order } from '@cellarhand/protocol/order'
import { StockEffect } from '@cellarhand/protocol/stock'
import { createPool } from '../../platform/postgres/database.ts'
import { startServer, type TestServer } from '../../../test/server.ts'

let server: TestServer
let keys = 0

beforeAll(async () => {
  server = await startServer({ env: { CELLARHAND_COUNTRY: 'DE' } })
  const pool = createPool(server.databaseUrl, { applicationName: 'tests', max: 1 })
  await pool.query(`insert into catalogue.wines (id, name) values ('wine', 'Wine')`)
  await pool.query(`insert into catalogue.vintages (wine, vintage) values ('wine', 0)`)
  await pool.query(
    `insert into catalogue.skus (sku, wine, vintage, format_ml, pack, packaging) values ('WINE', 'wine', 0, 750, 1, 'bottle')`,
  )
  await pool.end()
  const price = { amountMinor: 1_000, currency: 'EUR', taxIncluded: true, dutyIncluded: true }
  await post('/v1/prices', { lines: [{ sku: 'WINE', channel: 'web', price }] })
  await post('/v1/receipts', { location: 'shop', lines: [{ sku: 'WINE', quantity: 60 }] })
})

afterAll(() => server?.stop())

interface Answered {
  readonly status: number
  readonly body: Record<string, unknown>
}

async function ask(path: string, init?: RequestInit): Promise<Answered> {
  const response = await fetch(`${server.url}${path}`, init)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

function post(path: string, body?: object, key = `key-${(keys += 1)}`): Promise<Answered> {
  const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
  return ask(path, {
    method: 'POST',
    headers: { ...type, 'idempotency-key': key },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

async function held(quantity: number): Promise<string> {
  const { body } = await post('/v1/holds', { lines: [{ sku: 'WINE', quantity }] })
  return String(body['id'])
}

const buyer = { bornOn: '1980-05-01' }
const terms = { fulfilment: 'ship', destination: { country: 'DE', postcode: '10115' }, buyer }
const lines = (quantity: number) => [{ sku: 'WINE', quantity }]
const slugOf = ({ body }: Answered) => String(body['type']).split('/').at(-1)

it('takes an order from its hold to its customer and back, every answer as the document says', async () => {
  const holdId = await held(4)
  const gift = { message: 'For many years', hidePrices: true }
  const charges = [{ kind: 'vat', label: '19 %', amountMinor: 639, currency: 'EUR' }]
  const placed = await post('/v1/orders', { holdId, externalRef: 'W-1', ...terms, gift, charges, customer: 'anna' })
  const path = `/v1/orders/${holdId}`
  const answers = [
    placed,
    await post(`${path}/pay`, { reference: 'payment 7' }),
    await post(`${path}/pick`, { lines: [{ sku: 'WINE', quantity: 3, lot: 'L1' }] }),
    await post(`${path}/ready`),
    await post(`${path}/ship`, { lines: lines(2), carrier: 'DHL', trackingUrl: 'https://dhl.example/1' }),
    await post(`${path}/cancel`, { lines: lines(1), reason: 'one broke' }),
    await post(`${path}/collect`, { place: { country: 'FR' } }),
    await post(`${path}/deliver`),
    await post(`${path}/return`, { lines: [{ ...lines(1)[0], condition: 'label torn' }], location: 'warehouse' }),
    await post(`${path}/return`, { to: 'available' }),
    await ask(path),
  ]
  const states = 'placed paid picking ready ready ready shipped delivered delivered returned returned'
  expect(answers.map(({ body }) => body['state']).join(' ')).toBe(states)
  const check = Compile(Order)
  for (const { body } of answers) expect([...check.Errors(body)]).toEqual([])
  expect(answers.at(-1)?.body).toMatchObject({
    ...terms,
    gift,
    charges,
    customer: 'anna',
    externalRef: 'W-1',
    lines: [{ quantity: 4, shipped: 2, collected: 1, cancelled: 1, returned: 3 }],
    picks: [{ lot: 'L1' }],
    shipments: [{ number: 1, carrier: 'DHL', deliveredAt: expect.any(String) }],
    returns: [{ to: 'quarantined', lines: [{ location: 'warehouse', quantity: 1 }] }, { to: 'available' }],
  })
  const notes = await ask('/v1/notes?sku=WINE')
  expect(notes.body['items']).toMatchObject([{ kind: 'returnOrder', location: 'warehouse', condition: 'label torn' }])
})

it('lists orders by state, by reference and by customer', async () => {
  const holdId = await held(1)
  await post('/v1/orders', { holdId, externalRef: 'W-2', customer: 'ben', ...terms })
  for (const by of ['externalRef=W-2', 'customer=ben', 'state=placed']) {
    const { body } = await ask(`/v1/orders?${by}`)
    expect(body['items']).toMatchObject([{ id: holdId, externalRef: 'W-2' }])
  }
  expect((await ask('/v1/orders?customer=nobody')).body['items']).toEqual([])
})

it('hands a collected order over at a till, once however often it is told', async () => {
  const holdId = await held(2)
  await post('/v1/orders', { holdId, externalRef: 'W-3', fulfilment: 'collect', buyer })
  const sale = { location: 'shop', orderRef: 'W-3', lines: lines(2) }
  const [told, again] = [await post('/v1/sales', sale, 'till-1'), await post('/v1/sales', sale, 'till-1')]
  expect(again.body).toEqual(told.body)
  expect([...Compile(StockEffect).Errors(told.body)]).toEqual([])
  expect(told.body).toMatchObject({ order: { id: holdId, state: 'collected' } })
  expect((await post('/v1/sales', { ...sale, orderRef: 'W-none' })).body).toMatchObject({ orderUnknown: true })
})

it('is asked by the law: by that of the destination, and by that of the shop', async () => {
  const holdId = await held(1)
  const order = (more: object) => post('/v1/orders', { holdId, ...terms, ...more })
  const refused = [
    await order({ buyer: { bornOn: '2015-05-01' } }),
    await order({ buyer: {} }),
    await order({ destination: { country: 'US', subdivision: 'US-UT' } }),
    await order({ destination: { country: 'AQ' } }),
    await order({ fulfilment: 'collect', destination: undefined, buyer: undefined }),
    await order({ destination: undefined }),
  ]
  expect(refused.map((answer) => [answer.status, slugOf(answer)])).toEqual([
    [403, 'too-young'],
    [403, 'age-unknown'],
    [403, 'destination-blocked'],
    [403, 'policy-unknown'],
    [403, 'age-unknown'],
    [422, 'unprocessable'],
  ])
  expect((await ask(`/v1/holds/${holdId}`)).body).toMatchObject({ state: 'active' })
  expect((await order({})).status).toBe(201)
})

it('sends whoever speaks to the commitment of an order to the order', async () => {
  const holdId = await held(1)
  await post('/v1/orders', { holdId, ...terms })
  const answer = await post(`/v1/commitments/${holdId}/ship`)
  expect([answer.status, slugOf(answer), answer.body['order']]).toEqual([409, 'belongs-to-order', holdId])
  expect(answer.body['detail']).toContain(`/v1/orders/${holdId}/ship`)
})
