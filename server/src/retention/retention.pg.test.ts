import type pg from 'pg'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { createPartedDatabase, nothingKept, openReader } from '../../test/parts.ts'
import { startProxy } from '../../test/proxy.ts'
import { holdOf, openTestStock, priceIt, setUpCellar, type TestStock } from '../../test/stock.ts'
import { trade } from '../../test/trade.ts'
import { createCatalogue } from '../catalogue/catalogue.ts'
import { createWaker, followLog, LogBroken, logTable, makeLogParts, readEpoch, readLogRoom } from '../log/log.ts'
import { createPool } from '../platform/postgres/database.ts'
import { readParts } from '../platform/postgres/partitions.ts'
import { openReplica } from '../replica/replica.ts'
import { createReports } from '../report/report.ts'
import { answersTable } from '../stock/stock.ts'
import { verify } from '../verify/verify.ts'
import { dropOld, makeReady, readAged } from './retention.ts'

let database: Awaited<ReturnType<typeof createPartedDatabase>>
let pool: pg.Pool
let stocks: TestStock[]

beforeEach(async () => {
  database = await createPartedDatabase(20)
  pool = createPool(database.url, { applicationName: 'tests', max: 6 })
  stocks = []
  await setUpCellar(database.url)
})
afterEach(async () => {
  await Promise.all(stocks.map((stock) => stock.close()))
  await pool.end()
  await database.drop()
})

function open(): TestStock {
  const stock = openTestStock(database.url)
  stocks.push(stock)
  return stock
}

async function stocked(...skus: string[]): Promise<TestStock> {
  const stock = open()
  await stock.done({ kind: 'receive', location: 'shop', lines: skus.map((sku) => ({ sku, quantity: 100_000 })) })
  await priceIt(stock, ...skus)
  return stock
}

/** One transaction each, so that positions go by, with partitions ready ahead as a server has them. */
async function write(stock: TestStock, transactions: number, sku = 'A1'): Promise<void> {
  for (let made = 0; made < transactions; made++) {
    if (made % 10 === 0) await makeLogParts(pool)
    await stock.done(holdOf(sku))
  }
}

const drop = async () => {
  const dropped: string[] = []
  const isOurs = await dropOld(database.url, nothingKept, { onDropped: (name) => dropped.push(name) })
  return isOurs ? dropped : ['another is at it']
}
const least = async () =>
  (await pool.query<{ least: number }>('select min(position) as least from log.log')).rows[0]?.least ?? 0
const wrong = async () => (await verify(database.url)).checks.filter(({ total }) => total > 0)
const namesOf = async (table: string) => (await readParts(pool, table)).map(({ name }) => name)

test('while two processes write without a pause and somebody reads long, old partitions go, and nobody fails or waits', async () => {
  const one = await stocked('A1', 'B1')
  const both = [one, open()]
  await write(one, 120)
  // From here on they are as large as they are: while a reader holds up a detaching none can be made, and small ones would be full by then.
  await pool.query(
    `create or replace function log.part_positions() returns bigint language sql immutable as 'select 1000000'`,
  )
  await write(one, 45)
  const evening = new AbortController()
  const slowestMs = [0, 0]
  const kept: string[] = []
  const selling = both.map(async (stock, index) => {
    for (let made = 0; !evening.signal.aborted; made++) {
      const beganMs = performance.now()
      const key = `sold-${index}-${made}`
      await stock.done(holdOf(index === 0 ? 'A1' : 'B1'), key)
      kept.push(key)
      slowestMs[index] = Math.max(slowestMs[index] ?? 0, performance.now() - beganMs)
    }
  })
  const making = (async () => {
    while (!evening.signal.aborted) await makeLogParts(pool)
  })()
  const reader = await openReader(database.url)
  const readerEnds = new Promise((resolve) => setTimeout(resolve, 4_000)).then(() => reader.end())
  const dropped: string[] = []
  const beganMs = performance.now()
  while (performance.now() - beganMs < 6_000) dropped.push(...(await drop()))
  evening.abort()
  await Promise.all([...selling, making, readerEnds])
  expect(dropped.filter((name) => name.startsWith('log.')).length).toBeGreaterThan(2)
  expect(both.flatMap(({ troubles }) => troubles)).toEqual([])
  // A writer that is locked out is given up by its lock time-out, of two seconds; `drop table` outright does that.
  expect(Math.max(...slowestMs)).toBeLessThan(1_900)
  const { rows } = await pool.query<{ found: number }>(
    'select count(*)::int as found from stock.answers where key = any($1)',
    [kept],
  )
  expect(rows[0]?.found).toBe(kept.length)
  expect(await wrong()).toEqual([])
}, 60_000)

