import { status, type ServiceError } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { failedOf, grpcClient, type Failed, type GrpcClient } from '../../../test/grpc.ts'
import { freePort } from '../../platform/postgres/postmaster.ts'
import { startServer, type TestServer } from '../../../test/server.ts'
import { connect } from '../../platform/postgres/database.ts'
import { until } from '../../platform/postgres/processes.ts'
import { openTestStock, priceIt, type TestStock } from '../../../test/stock.ts'

let server: TestServer
let stock: TestStock
let keys = 0

const skus = Array.from({ length: 12 }, (_, index) => `G-${index}`)
const key = () => `grpc-${(keys += 1)}`
const client = (): GrpcClient => grpcClient(server.grpcPort)

beforeAll(async () => {
  server = await startServer({ env: { GRPC_PORT: String(await freePort()) } })
  stock = openTestStock(server.databaseUrl)
  for (const sku of skus) await stock.done({ kind: 'receive', location: 'shop', lines: [{ sku, quantity: 20 }] })
  await priceIt(stock, ...skus)
  const { position } = await refreshed()
  expect((await fetch(`${server.url}/v1/stock?minPosition=${position}`)).status).toBe(200)
})

afterAll(async () => {
  await stock?.close()
  await server?.stop()
})

interface Effect {
  readonly stockEffect: { readonly occurredAt: object; readonly levels: readonly { readonly available?: number }[] }
}

interface Listed {
  readonly items: readonly { readonly sku: string }[]
  readonly next?: string
}

interface Reflected {
  readonly listServicesResponse: { readonly service: readonly { readonly name: string }[] }
  readonly fileDescriptorResponse: { readonly fileDescriptorProto: readonly Uint8Array[] }
}

interface Found {
  readonly items: readonly { readonly id: string; readonly name: string }[]
  readonly total: number
}

const hold = (sku: string, quantity = 1, more: object = {}) => ({
  idempotencyKey: key(),
  lines: [{ sku, quantity }],
  ...more,
})

const refusalOf = async (call: Promise<unknown>): Promise<Failed> =>
  call.then(
    (answer) => {
      throw new Error(`was answered: ${JSON.stringify(answer)}`)
    },
    (error: Failed) => error,
  )

const rest = async <T>(path: string) => (await (await fetch(`${server.url}${path}`)).json()) as T

