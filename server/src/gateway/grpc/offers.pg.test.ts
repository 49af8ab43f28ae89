import { status, type ServiceError } from '@grpc/grpc-js'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { failedOf, grpcClient, type Failed } from '../../../test/grpc.ts'
import { freePort } from '../../platform/postgres/postmaster.ts'
import { startServer, type TestServer } from '../../../test/server.ts'
import { until } from '../../platform/postgres/processes.ts'
import { holdOf, openTestStock, priceIt, type TestStock } from '../../../test/stock.ts'

let server: TestServer
let stock: TestStock
const withinMs = 20_000

beforeAll(async () => {
  server = await startServer({ env: { GRPC_PORT: String(await freePort()) } })
  stock = openTestStock(server.databaseUrl)
  for (const sku of ['ONE', 'TWO', 'THREE']) {
    await stock.done({ kind: 'receive', location: 'shop', lines: [{ sku, quantity: 20 }] })
  }
  await priceIt(stock, 'ONE', 'TWO', 'THREE')
  const { position } = await stock.done({ kind: 'receive', location: 'shop', lines: [{ sku: 'ONE', quantity: 1 }] })
  expect((await fetch(`${server.url}/v1/stock?minPosition=${position}`)).status).toBe(200)
})

afterAll(async () => {
  await stock?.close()
  await server?.stop()
})

interface Change {
  readonly offer?: { readonly sku: string; readonly available?: number; readonly position: string }
  readonly gone?: { readonly sku: string }
}

interface Message {
  readonly cursor?: string
  readonly event: string
  readonly welcome?: { readonly epoch: string; readonly pingMs: number }
  readonly reset?: { readonly reason: string }
  readonly changed?: { readonly topic: string; readonly offers: readonly Change[] }
  readonly ready?: { readonly topic: string; readonly resumed?: boolean }
}

interface Followed {
  readonly messages: Message[]
  /** how it ended: without an error, or with that */
  ended: 'ok' | Failed | undefined
  /** the newest cursor */
  cursor(): string | undefined
  available(sku: string): number | undefined
  isReady(): boolean
  cancel(): void
}

function follow(request: object, port = server.grpcPort): Followed {
  const call = grpcClient(port).of('cellarhand.v1.OfferService')['followOffers']!(request)
  const messages: Message[] = []
  const offers = () => messages.flatMap(({ changed }) => changed?.offers ?? [])
  const followed: Followed = {
    messages,
    ended: undefined,
    cursor: () => messages.findLast(({ cursor }) => cursor !== undefined)?.cursor,
    available: (sku) => offers().findLast(({ offer }) => offer?.sku === sku)?.offer?.available,
    isReady: () => messages.some(({ ready }) => ready !== undefined),
    cancel: () => call.cancel(),
  }
  call.on('data', (message: Message) => messages.push(message))
  call.on('end', () => (followed.ended ??= 'ok'))
  call.on('error', (error: ServiceError) => (followed.ended = failedOf(error)))
  onTestFinished(() => call.cancel())
  return followed
}

const sessions = async () =>
  Number(/cellarhand_feed_sessions (\d+)/.exec(await (await fetch(`${server.url}/metrics`)).text())?.[1])

test('offers come as they are and then as they change, and go on from a cursor with what was missed alone', async () => {
  const first = follow({ topics: ['channel:web'] })
  await until(() => first.isReady(), { withinMs })
  expect(first.messages[0]).toMatchObject({ event: 'welcome', welcome: { epoch: expect.any(String), pingMs: 10_000 } })
  expect(first.messages[0]?.cursor).toBeUndefined()
  expect(['ONE', 'TWO', 'THREE'].map((sku) => first.available(sku))).toEqual([21, 20, 20])
  await stock.done(holdOf('ONE', 3))
  await until(() => first.available('ONE') === 18, { withinMs })
  expect(first.available('ONE')).toBe(18)
  const cursor = first.cursor()
  first.cancel()
  await stock.done(holdOf('TWO', 5))
  const second = follow({ topics: ['channel:web'], cursor })
  await until(() => second.isReady() && second.available('TWO') === 15, { withinMs })
  expect(second.messages.find(({ ready }) => ready)?.ready).toEqual({ topic: 'channel:web', resumed: true })
  const skus = second.messages.flatMap(({ changed }) => changed?.offers.map(({ offer }) => offer?.sku) ?? [])
  expect(new Set(skus)).toEqual(new Set(['TWO']))
})

test('whoever read an offer goes on from its position', async () => {
  const { call } = grpcClient(server.grpcPort)
  const { position } = await call<{ position: string }>('OfferService/GetOffer', { sku: 'THREE' })
  const followed = follow({ topics: ['sku:THREE'], cursor: position })
  await until(() => followed.isReady(), { withinMs })
  expect(followed.messages.find(({ ready }) => ready)?.ready?.resumed).toBe(true)
  expect(followed.messages.some(({ changed }) => changed)).toBe(false)
  await stock.done(holdOf('THREE', 1))
  await until(() => followed.available('THREE') === 19, { withinMs })
  expect(followed.available('THREE')).toBe(19)
})

test('a cursor of another epoch begins anew, and says why', async () => {
  const followed = follow({ topics: ['sku:ONE'], cursor: 'anotherone.5' })
  await until(() => followed.isReady(), { withinMs })
  expect(followed.messages.find(({ reset }) => reset)?.reset?.reason).toBe('RESET_REASON_EPOCH')
  expect(followed.messages.find(({ ready }) => ready)?.ready?.resumed).not.toBe(true)
})

test('a client that cancels is forgotten at once', async () => {
  await until(async () => (await sessions()) === 0, { withinMs })
  const followed = follow({ topics: ['channel:web', 'sku:ONE@counter'] })
  await until(() => followed.isReady(), { withinMs })
  expect(await sessions()).toBe(1)
  followed.cancel()
  expect(await until(async () => (await sessions()) === 0, { withinMs })).toBe(true)
})

test('what is no topic of offers, or of a channel that is not there, is refused as over REST', async () => {
  const refusal = async (request: object) => {
    const followed = follow(request)
    await until(() => followed.ended !== undefined, { withinMs })
    const { code, problem } = followed.ended as Failed
    return [code, problem?.slug]
  }
  expect(await refusal({ topics: [] })).toEqual([status.INVALID_ARGUMENT, 'invalid-request'])
  expect(await refusal({ topics: ['hold:00000000-0000-4000-8000-000000000000'] })).toEqual([
    status.INVALID_ARGUMENT,
    'invalid-request',
  ])
  expect(await refusal({ topics: ['audit:'] })).toEqual([status.INVALID_ARGUMENT, 'invalid-request'])
  expect(await refusal({ topics: ['sku:ONE@nowhere'] })).toEqual([status.FAILED_PRECONDITION, 'unknown-channel'])
})

test('a server that stops ends its streams with UNAVAILABLE and when to come again', async () => {
  const other = await startServer({ env: { GRPC_PORT: String(await freePort()) } })
  const followed = follow({ topics: ['channel:web'] }, other.grpcPort)
  await until(() => followed.isReady(), { withinMs })
  await other.stop()
  await until(() => followed.ended !== undefined, { withinMs })
  expect(followed.ended).toMatchObject({ code: status.UNAVAILABLE, retryAfterS: 1, problem: { slug: 'unavailable' } })
})