test('the oldest partitions go, up to the first that is young enough; what is written to and what is ahead stay', async () => {
  await write(await stocked('A1'), 70)
  await pool.query(`update log.log set at = at - interval '91 days' where position <= 25 or position between 41 and 60`)
  const days = { logRetentionDays: 90, keyRetentionDays: 0 }
  const fates = async () => (await readAged(pool, days)).map(({ name, fate }) => `${name} ${fate}`)
  const after = ['log.log_21 kept', 'log.log_41 kept', 'log.log_61 kept', 'log.log_81 ahead', 'log.log_101 ahead']
  expect(await fates()).toEqual(['log.log_1 due', ...after, 'stock.answers_1 kept'])
  const forEver = await readAged(pool, { logRetentionDays: 0, keyRetentionDays: 0 })
  expect(forEver.filter(({ fate }) => fate === 'due')).toEqual([])
  const dropped: string[] = []
  expect(await dropOld(database.url, days, { onDropped: (name) => dropped.push(name) })).toBe(true)
  expect(dropped).toEqual(['log.log_1'])
  expect(await fates()).toEqual([...after, 'stock.answers_1 kept'])
  await drop()
  expect(await least()).toBe(61)
})

test('a detaching that was killed half-way is ended by the next, and meanwhile all go on writing', async () => {
  const stock = await stocked('A1')
  await write(stock, 50)
  const reader = await openReader(database.url)
  const killed = drop().catch((error: Error) => error.message)
  await vi.waitFor(async () => expect((await readParts(pool, logTable))[0]?.pending).toBe(true), { timeout: 5_000 })
  await pool.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cellarhand retention'
    and datname = current_database()`)
  expect(await killed).toMatch(/terminat|connection/i)
  const [half] = await readParts(pool, logTable)
  expect(half).toMatchObject({ name: 'log.log_1', pending: true })
  expect((await readAged(pool, nothingKept))[0]).toMatchObject({ name: 'log.log_1', fate: 'due' })
  // Others make partitions beside it, and write to them.
  await write(stock, 40)
  expect(await wrong()).toEqual([])
  await reader.end()
  expect(await drop()).toEqual(['log.log_1', 'log.log_21', 'log.log_41', 'log.log_61'])
  expect(await least()).toBe(81)
  // Killed between the detaching and the dropping.
  await write(stock, 30)
  await pool.query('alter table log.log detach partition log.log_81')
  expect(await drop()).toEqual(['log.log_81', 'log.log_101'].slice(0, (await least()) > 120 ? 2 : 1))
  expect(await pool.query(`select to_regclass('log.log_81') as gone`)).toMatchObject({ rows: [{ gone: null }] })
  expect(await wrong()).toEqual([])
  expect(stock.troubles).toEqual([])
})

test('a detaching that waits too long for a reader gives up, and leaves the others in peace', async () => {
  await write(await stocked('A1'), 50)
  const other = await pool.connect()
  await other.query('select pg_advisory_lock(1280262987, 4)')
  expect(await drop()).toEqual(['another is at it'])
  await other.query('select pg_advisory_unlock(1280262987, 4)')
  other.release()
  const reader = await openReader(database.url)
  const stopping = new AbortController()
  const stopped = dropOld(database.url, nothingKept, { signal: stopping.signal, onDropped: () => {} })
  setTimeout(() => stopping.abort(new Error('stopping')), 300)
  await expect(stopped).rejects.toThrow('stopping')
  await reader.end()
  await vi.waitFor(async () => expect(await drop()).not.toEqual(['another is at it']), { timeout: 10_000 })
  expect(await least()).toBeGreaterThan(20)
})

test('the past is told as before when the log that told of it is gone', async () => {
  const stock = await stocked('A1', 'B1', 'C1')
  const making = setInterval(() => void makeLogParts(pool).catch(() => {}), 20)
  await trade([stock, open()], { seed: 4, commands: 120, hands: 2, skus: ['A1', 'B1', 'C1'] })
  clearInterval(making)
  const { rows } = await pool.query<{ position: number; us: number }>(
    'select position, (extract(epoch from at) * 1000000)::bigint as us from log.batches order by position',
  )
  const reports = createReports(pool, createCatalogue(pool))
  const told = () =>
    Promise.all(
      rows
        .filter((_, index) => index % 5 === 0)
        .flatMap(({ position, us }) => [
          reports.recorded({ kind: 'position', position: `epoch123.${position}` }, 'epoch123', { limit: 100 }),
          reports.recorded({ kind: 'at', atUs: us }, 'epoch123', { limit: 100 }),
          reports.span({ fromUs: us }, 'epoch123'),
        ]),
    )
  const receipt = { kind: 'receive', location: 'shop', lines: [{ sku: 'A1', quantity: 6 }] } as const
  const first = await stock.ask(receipt, 'asked again')
  const before = await told()
  const dropped = await drop()
  expect(dropped.length).toBeGreaterThan(2)
  expect(await least()).toBeGreaterThan(60)
  expect(await told()).toEqual(before)
  expect(await stock.ask(receipt, 'asked again')).toEqual({ ...first, replayed: true })
  expect(await wrong()).toEqual([])
})

test('who follows from before the rows that are left is told, and a replica that was cut off takes a snapshot', async () => {
  const stock = await stocked('A1')
  const proxy = await startProxy(database.url)
  const stopping = new AbortController()
  const replica = openReplica(proxy.url, { signal: stopping.signal })
  onTestFinished(async () => {
    stopping.abort()
    await replica.done
    await proxy.close()
  })
  await replica.ready
  proxy.decide = () => 'cut'
  await write(stock, 60)
  await drop()
  expect(replica.positionNumber()).toBeLessThan(await least())
  proxy.decide = () => 'pass'
  const { position } = await stock.done(holdOf('A1'))
  expect(await replica.waitFor(position, 15_000)).toBe('reached')
  expect(replica.level('A1', 'shop')).toMatchObject({ held: 61 })
  expect(replica.horizon()).toBeGreaterThanOrEqual((await least()) - 1)
  const client = await pool.connect()
  const epoch = await readEpoch(client).finally(() => client.release())
  const follow = { epoch, from: 3, onRows: () => {}, waker: createWaker(), signal: stopping.signal }
  await expect(followLog(database.url, follow)).rejects.toThrow(LogBroken)
}, 60_000)

test('answers go by whole periods once their last key is old enough, and until then are given again', async () => {
  const stock = await stocked('A1')
  const first = await stock.ask(holdOf('A1'), 'first period')
  await makeReady(pool, nothingKept)
  expect(await namesOf(answersTable)).toEqual(['stock.answers_1', 'stock.answers_2'])
  await stock.ask(holdOf('A1'), 'second period')
  expect(await stock.ask(holdOf('A1'), 'first period')).toEqual({ ...first, replayed: true })
  const days = { logRetentionDays: 0, keyRetentionDays: 62 }
  const ageing = (age: number) =>
    pool.query(
      `update stock.answer_periods set begun_at = clock_timestamp() - $1 * interval '1 day' where period = 2`,
      [age],
    )
  await ageing(61.9)
  await dropOld(database.url, days, { onDropped: () => {} })
  expect(await stock.ask(holdOf('A1'), 'first period')).toMatchObject({ replayed: true })
  await ageing(62.1)
  await dropOld(database.url, days, { onDropped: () => {} })
  expect(await namesOf(answersTable)).toEqual(['stock.answers_2'])
  expect(await stock.ask(holdOf('A1'), 'second period')).toMatchObject({ replayed: true })
  // Decision 8: as long as it is remembered, and no longer.
  expect(await stock.ask(holdOf('A1'), 'first period')).toMatchObject({ kind: 'done', replayed: false })
  expect(await wrong()).toEqual([])
})

test('a period lasts half as long as keys are kept, so that few are looked through; kept for ever it is one', async () => {
  const after = async (age: number, keyRetentionDays: number) => {
    await pool.query(
      `update stock.answer_periods set begun_at = clock_timestamp() - $1 * interval '1 day'
      where period = (select max(period) from stock.answer_periods)`,
      [age],
    )
    await makeReady(pool, { logRetentionDays: 0, keyRetentionDays })
    return namesOf(answersTable)
  }
  expect(await after(30.9, 62)).toHaveLength(1)
  expect(await after(1_000, 0)).toHaveLength(1)
  expect(await after(31.1, 62)).toHaveLength(2)
  expect(await after(30.9, 62)).toHaveLength(2)
})

test('what is missing ahead is made once by any number of processes, and where it is missing the write fails whole', async () => {
  const stock = await stocked('A1')
  const [, second, third] = await namesOf(logTable)
  await pool.query(`drop table ${second}, ${third}`.replace(', undefined', ''))
  expect(await readLogRoom(pool)).toMatchObject({ ahead: 0 })
  const room = (await readLogRoom(pool)).positions
  for (let made = 0; made < room; made++) await stock.done(holdOf('A1'))
  await expect(stock.ask(holdOf('A1'), 'no place')).rejects.toThrow(/no partition/)
  await Promise.all([makeLogParts(pool), makeLogParts(pool), makeLogParts(pool)])
  expect(await readLogRoom(pool)).toEqual({ ahead: 2, positions: 40 })
  expect(await stock.ask(holdOf('A1'), 'no place')).toMatchObject({ kind: 'done', replayed: false })
  expect(await wrong()).toEqual([])
})