describe('StockService', () => {
  test('walks a bottle from a hold to its shipment, and answers what REST answers, with where it was decided', async () => {
    const { call } = client()
    const held = await call<{ hold: { id: string; position: string }; position: string }>(
      'StockService/HoldBottles',
      hold('G-0', 2, { customer: 'anna', actor: 'till 1' }),
    )
    expect(held.position).toBe(held.hold.position)
    expect(held).toMatchObject({ hold: { state: 'HOLD_STATE_ACTIVE', lines: [{ sku: 'G-0', quantity: 2 }] } })
    const { id } = held.hold
    await call('StockService/ExtendHold', { idempotencyKey: key(), id, ttlSeconds: 900 })
    await call('StockService/CommitHold', { idempotencyKey: key(), id, reference: 'web-1' })
    const shipped = await call<{ commitment: object; position: string }>('StockService/ShipCommitment', {
      idempotencyKey: key(),
      id,
    })
    expect(shipped.commitment).toMatchObject({ state: 'COMMITMENT_STATE_CLOSED', reference: 'web-1' })
    const seen = await call<{ commitment: object }>('StockService/GetCommitment', { id, minPosition: shipped.position })
    const { lines } = await rest<{ lines: { sku: string; shipped: number; price: object }[] }>(`/v1/commitments/${id}`)
    expect(seen.commitment).toMatchObject({ lines: lines.map(({ sku, shipped, price }) => ({ sku, shipped, price })) })
    const { items } = await rest<{ items: { actor: string }[] }>('/v1/skus/G-0/movements')
    expect(items.map(({ actor }) => actor)).toContain('till 1')
  })

  test('answers a key that came over REST as REST did, and another body under it not at all', async () => {
    const { call } = client()
    const one = key()
    const body = { lines: [{ sku: 'G-1', quantity: 3 }], ttlSeconds: 600 }
    const headers = { 'content-type': 'application/json', 'idempotency-key': one }
    const post = await fetch(`${server.url}/v1/holds`, { method: 'POST', headers, body: JSON.stringify(body) })
    const first = (await post.json()) as { id: string }
    const again = await call('StockService/HoldBottles', { idempotencyKey: one, ...body })
    expect(again).toMatchObject({ hold: { id: first.id }, replayed: true })
    const other = { idempotencyKey: one, lines: [{ sku: 'G-1', quantity: 4 }], ttlSeconds: 600 }
    const refused = await refusalOf(call('StockService/HoldBottles', other))
    expect(refused).toMatchObject({ code: status.ALREADY_EXISTS, problem: { slug: 'idempotency-key-reused' } })
  })

  test('refuses with the problem of REST among the details: what is there, and where that was decided', async () => {
    const refused = await refusalOf(client().call('StockService/HoldBottles', hold('G-2', 99)))
    expect(refused.code).toBe(status.FAILED_PRECONDITION)
    expect(refused.problem).toMatchObject({
      type: 'https://cellarhand.dev/problems/insufficient-stock',
      slug: 'insufficient-stock',
      status: 409,
      members: { lines: [{ sku: 'G-2', available: 20, requested: 99 }] },
      position: expect.stringMatching(/^[a-z0-9]+\.\d+$/),
      index: 1_024,
    })
    expect(refused.details).toBe(refused.problem?.detail)
  })

  test('names what is wrong with a request before anything is decided', async () => {
    const { call } = client()
    const wrong = async (method: string, request: object) => {
      const { code, problem } = await refusalOf(call(`StockService/${method}`, request))
      return [code, problem?.slug, problem?.detail]
    }
    const id = '00000000-0000-4000-8000-000000000000'
    expect(await wrong('HoldBottles', { lines: [{ sku: 'G-3', quantity: 1 }] })).toEqual([
      status.INVALID_ARGUMENT,
      'idempotency-key-required',
      expect.stringContaining('idempotency_key'),
    ])
    expect(await wrong('HoldBottles', hold('G-3', 0))).toEqual([
      status.INVALID_ARGUMENT,
      'invalid-request',
      expect.stringContaining('lines/0/quantity'),
    ])
    expect(await wrong('HoldBottles', { idempotencyKey: 'a b' })).toContain('invalid-request')
    expect(await wrong('HoldBottles', { idempotencyKey: key() })).toContain('invalid-request')
    expect(await wrong('RecordWriteOff', { idempotencyKey: key(), location: 'shop' })).toContain('invalid-request')
    expect(await wrong('ReleaseHold', { idempotencyKey: key(), id })).toEqual([
      status.NOT_FOUND,
      'not-found',
      expect.any(String),
    ])
    expect(await wrong('HoldBottles', hold('NONE'))).toEqual([
      status.FAILED_PRECONDITION,
      'unknown-sku',
      expect.stringContaining('NONE'),
    ])
  })

  test('records facts, with instants and money as they are meant', async () => {
    const { call } = client()
    const lot = { id: 'L-1', costMinor: 123_456_789_012, currency: 'EUR' }
    const occurredAt = { seconds: 1_700_000_000, nanos: 250_000_000 }
    const lines = [{ sku: 'G-4', quantity: 6, lot }]
    const receipt = { idempotencyKey: key(), location: 'shop', occurredAt, lines }
    const { stockEffect } = await call<Effect>('StockService/RecordReceipt', receipt)
    expect(stockEffect.occurredAt).toEqual(occurredAt)
    const { items } = await rest<{ items: object[] }>('/v1/lots?sku=G-4')
    expect(items).toMatchObject([{ id: 'L-1', costMinor: 123_456_789_012 }])
    const counted = await call<Effect>('StockService/RecordCount', {
      idempotencyKey: key(),
      location: 'shop',
      lines: [{ sku: 'G-4', counted: 0 }],
    })
    // Zero is not sent: it is what is there without being said.
    expect(counted.stockEffect.levels).toEqual([{ sku: 'G-4', location: 'shop', version: 3, revision: 3 }])
    const price = { amountMinor: 900_000_000_000, currency: 'EUR', taxIncluded: false, dutyIncluded: true }
    await call('StockService/SetPrices', { idempotencyKey: key(), lines: [{ sku: 'G-4', price }] })
    const { offer } = await call<{ offer: { price: object } }>('OfferService/GetOffer', {
      sku: 'G-4',
      minPosition: (await refreshed()).position,
    })
    expect(offer.price).toEqual({ amountMinor: 900_000_000_000, currency: 'EUR', dutyIncluded: true })
  })

  test('adjusts a level only at the version that was read', async () => {
    const { call } = client()
    const { items } = await call<{ items: { version: number; held: number }[] }>('StockService/ListLevels', {
      sku: 'G-5',
      location: 'shop',
    })
    const adjust = (version: number) =>
      call<Effect>('StockService/AdjustLevel', {
        idempotencyKey: key(),
        sku: 'G-5',
        location: 'shop',
        delta: -1,
        reason: 'found one less',
        version,
      })
    const { stockEffect } = await adjust(items[0]!.version)
    expect(stockEffect.levels[0]!.available).toBe(19)
    expect(await refusalOf(adjust(items[0]!.version))).toMatchObject({
      code: status.ABORTED,
      problem: { slug: 'version-stale' },
    })
  })

  test('drops a command whose caller has stopped waiting, undecided', async () => {
    const { call } = client()
    const blocker = await connect(server.databaseUrl, { applicationName: 'tests' })
    try {
      await blocker.query('begin')
      await blocker.query(`select from stock.levels where sku = 'G-6' for update`)
      // The one is under way behind the lock, and the other waits for the next transaction until its time is over.
      const under = call('StockService/HoldBottles', hold('G-6', 1)).catch((error: unknown) => error)
      await until(async () => (await waiters(server.databaseUrl)) > 0, { withinMs: 20_000 })
      const late = await refusalOf(call('StockService/HoldBottles', hold('G-7', 5), { deadlineMs: 300 }))
      expect(late.code).toBe(status.DEADLINE_EXCEEDED)
      await blocker.query('rollback')
      await under
      await call('StockService/HoldBottles', hold('G-7', 1))
      const { items } = await call<{ items: { version: number; held: number }[] }>('StockService/ListLevels', {
        sku: 'G-7',
        minPosition: (await refreshed()).position,
      })
      expect(items[0]!.held).toBe(1)
    } finally {
      await blocker.end()
    }
  })
})

