import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type pg from 'pg'
import { createPool } from '../../platform/postgres/database.ts'
import { verify } from '../../verify/verify.ts'
import { startServer, type TestServer } from '../../../test/server.ts'

/** Two processes of one cellar. */
let servers: TestServer[] = []
let pool: pg.Pool
let keys = 0

const WOOD = 'LATOUR-2010-75X6'
const shown = { condition: 'level base neck', provenance: 'ex-château', drinkBy: 2060 }
const details = { ...shown, supplier: 'Maison' }

beforeAll(async () => {
  const first = await startServer()
  servers = [first, await startServer({ databaseUrl: first.databaseUrl })]
  pool = createPool(first.databaseUrl, { applicationName: 'tests', max: 2 })
  await pool.query(`
    insert into catalogue.wines (id, name) values ('latour', 'Latour');
    insert into catalogue.vintages (wine, vintage) values ('latour', 2010);
    insert into catalogue.skus (sku, wine, vintage, format_ml, pack, packaging) values
      ('${WOOD}', 'latour', 2010, 750, 6, 'OWC'), ('LATOUR-2010-75', 'latour', 2010, 750, 1, 'bottle')`)
  await post('/v1/receipts', {
    location: 'shop',
    lines: [
      { sku: WOOD, quantity: 1, lot: { id: 'C7', ...details, costMinor: 540_000, currency: 'EUR' }, bin: 'A/1' },
      { sku: WOOD, quantity: 2, lot: { id: 'D1' } },
      { sku: 'LATOUR-2010-75', quantity: 3 },
    ],
  })
})

afterAll(async () => {
  await pool?.end()
  for (const server of servers.toReversed()) await server.stop()
})

type Answer = Record<string, unknown> & { readonly status: number; readonly position: string; readonly id: string }

