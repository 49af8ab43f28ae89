import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openWebSocket, type FeedLine } from '../../test/lines.ts'
import { createTestDatabase } from '../../test/postgres.ts'
import { startRedis, type TestRedis } from '../../test/redis.ts'
import { startServer, type TestServer } from '../../test/server.ts'
import { openTestStock, priceIt, setUpCellar } from '../../test/stock.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let redis: TestRedis
const closers: (() => unknown)[] = []
const skus = ['A', 'B', 'C']

beforeEach(async () => {
  database = await createTestDatabase()
  await setUpCellar(database.url)
  const stock = openTestStock(database.url)
  await priceIt(stock, ...skus)
  await stock.done({ kind: 'receive', location: 'shop', lines: skus.map((sku) => ({ sku, quantity: 10_000 })) })
  await stock.close()
  redis = await startRedis()
})

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
  await redis.stop()
  await database.drop()
})

async function serve(env: Record<string, string> = {}): Promise<TestServer> {
  const server = await startServer({ databaseUrl: database.url, env: { REDIS_URL: redis.url, ...env } })
  closers.push(() => server.stop())
  return server
}

const soon = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 50 })

function follow({ url }: TestServer): FeedLine {
  const line = openWebSocket(url, [{ topic: 'channel:web' }])
  closers.push(() => line.cut())
  return line
}

/** A line that was let in, or the code that it was closed with. */
async function knock(server: TestServer): Promise<FeedLine | number> {
  const line = follow(server)
  await soon(() => expect(line.ended() ?? line.frames.length).toBeGreaterThan(0))
  return line.ended() ?? line
}

const full = 4004
/** Servers tell one another within 50 ms. */
const told = () => sleep(500)

test('an address has so many connections on all servers together, and on each by itself while Redis is away', async () => {
  const env = { CELLARHAND_FEED_CONNECTIONS_PER_ADDRESS_MAX: '2' }
  const [one, other] = [await serve(env), await serve(env)]
  const first = (await knock(one)) as FeedLine
  expect(typeof (await knock(one))).toBe('object')
  await told()
  expect(await knock(other)).toBe(full)
  first.cut()
  await soon(async () => expect(typeof (await knock(other))).toBe('object'))
  await told()
  expect([await knock(one), await knock(other)]).toEqual([full, full])
  await redis.kill9()
  await soon(async () => expect(typeof (await knock(one))).toBe('object'))
  expect(await knock(one)).toBe(full)
  await redis.start()
  await soon(async () => expect(await knock(other)).toBe(full))
}, 90_000)

test('as many as a whole process takes are no limit that servers share', async () => {
  const env = { CELLARHAND_FEED_CONNECTIONS_PER_ADDRESS_MAX: '1', CELLARHAND_FEED_CONNECTIONS_MAX: '1' }
  const [one, other] = [await serve(env), await serve(env)]
  expect(typeof (await knock(one))).toBe('object')
  await told()
  expect(typeof (await knock(other))).toBe('object')
})

interface Seen {
  readonly position: string
  readonly held: unknown
}

/** Each offer as the frames so far leave it, and every time one went back. */
function read({ frames }: FeedLine) {
  const offers = new Map<string, Seen>()
  const back: string[] = []
  const number = (position: string) => Number(position.split('.')[1])
  for (const frame of frames) {
    if (frame.type === 'reset') back.push('reset')
    if (frame.type !== 'offers') continue
    for (const offer of frame.offers) {
      const { sku, position } = offer
      const before = offers.get(sku)
      if (before && number(position) <= number(before.position)) back.push(`${sku}: ${before.position} to ${position}`)
      offers.set(sku, { position, held: 'gone' in offer ? 'gone' : offer.held })
    }
  }
  return { offers, back }
}

test('who follows sees no offer twice and none go back, whatever becomes of Redis, and ends with what there is', async () => {
  const servers = [await serve(), await serve()] as const
  const lines = servers.map(follow)
  const over = new AbortController()
  let holds = 0
  const buy = async ({ url }: TestServer) => {
    while (!over.signal.aborted) {
      holds += 1
      const body = JSON.stringify({ ttlSeconds: 600, lines: [{ sku: skus[holds % 3], quantity: 1 }] })
      const headers = { 'content-type': 'application/json', 'idempotency-key': `a-hold-${holds}` }
      expect((await fetch(`${url}/v1/holds`, { method: 'POST', headers, body })).status).toBe(201)
    }
  }
  const buyers = servers.map(buy)
  const pause = async () => redis.pause()
  const resume = async () => redis.resume()
  for (const trouble of [redis.kill9, redis.start, pause, resume]) {
    await sleep(700)
    await trouble()
  }
  await sleep(2_000)
  over.abort()
  await Promise.all(buyers)
  for (const [index, { url }] of servers.entries()) {
    await soon(async () => {
      const answer = await fetch(`${url}/v1/offers?limit=10`)
      const { items } = (await answer.json()) as { items: (Seen & { sku: string })[] }
      const now = items.map(({ sku, position, held }) => [sku, { position, held }])
      const { offers, back } = read(lines[index]!)
      expect(back).toEqual([])
      expect([...offers].toSorted()).toEqual(now.toSorted())
    })
  }
  const { offers } = read(lines[0]!)
  expect([...read(lines[1]!).offers].toSorted()).toEqual([...offers].toSorted())
}, 60_000)
