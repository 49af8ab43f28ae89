import { Metadata, status, type ServiceError } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGuardedServer, type GuardedServer } from '../../../test/access.ts'
import { failedOf, grpcClient, type Failed } from '../../../test/grpc.ts'
import { grantOf, type Role } from '../../access/access.ts'
import { freePort } from '../../platform/postgres/postmaster.ts'
import { until } from '../../platform/postgres/processes.ts'
import { operations, publicServices } from './operations.ts'

let server: GuardedServer
const withinMs = 20_000
let keys = 0
const key = () => `access-${(keys += 1)}`

beforeAll(async () => {
  server = await startGuardedServer({ GRPC_PORT: String(await freePort()) })
})
afterAll(() => server?.stop())

type Shown = Readonly<Record<string, string>>

/** What a call fails with; undefined where it is answered. */
const failureOf = (shown: Shown, method: string, request: object = {}): Promise<Failed | undefined> =>
  grpcClient(server.grpcPort)
    .call(method, request, { metadata: shown })
    .then(
      () => undefined,
      (error: Failed) => error,
    )

const slugOf = async (shown: Shown, method: string, request?: object) =>
  (await failureOf(shown, method, request))?.problem?.slug

const hold = (more: object = {}) => ({ idempotencyKey: key(), lines: [{ sku: 'WINE', quantity: 1 }], ...more })

describe('probe 1: every method by every role, against the table', () => {
  const methods = publicServices.flatMap(({ name, methods: all }) =>
    all.flatMap((method) =>
      method.methodKind === 'unary'
        ? [[`${name}/${method.name}`, operations.get(method.localName) ?? ''] as const]
        : [],
    ),
  )
  // Customers have sessions and tokens, and no keys: what they may is in the table as what guests may is.
  const given: readonly Role[] = ['guest', 'shop', 'cellar', 'buyer', 'admin', 'machine']

  test.each(given)('%s', async (role) => {
    const shown = role === 'guest' ? await server.guest() : { 'x-api-key': await server.keyOf([role]) }
    const wrong: string[] = []
    for (const [method, operation] of methods) {
      const slug = await slugOf(shown, method)
      const grant = grantOf(new Set<Role>(['guest', role]), operation)
      // Whoever may is told what is wrong with an empty request, and the others nothing of it. A key of staff has nothing that is its own.
      const may = grant !== undefined && (grant !== 'own' || role === 'guest')
      const isDenied = slug === 'forbidden' || slug === 'unauthenticated'
      if (isDenied === may) wrong.push(`${method}: ${slug}`)
    }
    expect(wrong).toEqual([])
  })

  test('nobody', async () => {
    for (const [method, operation] of methods) {
      const isOpen = grantOf(new Set<Role>(['guest']), operation) === 'all'
      const failed = await failureOf({}, method)
      if (isOpen) expect(failed?.code).not.toBe(status.UNAUTHENTICATED)
      else expect([method, failed?.code]).toEqual([method, status.UNAUTHENTICATED])
    }
  })
})

test('a key that is none is told so, and a call with one that is there goes through, by either way of showing it', async () => {
  const shownKey = await server.keyOf(['machine'])
  expect(await slugOf({ 'x-api-key': 'ck_none' }, 'OfferService/GetOffer', { sku: 'WINE' })).toBe('unauthenticated')
  expect(await slugOf({ 'x-api-key': shownKey }, 'StockService/ListLevels')).toBeUndefined()
  expect(await slugOf({ authorization: `Bearer ${shownKey}` }, 'StockService/ListLevels')).toBeUndefined()
})

test('probe 12: a guest holds, and sees and ends what is theirs; to another guest it is not there', async () => {
  const [anna, bert] = [await server.guest(), await server.guest()]
  const { call } = grpcClient(server.grpcPort)
  const held = await call<{ hold: { id: string } }>('StockService/HoldBottles', hold(), { metadata: anna })
  const { id } = held.hold
  expect(await slugOf(anna, 'StockService/GetHold', { id })).toBeUndefined()
  expect(await slugOf(bert, 'StockService/GetHold', { id })).toBe('not-found')
  expect(await slugOf(bert, 'StockService/ReleaseHold', { id, idempotencyKey: key() })).toBe('not-found')
  expect(await slugOf(anna, 'StockService/HoldBottles', hold({ customer: 'somebody else' }))).toBe('forbidden')
  expect(await slugOf(anna, 'StockService/ReleaseHold', { id, idempotencyKey: key() })).toBeUndefined()
})

test('staff of a shop do what they may there, and read its levels alone', async () => {
  const shown = { 'x-api-key': await server.keyOf(['shop'], ['shop']) }
  const sale = (location: string) => ({ idempotencyKey: key(), location, lines: [{ sku: 'WINE', quantity: 1 }] })
  expect(await slugOf(shown, 'StockService/RecordSale', sale('shop'))).toBeUndefined()
  expect(await slugOf(shown, 'StockService/RecordSale', sale('warehouse'))).toBe('forbidden')
  expect(await slugOf(shown, 'StockService/ListLevels', { location: 'shop' })).toBeUndefined()
  expect(await slugOf(shown, 'StockService/ListLevels')).toBe('forbidden')
})

test('what somebody may not is on record', async () => {
  const shown = { 'x-api-key': await server.keyOf(['buyer']) }
  await failureOf(shown, 'StockService/RecordSale', { idempotencyKey: key() })
  const text = `select from access.audit where operation = 'recordSale' and outcome = 'forbidden'`
  expect(await until(async () => ((await server.pool.query(text)).rowCount ?? 0) > 0, { withinMs })).toBe(true)
})

test('probe 10: whoever follows offers under a key that is revoked follows them no more', async () => {
  const shownKey = await server.keyOf(['machine'])
  const metadata = new Metadata()
  metadata.set('x-api-key', shownKey)
  const client = grpcClient(server.grpcPort).of('cellarhand.v1.OfferService')
  const call = client['followOffers']!({ topics: ['sku:WINE'] }, metadata)
  let told = 0
  let ended: Failed | undefined
  call.on('data', () => (told += 1))
  call.on('error', (error: ServiceError) => (ended = failedOf(error)))
  await until(() => told > 1, { withinMs })
  const admin = { 'x-api-key': await server.keyOf(['admin']) }
  const { body } = await server.ask('GET', '/v1/keys', { headers: admin })
  const items = body['items'] as { id: string; name: string; revokedAt?: string }[]
  for (const { id } of items.filter(({ name }) => name === 'machine')) {
    await server.ask('DELETE', `/v1/keys/${id}`, { headers: admin })
  }
  await until(() => ended !== undefined, { withinMs })
  expect(ended?.code).toBe(status.UNAUTHENTICATED)
})
