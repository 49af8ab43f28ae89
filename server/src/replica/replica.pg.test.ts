import type pg from 'pg'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openTestStock, priceIt, setUpCellar } from '../../test/stock.ts'
import { createTestDatabase } from '../../test/postgres.ts'
import { appendLog, type LevelRow, type LogChanges, type PriceRow } from '../log/log.ts'
import { createPool, withTransaction } from '../platform/postgres/database.ts'
import { openReplica, type Replica } from './replica.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let pool: pg.Pool
const opened: { replica: Replica; stop: AbortController }[] = []

beforeEach(async () => {
  database = await createTestDatabase()
  pool = createPool(database.url, { max: 4, applicationName: 'writers' })
})

afterEach(async () => {
  for (const { stop } of opened) stop.abort()
  await Promise.all(opened.splice(0).map(({ replica }) => replica.done))
  await pool.end()
  await database.drop()
})

async function open(): Promise<Replica> {
  const stop = new AbortController()
  const replica = openReplica(database.url, { signal: stop.signal })
  opened.push({ replica, stop })
  await replica.ready
  return replica
}

const levelSql = `
  insert into stock.levels (sku, location, available, held, committed, allocated, quarantined, short, incoming, incoming_committed,
    version, revision, batch)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
  on conflict (sku, location) do update set available = $3, held = $4, committed = $5, allocated = $6, quarantined = $7, short = $8,
    incoming = $9, incoming_committed = $10, version = $11, revision = $12, batch = $13`

const priceSql = `
  insert into stock.prices (sku, channel, amount_minor, currency, tax_included, duty_included, batch) values ($1, $2, $3, $4, $5, $6, $7)
  on conflict (sku, channel) do update set amount_minor = $3, batch = $7`

/** Commits changes as the batcher does: rows and log in one transaction, under one batch. */
function write(changes: Pick<LogChanges, 'levels' | 'prices'>): Promise<number> {
  return withTransaction(pool, async (client) => {
    const { rows } = await client.query<{ batch: number }>("select nextval('stock.batches') as batch")
    const batch = rows[0]?.batch as number
    for (const level of changes.levels ?? []) await client.query(levelSql, [...level, batch])
    for (const price of changes.prices ?? []) await client.query(priceSql, [...price, batch])
    return appendLog(client, { batch, atMs: 0, changes })
  })
}

function writeSettings(): Promise<number> {
  const location = { id: 'shop', name: 'Shop', kind: 'shop', duty: 'paid', owner: 'house' } as const
  const channel = {
    id: 'web',
    name: 'Web',
    currency: 'EUR',
    duty: 'paid',
    locations: ['shop'],
    safetyStock: 0,
    showMax: 24,
    lowAt: 6,
  } as const
  return withTransaction(pool, async (client) => {
    await client.query("insert into stock.locations (id, name, kind, duty) values ('shop', 'Shop', 'shop', 'paid')")
    await client.query(
      "insert into stock.channels (id, name, currency, duty, locations, safety_stock, show_max, low_at) values ('web', 'Web', 'EUR', 'paid', '{shop}', 0, 24, 6)",
    )
    await client.query('update stock.settings set version = version + 1')
    return appendLog(client, {
      atMs: 0,
      changes: { settings: { version: 2, locations: [location], channels: [channel], recipes: [] } },
    })
  })
}

const level = (sku: string, available: number, revision: number): LevelRow => [
  sku,
  'shop',
  available,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  revision,
  revision,
]
const price = (sku: string, amountMinor: number): PriceRow => [sku, 'web', amountMinor, 'EUR', true, true]

const everything = (replica: Replica) => ({
  position: replica.position(),
  settings: replica.settings(),
  levels: replica.levels({ limit: 1_000 }),
  offers: replica.offers({ channel: 'web', limit: 1_000 }),
})

/** Settings, then thirty transactions over ten SKUs, in an order that is not that of their codes. */
async function writeHistory() {
  await writeSettings()
  for (let index = 0; index < 30; index++) {
    const sku = `SKU-${(index * 7) % 10}`
    await write(
      index % 3 === 0
        ? { levels: [level(sku, index, index + 1)], prices: [price(sku, index)] }
        : { levels: [level(sku, index, index + 1)] },
    )
  }
}

test('a start reads exactly what a running replica has: every level, price and offer at the same position', async () => {
  const early = await open()
  await writeHistory()
  expect(await early.waitFor(`${early.epoch()}.31`, 5_000)).toBe('reached')
  const late = await open()
  expect(everything(late)).toEqual(everything(early))
  expect(late.offers({ channel: 'web', limit: 100 }).items).toHaveLength(10)
  expect(late.level('SKU-1', 'shop')?.position).toBe(`${late.epoch()}.${await lastOf('SKU-1')}`)
})

const lastOf = async (sku: string) => {
  const { rows } = await pool.query<{ last: number }>(
    'select max(position) as last from log.log where changes::text like $1',
    [`%"${sku}"%`],
  )
  return rows[0]?.last
}