/** The newest position there is. */
async function refreshed(): Promise<{ position: string }> {
  const { position } = await stock.done({
    kind: 'receive',
    location: 'warehouse',
    lines: [{ sku: 'G-11', quantity: 1 }],
  })
  return { position }
}

async function waiters(url: string): Promise<number> {
  const asking = await connect(url, { applicationName: 'tests' })
  const { rows } = await asking.query(`select from pg_stat_activity where wait_event_type = 'Lock'`)
  await asking.end()
  return rows.length
}

describe('reads', () => {
  test('pages through offers and levels as REST does', async () => {
    const { call } = client()
    const pages: string[] = []
    let cursor: string | undefined
    do {
      const page: Listed = await call<Listed>('OfferService/ListOffers', {
        limit: 5,
        ...(cursor === undefined ? {} : { cursor }),
      })
      pages.push(...page.items.map(({ sku }) => sku))
      cursor = page.next
    } while (cursor !== undefined)
    expect(pages).toEqual(skus.toSorted())
    const two = await call<Listed>('OfferService/ListOffers', { skus: ['G-8', 'NONE', 'G-9'] })
    expect(two.items).toHaveLength(2)
    const wrong = await refusalOf(call('OfferService/ListOffers', { channel: 'nowhere' }))
    expect(wrong).toMatchObject({ code: status.FAILED_PRECONDITION, problem: { slug: 'unknown-channel' } })
    expect(await refusalOf(call('OfferService/GetOffer', { sku: 'NONE' }))).toMatchObject({ code: status.NOT_FOUND })
  })

  test('wait for the position that they ask for, and say so when it does not come', async () => {
    const { call } = client()
    const { position } = await call<{ position: string }>('OfferService/GetOffer', { sku: 'G-8' })
    const [epoch, number] = position.split('.')
    const ahead = `${epoch}.${Number(number) + 1_000}`
    const late = await refusalOf(
      call('OfferService/GetOffer', { sku: 'G-8', minPosition: ahead }, { deadlineMs: 60_000 }),
    )
    expect(late).toMatchObject({ code: status.DEADLINE_EXCEEDED, problem: { slug: 'position-not-reached' } })
    const soon = await refusalOf(call('OfferService/GetOffer', { sku: 'G-8', minPosition: ahead }, { deadlineMs: 100 }))
    expect(soon.code).toBe(status.DEADLINE_EXCEEDED)
  })
})

