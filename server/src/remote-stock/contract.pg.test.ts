import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type pg from 'pg'
import { serveGrpc, type GrpcServer } from '../platform/grpc/server.ts'
import { connect, createPool } from '../platform/postgres/database.ts'
import { until } from '../platform/postgres/processes.ts'
import type { Outcome, Stock } from '../stock/stock.ts'
import { createTestDatabase } from '../../test/postgres.ts'
import { holdOf, openTestStock, priceIt, setUpCellar, type TestStock } from '../../test/stock.ts'
import { DOOR_MESSAGE_MAX, openRemoteStock, stockDoorService } from './remote-stock.ts'

// One suite over both ways in to stock: who has a `Stock` must not be able to tell which of the two it is.

const secret = 'a secret that all processes of an installation share'
let database: { url: string; drop(): Promise<void> }
let pool: pg.Pool

beforeAll(async () => {
  database = await createTestDatabase()
  await setUpCellar(database.url)
  pool = createPool(database.url, { applicationName: 'tests', max: 4 })
})

afterAll(async () => {
  await pool?.end()
  await database?.drop()
})

interface Ways {
  /** the stock behind it, which fills the cellar */
  readonly batcher: TestStock
  readonly stock: Stock
  close(): Promise<void>
}

async function localWays(): Promise<Ways> {
  const batcher = openTestStock(database.url)
  return { batcher, stock: batcher, close: () => batcher.close() }
}

const serveStock = (stock: Stock, port = 0): Promise<GrpcServer> =>
  serveGrpc([stockDoorService({ stock, secret, onFault: () => {} })], {
    host: '127.0.0.1',
    port,
    messageMax: DOOR_MESSAGE_MAX,
  })

const openRemote = (port: number, changed: { secret?: string; deadlineMs?: number; maxQueue?: number } = {}): Stock =>
  openRemoteStock(`grpc://127.0.0.1:${port}`, {
    nowMs: () => performance.now(),
    secret,
    deadlineMs: 10_000,
    maxQueue: 10_000,
    onTrouble: () => {},
    ...changed,
  })

async function remoteWays(): Promise<Ways> {
  const batcher = openTestStock(database.url)
  const server = await serveStock(batcher)
  const stock = openRemote(server.port)
  return {
    batcher,
    stock,
    async close() {
      await stock.close()
      await server.close()
      await batcher.close()
    },
  }
}

let skus = 0
let keys = 0
const freshKey = () => `contract-${(keys += 1)}`

describe.each([
  ['in this process', localWays],
  ['in another, over gRPC', remoteWays],
])('stock %s', (_name, open) => {
  let ways: Ways
  beforeAll(async () => {
    ways = await open()
  })
  afterAll(() => ways?.close())

  const ask = (command: Parameters<Stock['submit']>[0]['command'], key = freshKey(), deadlineMs?: number) =>
    ways.stock.submit({
      command,
      caller: 'somebody',
      actor: 'till 1',
      key,
      ...(deadlineMs === undefined ? {} : { deadlineMs }),
    })

  /** A SKU with so many bottles in the shop. */
  async function stocked(quantity: number): Promise<string> {
    const sku = `C-${(skus += 1)}`
    await ways.batcher.done({ kind: 'receive', location: 'shop', lines: [{ sku, quantity }] })
    await priceIt(ways.batcher, sku)
    return sku
  }

  it('answers what was done, at its place, and again under its key', async () => {
    const sku = await stocked(5)
    const key = freshKey()
    const first = (await ask(holdOf(sku, 2), key)) as Outcome & { kind: 'done' }
    expect(first).toEqual({
      kind: 'done',
      status: 201,
      replayed: false,
      position: expect.stringMatching(/^[a-z0-9]+\.\d+$/),
      index: 0,
      body: expect.stringContaining(sku),
    })
    expect(JSON.parse(first.body)).toMatchObject({ state: 'active', position: first.position })
    expect(await ask(holdOf(sku, 2), key)).toEqual({ ...first, replayed: true })
    const { rows } = await pool.query(`select actor from stock.entries where id = (select max(id) from stock.entries)`)
    expect(rows).toEqual([{ actor: 'till 1' }])
  })

  it('refuses with what is there, and a key with another body', async () => {
    const sku = await stocked(1)
    const refused = await ask(holdOf(sku, 2))
    expect(refused).toMatchObject({
      kind: 'refused',
      refusal: { slug: 'insufficient-stock', members: { lines: [{ sku, available: 1, requested: 2 }] } },
    })
    const key = freshKey()
    await ask(holdOf(sku, 1), key)
    expect(await ask(holdOf(sku, 3), key)).toMatchObject({ refusal: { slug: 'idempotency-key-reused' } })
  })

  it('keeps keys of different callers apart', async () => {
    const sku = await stocked(3)
    const key = freshKey()
    const of = (caller: string) => ways.stock.submit({ command: holdOf(sku), caller, actor: 'a', key })
    const [anna, bert] = [await of('anna'), await of('bert')] as (Outcome & { kind: 'done' })[]
    expect(bert).toMatchObject({ kind: 'done', replayed: false })
    expect(JSON.parse(bert!.body).id).not.toBe(JSON.parse(anna!.body).id)
  })

  it('answers a key that another way in has answered', async () => {
    const sku = await stocked(3)
    const key = freshKey()
    const there = await ask(holdOf(sku), key)
    const here = await ways.batcher.submit({ command: holdOf(sku), caller: 'somebody', actor: 'b', key })
    expect(here).toEqual({ ...there, replayed: true })
  })

  it('does nothing where there is nothing to do, for internal commands without a key', async () => {
    const holdId = '00000000-0000-4000-8000-000000000000'
    const outcome = await ways.stock.submit({
      command: { kind: 'expire', holdId },
      caller: 'internal',
      actor: 'expiry',
    })
    expect(outcome).toMatchObject({ kind: 'nothing', position: expect.any(String) })
  })

  it('grants exactly the bottles there are to three hundred who ask at once', async () => {
    const sku = await stocked(100)
    const outcomes = await Promise.all(Array.from({ length: 300 }, () => ask(holdOf(sku))))
    expect(outcomes.filter(({ kind }) => kind === 'done')).toHaveLength(100)
    expect(outcomes.filter(({ kind }) => kind === 'refused')).toHaveLength(200)
  })

  it('takes a command as large as REST takes', async () => {
    const sku = await stocked(1_000)
    const lines = Array.from({ length: 100 }, () => ({ sku, quantity: 1, condition: 'x'.repeat(500) }))
    const command = { kind: 'quarantine', location: 'shop', reason: 'flood', lines } as const
    expect(await ask(command)).toMatchObject({ kind: 'done' })
  })

  it('drops a command undecided whose time is over before it was looked at, and says so', async () => {
    const [held, waiting] = [await stocked(2), await stocked(2)]
    const blocker = await connect(database.url, { applicationName: 'tests' })
    try {
      await blocker.query('begin')
      await blocker.query('select from stock.levels where sku = $1 for update', [held])
      const under = ask(holdOf(held))
      await until(() => isWaiting(pool), { withinMs: 20_000 })
      const late = ask(holdOf(waiting), freshKey(), 100)
      await expect(late).rejects.toMatchObject({ name: 'Unavailable', retryAfterSeconds: 1 })
      await blocker.query('rollback')
      await under
      const { rows } = await pool.query(`select held from stock.levels where sku = $1 and location = 'shop'`, [waiting])
      expect(rows).toMatchObject([{ held: 0 }])
    } finally {
      await blocker.end()
    }
  })

  it('fails by a fault of a command that nobody knows, and goes on', async () => {
    const sku = await stocked(1)
    const unknown = { kind: 'juggle', lines: [] } as unknown as Parameters<typeof ask>[0]
    const fault = await ask(unknown).catch((error: unknown) => error)
    expect(fault).toBeInstanceOf(Error)
    expect(fault).not.toMatchObject({ name: 'Unavailable' })
    expect(await ask(holdOf(sku))).toMatchObject({ kind: 'done' })
  })
})

