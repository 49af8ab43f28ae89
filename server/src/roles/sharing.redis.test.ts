import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startProxy } from '../../test/proxy.ts'
import { makeCertificate, startRedis, type TestRedis } from '../../test/redis.ts'
import { startServer, type TestServer } from '../../test/server.ts'
import { createTestDatabase } from '../../test/postgres.ts'
import { openTestStock, priceIt, setUpCellar } from '../../test/stock.ts'
import { createPool } from '../platform/postgres/database.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let pool: pg.Pool
let redis: TestRedis
const closers: (() => Promise<unknown>)[] = []
const skus = ['A', 'B', 'C', 'D']
let holds = 0

beforeEach(async () => {
  database = await createTestDatabase()
  await setUpCellar(database.url)
  pool = createPool(database.url, { max: 4, applicationName: 'tests' })
  const stock = openTestStock(database.url)
  await priceIt(stock, ...skus)
  await stock.done({ kind: 'receive', location: 'shop', lines: skus.map((sku) => ({ sku, quantity: 100_000 })) })
  await stock.close()
  await fillCatalogue()
  redis = await startRedis()
})

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
  await redis.stop()
  await pool.end()
  await database.drop()
})

async function fillCatalogue() {
  await pool.query("insert into catalogue.wines (id, name) values ('w', 'Wine')")
  await pool.query("insert into catalogue.vintages (wine, vintage) values ('w', 2015)")
  await pool.query(
    "insert into catalogue.skus (sku, wine, vintage, format_ml, pack, packaging) select sku, 'w', 2015, 750, 1, 'bottle' from unnest($1::text[]) sku",
    [skus],
  )
}

interface Watched extends TestServer {
  /** Positions that went back, as its clients saw them. */
  readonly faults: string[]
}

/** A server, and somebody who keeps asking it where it stands. */
async function serve(redisUrl: string, env: Record<string, string> = {}): Promise<Watched> {
  const server = await startServer({ databaseUrl: database.url, env: { REDIS_URL: redisUrl, ...env } })
  const faults: string[] = []
  const over = new AbortController()
  const watching = watch(server.url, faults, over.signal)
  closers.push(async () => {
    over.abort()
    await watching
    await server.stop()
  })
  return { ...server, faults }
}

async function watch(url: string, faults: string[], signal: AbortSignal) {
  const last = { read: 0, search: 0 }
  const look = async (what: 'read' | 'search', path: string) => {
    const answer = await fetch(`${url}${path}`)
    const position = Number(answer.headers.get('cellarhand-position')?.split('.')[1])
    if (!answer.ok || !(position >= last[what])) faults.push(`${what} ${answer.status}: ${last[what]} to ${position}`)
    last[what] = position
  }
  while (!signal.aborted) {
    await look('read', '/v1/offers?limit=4')
    await look('search', '/v1/wines?facets=true&q=wine')
    await sleep(5)
  }
}

/** Everybody buys everywhere, until told to stop; what is going on with Redis meanwhile must not be noticed. */
async function tradeDuring(servers: readonly Watched[], trouble: () => Promise<void>) {
  const over = new AbortController()
  const refused: string[] = []
  const buy = async ({ url }: Watched, seed: number) => {
    for (let round = seed; !over.signal.aborted; round++) {
      const body = JSON.stringify({ ttlSeconds: 600, lines: [{ sku: skus[round % skus.length], quantity: 1 }] })
      const headers = { 'content-type': 'application/json', 'idempotency-key': `hold-${(holds += 1)}` }
      const answer = await fetch(`${url}/v1/holds`, { method: 'POST', headers, body })
      if (answer.status !== 201) refused.push(`${answer.status} ${await answer.text()}`)
      // Who wrote reads what they wrote, on any process.
      const { position } = (await answer.json()) as { position: string }
      const read = await fetch(`${servers[round % servers.length]!.url}/v1/offers?limit=1&minPosition=${position}`)
      if (read.status !== 200) refused.push(`read ${read.status} ${await read.text()}`)
    }
  }
  const buyers = servers.flatMap((server) => [1, 1_000].map((seed) => buy(server, seed)))
  await sleep(300)
  await trouble()
  await sleep(300)
  over.abort()
  await Promise.all(buyers)
  expect(refused).toEqual([])
}

const levelsSql = `
  select l.sku, l.location, available, held, version, revision, b.position
  from stock.levels l join log.batches b on b.batch = l.batch where revision > 0 order by sku, location`

/** Every level as each server shows it is what the tables have. */
async function expectTrue(servers: readonly Watched[]) {
  const { rows } = await pool.query(levelsSql)
  const { rows: heads } = await pool.query<{ head: number; epoch: string }>(
    'select log.head() as head, (select id from log.epoch) as epoch',
  )
  for (const { url, faults } of servers) {
    const answer = await fetch(`${url}/v1/stock?limit=500&minPosition=${heads[0]!.epoch}.${heads[0]!.head}`)
    const { items } = (await answer.json()) as { items: Record<string, number | string>[] }
    const shown = items.map(({ sku, location, available, held, version, revision, position }) => ({
      sku,
      location,
      available,
      held,
      version,
      revision,
      position: Number(String(position).split('.')[1]),
    }))
    expect(shown).toEqual(rows)
    expect(faults).toEqual([])
  }
}

/** A metric, summed over its labels that contain all of `labels`. */
async function metric({ url }: TestServer, name: string, ...labels: string[]): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const lines = text.split('\n').filter((line) => line.startsWith(name) && labels.every((one) => line.includes(one)))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