describe('a line', () => {
  test('takes no message over 1 MiB, none with a field that is not known, and none that is no message', async () => {
    const { of } = client()
    const service = of('cellarhand.v1.OfferService')
    const raw = (bytes: Buffer) =>
      new Promise<Failed>((resolve, reject) => {
        const asIs = (buffer: Buffer) => buffer
        service.makeUnaryRequest(
          '/cellarhand.v1.OfferService/GetOffer',
          asIs,
          asIs,
          bytes,
          (error: ServiceError | null) => (error ? resolve(failedOf(error)) : reject(new Error('was answered'))),
        )
      })
    expect((await raw(Buffer.alloc(1_048_577, 10))).code).toBe(status.RESOURCE_EXHAUSTED)
    // Field 99, of a length.
    const unknown = await raw(Buffer.from([0x0a, 3, 0x47, 0x2d, 0x38, 0x9a, 0x06, 1, 0x61]))
    expect(unknown).toMatchObject({ code: status.INVALID_ARGUMENT, problem: { detail: expect.stringContaining('99') } })
    expect(await raw(Buffer.from([0x0a, 99, 1]))).toMatchObject({ code: status.INVALID_ARGUMENT })
  })

  test('says how the server is, and what it speaks, to whoever asks by reflection', async () => {
    const { of } = client()
    const health = of('grpc.health.v1.Health')
    const check = (service: string) =>
      new Promise((resolve) => health['check']!({ service }, (_error: unknown, answer: unknown) => resolve(answer)))
    expect(await check('')).toEqual({ status: 'SERVING' })
    expect(await check('cellarhand.v1.StockService')).toEqual({ status: 'SERVING' })
    const asking = of('grpc.reflection.v1.ServerReflection')['serverReflectionInfo']!()
    const answers: Reflected[] = []
    asking.on('data', (answer: Reflected) => answers.push(answer))
    asking.write({ listServices: '*' })
    asking.write({ fileContainingSymbol: 'cellarhand.v1.StockService' })
    await until(async () => answers.length === 2, { withinMs: 20_000 })
    asking.end()
    const names = answers[0]!.listServicesResponse.service.map(({ name }) => name)
    expect(names.toSorted()).toEqual(
      ['CatalogueService', 'OfferService', 'StockService'].map((name) => `cellarhand.v1.${name}`),
    )
    expect(answers[1]!.fileDescriptorResponse.fileDescriptorProto.length).toBeGreaterThan(8)
  })
})

test('CatalogueService finds wines and their SKUs, as REST does', async () => {
  const stocked = await startServer({ starter: true, env: { GRPC_PORT: String(await freePort()) } })
  onTestFinished(() => stocked.stop())
  const { call } = grpcClient(stocked.grpcPort)
  const found = await call<Found>('CatalogueService/SearchWines', { limit: 2, facets: true })
  const theirs = (await (await fetch(`${stocked.url}/v1/wines?limit=2&facets=true`)).json()) as Found
  expect(found.items.map(({ id }) => id)).toEqual(theirs.items.map(({ id }) => id))
  expect(found.total).toBe(theirs.total)
  const { wine } = await call<{ wine: { name: string } }>('CatalogueService/GetWine', { id: found.items[0]!.id })
  expect(wine.name).toBe(found.items[0]!.name)
  expect(await refusalOf(call('CatalogueService/SearchWines', { price: ['cheap'] }))).toMatchObject({
    code: status.INVALID_ARGUMENT,
  })
})