const isWaiting = async (pool: pg.Pool): Promise<boolean> =>
  (await pool.query(`select from pg_stat_activity where wait_event_type = 'Lock' limit 1`)).rowCount === 1

describe('a gateway', () => {
  it('that does not show the secret is not let in, and is told to come again', async () => {
    const batcher = openTestStock(database.url)
    const server = await serveStock(batcher)
    const stock = openRemote(server.port, { secret: 'another' })
    const asked = stock.submit({ command: holdOf('X'), caller: 'a', actor: 'a', key: freshKey() })
    await expect(asked).rejects.toMatchObject({ name: 'Unavailable' })
    await stock.close()
    await server.close()
    await batcher.close()
  })

  it('without stock says that nothing is known, and finds stock again as soon as it is there', async () => {
    const batcher = openTestStock(database.url)
    await batcher.done({ kind: 'receive', location: 'shop', lines: [{ sku: 'AGAIN', quantity: 9 }] })
    await priceIt(batcher, 'AGAIN')
    const first = await serveStock(batcher)
    const { port } = first
    const stock = openRemote(port)
    const ask = (key: string) => stock.submit({ command: holdOf('AGAIN'), caller: 'a', actor: 'a', key })
    expect(await ask(freshKey())).toMatchObject({ kind: 'done' })
    await first.close()
    const key = freshKey()
    await expect(ask(key)).rejects.toMatchObject({ name: 'Unavailable', retryAfterSeconds: 1 })
    const second = await serveStock(batcher, port)
    const answered = async () => (await ask(key).catch(() => undefined))?.kind === 'done'
    expect(await until(answered, { withinMs: 20_000, everyMs: 50 })).toBe(true)
    await stock.close()
    await second.close()
    await batcher.close()
  })

  it('waits no longer than a command is worth for stock that has stopped answering', async () => {
    const silent: Stock = { submit: () => new Promise(() => {}), close: async () => {} }
    const server = await serveStock(silent)
    const stock = openRemote(server.port, { deadlineMs: 50 })
    const asked = stock.submit({ command: holdOf('X'), caller: 'a', actor: 'a', key: freshKey() })
    await expect(asked).rejects.toMatchObject({ name: 'Unavailable', message: expect.stringContaining('not known') })
    await stock.close()
    await server.close()
  })

  it('keeps no more waiting than it is told to', async () => {
    const silent: Stock = { submit: () => new Promise(() => {}), close: async () => {} }
    const server = await serveStock(silent)
    const stock = openRemote(server.port, { deadlineMs: 50, maxQueue: 2 })
    const ask = () => stock.submit({ command: holdOf('X'), caller: 'a', actor: 'a', key: freshKey() })
    const asked = await Promise.allSettled([ask(), ask(), ask()])
    const [, , third] = asked.map((one) => (one.status === 'rejected' ? String(one.reason) : 'answered'))
    expect(third).toContain('Too much is waiting')
    await stock.close()
    await server.close()
  })
})
