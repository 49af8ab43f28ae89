import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPool } from '../../platform/postgres/database.ts'
import { verify } from '../../verify/verify.ts'
import { startServer, type TestServer } from '../../../test/server.ts'

let server: TestServer
let keys = 0

beforeAll(async () => {
  server = await startServer()
  const pool = createPool(server.databaseUrl, { applicationName: 'tests', max: 1 })
  await pool.query(`
    insert into catalogue.wines (id, name) values ('musar', 'Musar'), ('krug', 'Krug'), ('set', 'Tasting set');
    insert into catalogue.vintages (wine, vintage) values ('musar', 2018), ('krug', 0), ('set', 0);
    insert into catalogue.skus (sku, wine, vintage, format_ml, pack, packaging) values
      ('M', 'musar', 2018, 750, 1, 'bottle'), ('K', 'krug', 0, 750, 1, 'bottle'), ('K3', 'krug', 0, 750, 3, 'OCB'),
      ('SET', 'set', 0, 750, 3, 'carton'), ('MIXED', 'set', 0, 750, 6, 'carton')`)
  await pool.end()
})

afterAll(() => server?.stop())

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown> & { id: string; position: string }
}

async function ask(method: string, path: string, body?: unknown): Promise<Answer> {
  const headers = new Headers(body === undefined ? {} : { 'content-type': 'application/json' })
  if (method !== 'GET') headers.set('idempotency-key', `k${(keys += 1)}`)
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as Answer['body'] }
}

const line = (sku: string, quantity: number) => ({ sku, quantity })
const price = (amountMinor: number) => ({ amountMinor, currency: 'EUR', taxIncluded: true, dutyIncluded: true })
const offer = async (minPosition: string) =>
  (await ask('GET', `/v1/offers/SET?channel=counter&minPosition=${minPosition}`)).body