async function post(path: string, body: object, at = 0, key = `k${(keys += 1)}`): Promise<Answer> {
  const response = await fetch(`${servers[at]?.url}${path}`, {
    method: 'POST',
    headers: { 'idempotency-key': key, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { ...((await response.json()) as Answer), status: response.status }
}

async function get(path: string, { position }: Pick<Answer, 'position'>, at = 0): Promise<Record<string, unknown>> {
  const mark = path.includes('?') ? '&' : '?'
  const response = await fetch(`${servers[at]?.url}${path}${mark}minPosition=${position}`)
  return (await response.json()) as Record<string, unknown>
}

const slugOf = (answer: Answer) => String(answer['type']).split('/').at(-1)
const offer = (more: object = {}) => ({ sku: WOOD, lot: 'C7', location: 'shop', as: 'LATOUR-2010-C7', ...more })
const price = (amountMinor: number) => ({ amountMinor, currency: 'EUR', taxIncluded: true, dutyIncluded: true })

describe('a lot that is sold by itself', () => {
  test('is a SKU of its own: with its price, its offer and what is known of it, an original case still', async () => {
    const refused = await post('/v1/holds', { lines: [{ sku: WOOD, quantity: 1, lot: 'C7' }] })
    expect([refused.status, slugOf(refused), refused['lot']]).toEqual([409, 'lot-not-offered', 'C7'])
    const made = await post('/v1/lot-offers', offer({ reference: 'R1' }), 0, 'offer')
    expect(made).toMatchObject({
      status: 201,
      reference: 'R1',
      break: [{ sku: WOOD, quantity: 1, lot: 'C7', lots: [{ lot: 'C7', quantity: 1 }] }],
      build: [{ sku: 'LATOUR-2010-C7', quantity: 1, lots: [{ lot: 'C7', quantity: 1 }] }],
    })
    expect(await post('/v1/lot-offers', offer({ reference: 'R1' }), 0, 'offer')).toEqual(made)
    const one = await get('/v1/lot-offers/LATOUR-2010-C7', made)
    const sold = { sku: 'LATOUR-2010-C7', of: WOOD, lot: 'C7', ...details, costMinor: 540_000, onHand: 1 }
    expect(one).toMatchObject(sold)
    expect(await get('/v1/lot-offers', made)).toMatchObject({ items: [sold] })
    const { position } = await post('/v1/prices', {
      lines: [
        { sku: WOOD, channel: 'web', price: price(900_000) },
        { sku: 'LATOUR-2010-C7', channel: 'web', price: price(990_000) },
      ],
    })
    const offers = await get(`/v1/offers?channel=web&sku=${WOOD},LATOUR-2010-C7`, { position }, 1)
    expect(offers).toMatchObject({
      items: [
        { sku: WOOD, available: 2 },
        { sku: 'LATOUR-2010-C7', available: 1, price: { amountMinor: 990_000 } },
      ],
    })
    expect(await get('/v1/parcels?sku=LATOUR-2010-C7', made)).toMatchObject({ items: [{ lot: 'C7', bin: 'A/1' }] })
  })

  test('is shown with its wine, with what a customer may know and not with what it cost', async () => {
    const { skus } = (await (await fetch(`${servers[0]?.url}/v1/wines/latour`)).json()) as { skus: { sku: string }[] }
    expect(skus.find(({ sku }) => sku === 'LATOUR-2010-C7')).toMatchObject({ pack: 6, packaging: 'OWC' })
    expect(skus.flatMap((sku) => ('lot' in sku ? [sku.lot] : []))).toEqual([{ of: WOOD, lot: 'C7', ...shown }])
  })

  test('goes to one of those who ask for it at once, at either of two processes; a hold of the SKU never gets it', async () => {
    const line = { sku: WOOD, quantity: 1, lot: 'C7', location: 'shop' }
    const asked = await Promise.all(Array.from({ length: 12 }, (_, n) => post('/v1/holds', { lines: [line] }, n % 2)))
    const [granted, ...others] = asked.filter(({ status }) => status === 201)
    expect([granted?.status, others]).toEqual([201, []])
    expect(new Set(asked.filter(({ status }) => status !== 201).map(slugOf))).toEqual(new Set(['insufficient-stock']))
    const lines = [{ sku: 'LATOUR-2010-C7', quantity: 1, lot: { of: WOOD, lot: 'C7' } }]
    expect(granted).toMatchObject({ lines })
    const hold = granted as Answer
    expect(await get(`/v1/holds/${hold.id}`, hold, 1)).toMatchObject({ id: hold.id, lines: hold['lines'] })
    const plain = await post('/v1/holds', { lines: [{ sku: WOOD, quantity: 3, location: 'shop' }] })
    expect([plain.status, slugOf(plain)]).toEqual([409, 'insufficient-stock'])
    const sale = await post(`/v1/holds/${hold.id}/commit`, {})
    expect(sale).toMatchObject({ status: 201, lines })
    expect(await get(`/v1/commitments/${hold.id}`, sale)).toMatchObject({ lines })
    expect((await post(`/v1/commitments/${hold.id}/cancel`, {})).status).toBe(200)
  })

  test('goes back to the others, and can be offered again', async () => {
    const back = await post('/v1/lot-offers/LATOUR-2010-C7/withdraw', { location: 'shop', reference: 'not now' }, 1)
    expect(back).toMatchObject({ status: 201, build: [{ sku: WOOD, quantity: 1, lots: [{ lot: 'C7', quantity: 1 }] }] })
    expect(await get('/v1/lot-offers/LATOUR-2010-C7', back)).toMatchObject({ onHand: 0 })
    expect(await get(`/v1/parcels?sku=${WOOD}`, back)).toMatchObject({
      items: [
        { lot: 'C7', bin: 'A/1', quantity: 1 },
        { lot: 'D1', quantity: 2 },
      ],
    })
    const none = await post('/v1/lot-offers/LATOUR-2010-C7/withdraw', { location: 'shop' })
    expect([none.status, slugOf(none)]).toEqual([409, 'insufficient-stock'])
    expect((await post('/v1/lot-offers', offer(), 1)).status).toBe(201)
    expect(slugOf(await post('/v1/lot-offers/NOBODY/withdraw', { location: 'shop' }))).toBe('not-found')
  })

  test('is sold at a till by the SKU that is on its label', async () => {
    const sale = await post('/v1/sales', { location: 'shop', lines: [{ sku: WOOD, quantity: 1, lot: 'C7' }] }, 1)
    expect(sale).toMatchObject({ status: 201, levels: [{ sku: 'LATOUR-2010-C7', onHand: 0 }] })
  })

  test.each<[string, object, number, string]>([
    ['a lot that nobody opened', { lot: 'C8', as: 'NEW' }, 409, 'not-in-lot'],
    ['a SKU that nobody knows', { sku: 'NOBODY', as: 'NEW' }, 422, 'unknown-sku'],
    ['a location that nobody knows', { location: 'moon', as: 'NEW' }, 422, 'unknown-location'],
    ['a second SKU for a lot', { as: 'NEW' }, 422, 'invalid-lot-offer'],
    ['a second lot for a SKU', { lot: 'D1' }, 422, 'invalid-lot-offer'],
    ['a SKU that holds something else', { lot: 'D1', as: 'LATOUR-2010-75' }, 422, 'invalid-lot-offer'],
    ['the SKU itself', { lot: 'D1', as: WOOD }, 422, 'invalid-lot-offer'],
  ])('is refused for %s, and no SKU is made of it', async (_what, more, status, slug) => {
    const refused = await post('/v1/lot-offers', offer(more))
    expect([refused.status, slugOf(refused)]).toEqual([status, slug])
    expect((await pool.query(`select from catalogue.skus where sku = 'NEW'`)).rowCount).toBe(0)
  })

  test('is in books that balance', async () => {
    const { ok, checks } = await verify(servers[0]?.databaseUrl ?? '')
    expect([ok, checks.filter(({ total }) => total > 0)]).toEqual([true, []])
  })
})