test('after a restart a client is told what changed since its cursor, and nothing else', async () => {
  await writeHistory()
  const before = await open()
  const since = before.positionNumber()
  await write({ levels: [level('SKU-4', 99, 40)] })
  await write({ prices: [price('SKU-2', 1)] })
  const after = await open()
  const { rows } = after.offerKeys({ channel: 'web', since, limit: 100 })
  expect(rows.map((key) => after.skuOf(key))).toEqual(['SKU-2', 'SKU-4'])
  expect(after.horizon()).toBe(1)
})

test('who wrote on any process reads what they wrote, and within a look when no hint came', async () => {
  const replica = await open()
  await writeSettings()
  const position = await write({ levels: [level('A', 3, 1)], prices: [price('A', 500)] })
  expect(await replica.waitFor(`${replica.epoch()}.${position}`, 2_000)).toBe('reached')
  expect(replica.offer('A', 'web')).toMatchObject({ available: 3, status: 'low', price: { amountMinor: 500 } })
  expect(replica.lagMs()).toBeLessThan(2_000)
})

test('a level that was only made to be locked is not seen', async () => {
  await pool.query("insert into stock.levels (sku, location) values ('A', 'shop')")
  const replica = await open()
  expect(replica.level('A', 'shop')).toBeUndefined()
  expect(replica.hasSku('A')).toBe(false)
})

test('rows from before the oldest kept transaction stand at that horizon', async () => {
  await writeHistory()
  await pool.query('delete from log.log where position <= 20')
  const replica = await open()
  const positions = replica.levels({ limit: 100 }).items.map(({ position }) => Number(position.split('.')[1]))
  expect(replica.horizon()).toBe(20)
  expect(Math.min(...positions)).toBeGreaterThan(20)
  expect(replica.offers({ channel: 'web', limit: 1 }).items[0]?.position).toBe(
    `${replica.epoch()}.${await lastOf('SKU-0')}`,
  )
})

test('a wine on order says when it comes, whether the log was followed or read from a snapshot', async () => {
  await setUpCellar(database.url)
  const stock = openTestStock(database.url)
  const followed = await open()
  await priceIt(stock, 'PRIMEUR', 'UNDATED')
  const [march, june, july] = ['2027-03-12', '2027-06-01', '2027-07-01'].map((day) => Date.parse(day)) as [
    number,
    number,
    number,
  ]
  const order = (sku: string, quantity: number, expectedAtMs?: number) =>
    stock.done({
      kind: 'purchase',
      location: 'shop',
      lines: [{ sku, quantity }],
      ...(expectedAtMs === undefined ? {} : { expectedAtMs }),
    })
  const offers = async () => {
    const fresh = await open()
    await followed.waitFor(fresh.position(), 5_000)
    const [theirs, ours] = [fresh, followed].map((replica) => replica.offers({ channel: 'web', limit: 10 }))
    expect(ours).toEqual(theirs)
    return (ours?.items ?? []).map(({ sku, status, expectedAt }) => `${sku} ${status} ${expectedAt?.slice(0, 10)}`)
  }
  await order('UNDATED', 3)
  const first = await order('PRIMEUR', 4, march)
  const second = await order('PRIMEUR', 6, june)
  expect(await offers()).toEqual(['PRIMEUR coming 2027-03-12', 'UNDATED coming undefined'])
  const line = { sku: 'PRIMEUR', quantity: 4, channel: 'web', from: 'incoming' } as const
  await stock.done({ kind: 'hold', ttlSeconds: 600, lines: [line] })
  expect((await offers())[0]).toBe('PRIMEUR coming 2027-06-01')
  await stock.done({ kind: 'reschedulePurchase', documentId: second.id, expectedAtMs: july })
  expect((await offers())[0]).toBe('PRIMEUR coming 2027-07-01')
  await stock.done({ kind: 'receivePurchase', documentId: first.id, close: true })
  await stock.done({ kind: 'cancelPurchase', documentId: second.id, lines: [{ sku: 'PRIMEUR', quantity: 2 }] })
  expect((await offers())[0]).toBe('PRIMEUR sold_out undefined')
  await stock.close()
})

test('a promotion rebuilds the replica under the new epoch, and tells its listeners', async () => {
  await writeHistory()
  const replica = await open()
  const before = replica.epoch()
  const changes: string[] = []
  replica.onChange((change) => changes.push(change.kind))
  await pool.query("update log.epoch set bound_to = 'another/00000001/5'")
  await vi.waitFor(
    async () => {
      await pool.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cellarhand log' and datname = current_database()",
      )
      expect(replica.epoch()).not.toBe(before)
    },
    { timeout: 10_000, interval: 100 },
  )
  expect(changes).toContain('rebuilt')
  await write({ levels: [level('SKU-4', 77, 50)] })
  await vi.waitFor(() => expect(replica.level('SKU-4', 'shop')?.available).toBe(77), { timeout: 5_000 })
})

test('a replica that is closed before it is ready says so, and leaves nothing running', async () => {
  const stop = new AbortController()
  const replica = openReplica('postgres://nobody@127.0.0.1:1/nothing', { signal: stop.signal })
  expect(replica.isReady()).toBe(false)
  stop.abort()
  await expect(replica.ready).rejects.toThrow('closed before it was ready')
  await replica.done
})