describe('a bundle', () => {
  const components = [line('M', 2), line('K', 1)]

  test('is told of by its recipe, to who wrote it at once', async () => {
    const put = await ask('PUT', '/v1/bundles/SET', { components })
    expect(put).toMatchObject({ status: 200, body: { sku: 'SET', components } })
    const { position } = put.body
    expect((await ask('PUT', '/v1/bundles/SET', { components })).body).toEqual(put.body)
    expect((await ask('GET', `/v1/bundles/SET?minPosition=${position}`)).body).toMatchObject({ components })
    expect((await ask('GET', '/v1/bundles')).body).toMatchObject({ items: [{ sku: 'SET', components }] })
    expect((await ask('GET', '/v1/mixed-cases/SET')).status).toBe(404)
  })

  test.each([
    ['a SKU that nobody knows', 'SET', [line('NOBODY', 1)], 'unknown-sku'],
    ['itself', 'SET', [line('SET', 1)], 'invalid-recipe'],
    ['a SKU twice', 'SET', [line('M', 1), line('M', 1)], 'invalid-recipe'],
    ['a bundle', 'MIXED', [line('SET', 1)], 'invalid-recipe'],
  ])('is not made of %s', async (_what, sku, of, slug) => {
    const { body } = await ask('PUT', `/v1/bundles/${sku}`, { components: of })
    expect(body['type']).toBe(`https://cellarhand.dev/problems/${slug}`)
  })

  test('is told of by its wine, with what its components are', async () => {
    const parts = [
      { sku: 'M', quantity: 2, wine: 'Musar', vintage: 2018, formatMl: 750, pack: 1 },
      { sku: 'K', quantity: 1, wine: 'Krug', vintage: 'NV', formatMl: 750, pack: 1 },
    ]
    const skus = [expect.objectContaining({ sku: 'SET', madeOf: { kind: 'bundle', parts } }), { sku: 'MIXED' }]
    expect((await ask('GET', '/v1/wines/set')).body).toMatchObject({ skus })
    expect((await ask('GET', '/v1/wines?q=tasting')).body).toMatchObject({ items: [{ skus }] })
    const { body } = await ask('GET', '/v1/wines/krug')
    expect(JSON.stringify(body)).not.toContain('madeOf')
  })

  test('is offered as its scarcest component allows, anew with every change of one', async () => {
    await ask('POST', '/v1/prices', {
      lines: ['SET', 'M', 'K'].map((sku, at) => ({
        sku,
        channel: 'counter',
        price: price([7_000, 3_000, 4_000][at] ?? 0),
      })),
    })
    const received = await ask('POST', '/v1/receipts', { location: 'shop', lines: [line('M', 9), line('K', 4)] })
    expect(await offer(received.body.position)).toMatchObject({
      available: 4,
      status: 'low',
      price: { amountMinor: 7_000 },
      position: received.body.position,
    })
    const sold = await ask('POST', '/v1/sales', { location: 'shop', lines: [line('M', 3)] })
    expect(await offer(sold.body.position)).toMatchObject({ available: 3, position: sold.body.position })
  })

  test('is held by its components at shares of its price, sold, and shipped', async () => {
    const asked = { channel: 'counter', ...line('SET', 2), expectedPrice: { amountMinor: 7_000, currency: 'EUR' } }
    const held = await ask('POST', '/v1/holds', { lines: [asked] })
    const bundle = { sku: 'SET', quantity: 2 }
    expect(held).toMatchObject({
      status: 201,
      body: {
        lines: [
          { line: 0, sku: 'M', quantity: 4, price: price(2_100), bundle },
          { line: 0, sku: 'K', quantity: 2, price: price(2_800), bundle },
        ],
      },
    })
    expect(await offer(held.body.position)).toMatchObject({ available: 1, held: 0 })
    expect((await ask('POST', '/v1/holds', { lines: [asked] })).body).toMatchObject({
      status: 409,
      lines: [{ sku: 'SET', requested: 2, available: 1 }],
    })
    await ask('POST', `/v1/holds/${held.body.id}/commit`)
    expect((await ask('POST', `/v1/commitments/${held.body.id}/ship`)).body).toMatchObject({
      state: 'closed',
      lines: [
        { shipped: 4, bundle },
        { shipped: 2, bundle },
      ],
    })
  })

  test('is sold at a till, and nothing else can happen to it', async () => {
    const sold = await ask('POST', '/v1/sales', { location: 'shop', lines: [line('SET', 1)] })
    expect(sold.body).toMatchObject({
      levels: [
        { sku: 'M', available: 0 },
        { sku: 'K', available: 1 },
      ],
    })
    const received = await ask('POST', '/v1/receipts', { location: 'shop', lines: [line('SET', 1)] })
    expect(received.body).toMatchObject({ status: 422, sku: 'SET', components })
  })

  test('that is forgotten is a SKU as others are', async () => {
    expect((await ask('DELETE', '/v1/bundles/SET')).body).toMatchObject({ sku: 'SET' })
    expect((await ask('DELETE', '/v1/bundles/SET')).status).toBe(404)
    expect((await ask('POST', '/v1/receipts', { location: 'shop', lines: [line('SET', 1)] })).status).toBe(201)
    expect((await ask('PUT', '/v1/bundles/SET', { components })).body).toMatchObject({
      detail: 'There are bottles of SET at shop: a bundle stands nowhere.',
    })
  })
})

describe('a mixed case', () => {
  test('is built of what its recipe says and broken into that, and stands where it was packed', async () => {
    const components = [line('M', 3), line('K3', 1)]
    await ask('PUT', '/v1/mixed-cases/MIXED', { components })
    await ask('POST', '/v1/receipts', { location: 'shop', lines: [line('M', 6), line('K', 9)] })
    // Three of Krug are three of Krug, whatever they came in.
    const build = { location: 'shop', break: [line('M', 6), line('K', 6)], build: [line('MIXED', 2)] }
    const short = { ...build, break: [line('M', 6), line('K', 5)] }
    expect((await ask('POST', '/v1/repacks', short)).body).toMatchObject({
      bottles: [{ wine: 'krug', broken: 5, built: 6, lost: 0 }],
    })
    expect((await ask('POST', '/v1/repacks', build)).status).toBe(201)
    expect((await ask('PUT', '/v1/mixed-cases/MIXED', { components: [line('M', 6)] })).body).toMatchObject({
      detail: expect.stringContaining('There are cases of MIXED at shop'),
    })
    const apart = { location: 'shop', break: [line('MIXED', 1)], build: [line('M', 3), line('K', 3)] }
    expect((await ask('POST', '/v1/repacks', apart)).status).toBe(201)
    expect((await verify(server.databaseUrl)).ok).toBe(true)
  })
})