const soon = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 100 })
const taken = (server: TestServer) => metric(server, 'cellarhand_bus_heard_total', 'what="taken"')
/** Rows are taken from the bus while there is trade. */
async function expectCarries(servers: readonly Watched[]) {
  await soon(async () => {
    const before = await Promise.all(servers.map(taken))
    await tradeDuring(servers, async () => {})
    const after = await Promise.all(servers.map(taken))
    expect(after.every((count, index) => count > before[index]!)).toBe(true)
  })
}

test('a Redis that is killed, started again, stopped and let go on is not noticed by anybody, and carries again', async () => {
  const servers = [await serve(redis.url), await serve(redis.url)]
  await expectCarries(servers)
  await tradeDuring(servers, async () => {
    await redis.kill9()
    await sleep(1_000)
    await redis.start()
    await sleep(1_000)
    redis.pause()
    await sleep(3_000)
    redis.resume()
  })
  await expectTrue(servers)
  await expectCarries(servers)
  await expectTrue(servers)
  for (const server of servers) expect(await metric(server, 'cellarhand_bus_heard_total', 'what="wrong"')).toBe(0)
}, 120_000)

test('a way to Redis that drops bytes, spoils them, stalls and breaks leaves every server right', async () => {
  const proxy = await startProxy(redis.url)
  closers.push(() => proxy.close())
  const servers = [await serve(proxy.url), await serve(redis.url)]
  let chunks = 0
  await tradeDuring(servers, async () => {
    proxy.decide = (chunk) => {
      chunks += 1
      if (chunks % 7 === 0) return 'swallow'
      if (chunks % 50 === 0) return 'cut'
      // A number in a row becomes another: its seal does not fit any more.
      const digit = chunk.findIndex((byte) => byte >= 48 && byte <= 57)
      if (chunks % 5 === 0 && digit >= 0) chunk[chunk.length - 3] = 49
      return 'pass'
    }
    await soon(async () => expect(chunks).toBeGreaterThan(80))
    proxy.decide = () => 'pass'
    proxy.silence()
    await sleep(1_000)
    proxy.cutAll()
  })
  await expectTrue(servers)
  await expectCarries(servers)
}, 120_000)

test('servers start without their Redis, say so, and use it once it is there', async () => {
  await redis.kill9()
  const servers = [await serve(redis.url), await serve(redis.url)]
  expect(await metric(servers[0]!, 'cellarhand_redis_up')).toBe(0)
  await tradeDuring(servers, async () => {})
  await expectTrue(servers)
  await redis.start()
  await expectCarries(servers)
  // It is up for a server when that has heard itself, which is after the first row came through.
  await soon(async () => expect(await metric(servers[0]!, 'cellarhand_redis_up')).toBe(1))
}, 120_000)

test('what one server has searched the other shows, and a change of price is seen by both', async () => {
  const servers = [await serve(redis.url), await serve(redis.url)] as const
  const computed = () =>
    Promise.all(servers.map((one) => metric(one, 'cellarhand_cache_reads_total', 'of="search"', 'from="computed"')))
  const search = (server: TestServer, query: string) => fetch(`${server.url}/v1/wines?facets=true&q=${query}`)
  await soon(async () => expect((await computed())[0]! + (await computed())[1]!).toBeGreaterThan(0))
  const [one, other] = servers
  const before = await computed()
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => search(index % 2 ? one : other, 'another')),
  )
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  const after = await computed()
  expect(after[0]! + after[1]! - before[0]! - before[1]!).toBe(1)
  // Every bottle costs the same, so that there is one band: of the round amount next to it, and above.
  for (const server of servers) await search(server, 'wine')
  const expectedBand = '80000-'
  const price = { amountMinor: 80_000, currency: 'EUR', taxIncluded: true, dutyIncluded: true }
  const changed = await fetch(`${one.url}/v1/prices`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'a-price' },
    body: JSON.stringify({ lines: skus.map((sku) => ({ sku, channel: 'web', price })) }),
  })
  expect(changed.status).toBe(201)
  const { position } = (await changed.json()) as { position: string }
  for (const server of servers) {
    const found = await search(server, `wine&minPosition=${position}`)
    const { facets } = (await found.json()) as { facets: { price: { value: string }[] } }
    expect(facets.price.map(({ value }) => value)).toEqual([expectedBand])
  }
}, 60_000)

test('TLS with a certificate that is given is used, and with another the server goes on without', async () => {
  const files = { ca: '' }
  const sealed = await startRedis((port, folder) => {
    const { cert, key } = makeCertificate(folder, 'server')
    files.ca = cert
    return [
      '--port',
      '0',
      '--tls-port',
      String(port),
      '--tls-auth-clients',
      'no',
      '--tls-cert-file',
      cert,
      '--tls-key-file',
      key,
      '--tls-ca-cert-file',
      cert,
    ]
  })
  closers.push(() => sealed.stop())
  const url = sealed.url.replace('redis://', 'rediss://')
  const believing = await serve(url, { CELLARHAND_REDIS_CA: files.ca })
  const refusing = await serve(url, { CELLARHAND_REDIS_CA: makeCertificate(sealed.folder, 'other').cert })
  expect(await metric(believing, 'cellarhand_redis_up')).toBe(1)
  expect(await metric(refusing, 'cellarhand_redis_up')).toBe(0)
  await tradeDuring([believing, refusing], async () => {})
  await expectTrue([believing, refusing])
}, 60_000)

test('a file of certificates that is not there stops the start with a sentence', async () => {
  const env = { REDIS_URL: redis.url, CELLARHAND_REDIS_CA: '/nowhere/ca.pem' }
  await expect(startServer({ databaseUrl: database.url, env })).rejects.toThrow(
    'The certificates for Redis in /nowhere/ca.pem cannot be read',
  )
})
