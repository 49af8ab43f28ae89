import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type pg from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { contentsOf, emptyDatabase, quiet, scratch, tradedDatabase, withClient } from '../../test/kept.ts'
import { createPartedDatabase, nothingKept } from '../../test/parts.ts'
import { holdOf, openTestStock, priceIt, setUpCellar } from '../../test/stock.ts'
import { createPool } from '../platform/postgres/database.ts'
import { until } from '../platform/postgres/processes.ts'
import { dropOld, makeReady } from '../retention/retention.ts'
import { verify } from '../verify/verify.ts'
import { readTableParts } from './inventory.ts'
import { backup, checkBackup, checkExport, exportEverything, importEverything, restore } from './keep.ts'
import { inSnapshot } from './snapshot.ts'

let traded: Awaited<ReturnType<typeof tradedDatabase>>
beforeAll(async () => void (traded = await tradedDatabase(11)))
afterAll(() => traded?.drop())

/** Restores a backup into a database of its own, and returns its address. */
async function restored(path: string): Promise<string> {
  const url = await emptyDatabase()
  await restore(url, path, await checkBackup(path, quiet), quiet)
  return url
}

test('a backup is restored to the same rows in every table, and the books balance', async () => {
  const path = join(scratch(), 'day.backup')
  const written = await backup(traded.url, path, quiet)
  const url = await restored(path)
  expect(await contentsOf(url)).toEqual(await contentsOf(traded.url))
  const verdict = await verify(url)
  expect(verdict.checks.filter((check) => check.total > 0)).toEqual([])
  expect(verdict).toMatchObject({ ok: true, position: written.position })
  expect(written.position).toBeGreaterThan(10)
})

test('a log in many partitions is restored into the same ones, with answers of several periods, and goes on', async () => {
  const database = await createPartedDatabase(15)
  onTestFinished(() => database.drop())
  const pool = createPool(database.url, { applicationName: 'tests', max: 2 })
  onTestFinished(() => pool.end())
  await setUpCellar(database.url)
  const stock = openTestStock(database.url)
  await stock.done({ kind: 'receive', location: 'shop', lines: [{ sku: 'A1', quantity: 1_000 }] })
  await priceIt(stock, 'A1')
  for (let made = 0; made < 60; made += 1) {
    if (made % 10 === 0) await makeReady(pool, nothingKept)
    await stock.done(holdOf('A1'), `held-${made}`)
  }
  await dropOld(database.url, { logRetentionDays: 0, keyRetentionDays: 1e-9 }, { onDropped: () => {} })
  await pool.query('drop table log.log_1')
  await stock.close()
  const partsOf = (url: string) => withClient(url, (client) => readTableParts(client, ['log', 'stock']))
  const folder = scratch()
  await backup(database.url, join(folder, 'day.backup'), quiet)
  await exportEverything(database.url, join(folder, 'day'), quiet)
  const imported = await emptyDatabase()
  await importEverything(imported, join(folder, 'day'), await checkExport(join(folder, 'day'), quiet), quiet)
  for (const url of [await restored(join(folder, 'day.backup')), imported]) {
    expect(await contentsOf(url)).toEqual(await contentsOf(database.url))
    const parts = await partsOf(url)
    expect(parts).toEqual(await partsOf(database.url))
    expect(parts.length).toBeGreaterThan(5)
    const again = openTestStock(url)
    onTestFinished(() => again.close())
    expect(await again.ask(holdOf('A1'), 'held-59')).toMatchObject({ replayed: true })
    await again.done(holdOf('A1'))
    expect((await verify(url)).checks.filter((check) => check.total > 0)).toEqual([])
  }
})

test('a partition that is to go waits for a backup that is under way, which has all of it', async () => {
  const database = await createPartedDatabase(5)
  onTestFinished(() => database.drop())
  await setUpCellar(database.url)
  const pool = createPool(database.url, { applicationName: 'tests', max: 2 })
  onTestFinished(() => pool.end())
  await pool.query(`select log.append(n, now(), '{}') from generate_series(1, 4) n`)
  await pool.query(`insert into stock.answers select 1024, 1, 'test', 'hold', 'key', null, 201, '{}'`)
  await makeReady(pool, nothingKept)
  const rowsOf = async (client: Pick<pg.Client, 'query'>) => [
    (await client.query('select position from log.log')).rowCount,
    (await client.query('select entry from stock.answers')).rowCount,
  ]
  for (const keep of [
    { ...nothingKept, logRetentionDays: 0 },
    { ...nothingKept, keyRetentionDays: 0 },
  ]) {
    const before = await rowsOf(pool)
    const dropping = { done: Promise.resolve(false) }
    await inSnapshot(database.url, {}, async (client) => {
      dropping.done = dropOld(database.url, keep, { onDropped: () => {} })
      await new Promise((resolve) => setTimeout(resolve, 500))
      expect(await rowsOf(client)).toEqual(before)
    })
    expect(await dropping.done).toBe(true)
    expect(await rowsOf(pool)).not.toEqual(before)
  }
  expect(await rowsOf(pool)).toEqual([3, 0])
})

test('every table of every schema is in it, by the catalog, but the one that names this incarnation of the log', async () => {
  await withClient(traded.url, async (client) => {
    onTestFinished(() => withClient(traded.url, (other) => other.query('drop table stock.futures').then(() => {})))
    await client.query('create table stock.futures (id int primary key, what text)')
    const path = join(scratch(), 'all.backup')
    await backup(traded.url, path, quiet)
    const { rows } = await client.query<{ name: string }>(
      `select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p') and not c.relispartition
          and n.nspname not in ('pg_catalog', 'pg_toast', 'information_schema') order by 1`,
    )
    const there = rows.map(({ name }) => name).filter((name) => name !== 'log.epoch')
    const header = JSON.parse(gunzipSync(readFileSync(path)).toString().split('\n')[0] ?? '') as {
      tables: { table: string }[]
      sequences: { sequence: string }[]
    }
    expect(header.tables.map(({ table }) => table).toSorted()).toEqual(there)
    expect(there).toContain('stock.futures')
    expect(header.sequences.map(({ sequence }) => sequence)).toEqual([
      'access.audit_id_seq',
      'access.revocations_id_seq',
      'conduct.signs_id_seq',
      'stock.batches',
    ])
  })
})

test('while holds go on, it is one moment: what is restored verifies clean, and is what the log had told by then', async () => {
  const database = await tradedDatabase(12)
  onTestFinished(() => database.drop())
  const stocks = [openTestStock(database.url), openTestStock(database.url)]
  await stocks[0]?.done({ kind: 'receive', location: 'shop', lines: [{ sku: 'A1', quantity: 900_000 }] })
  const evening = new AbortController()
  const selling = stocks.map(async (stock) => {
    for (let made = 0; ; made += 1) {
      if (evening.signal.aborted) return made
      await stock.done(holdOf('A1', 1, {}))
    }
  })
  const folder = scratch()
  const backups: { path: string; position: number }[] = []
  for (let taken = 0; taken < 4; taken += 1) {
    const path = join(folder, `${taken}.backup`)
    backups.push({ path, position: (await backup(database.url, path, quiet)).position })
  }
  evening.abort()
  expect(Math.min(...(await Promise.all(selling)))).toBeGreaterThan(10)
  await Promise.all(stocks.map((stock) => stock.close()))
  expect(backups[3]?.position).toBeGreaterThan(backups[0]?.position ?? 0)
  for (const { path, position } of backups) {
    const url = await restored(path)
    const verdict = await verify(url)
    expect(verdict.checks.filter((check) => check.total > 0)).toEqual([])
    expect(verdict.position).toBe(position)
    expect(await entriesUpTo(url, position)).toEqual(await entriesUpTo(database.url, position))
    // Nothing that the snapshot had not seen.
    expect(await entriesUpTo(url, position)).toBe(await entriesUpTo(url, Number.MAX_SAFE_INTEGER))
  }
})

/** The entries of the batches that the log had told of at a position, digested. */
const entriesUpTo = (url: string, position: number) =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ digest: string }>(
      `select count(*) || ' ' || md5(string_agg(e::text, '' order by e.id)) as digest
       from stock.entries e where id >> 10 in (select batch from log.batches where position <= $1)`,
      [position],
    )
    return rows[0]?.digest
  })

test('numbers of batches go on where the backup left them, so that no entry gets the id of another', async () => {
  const path = join(scratch(), 'day.backup')
  await backup(traded.url, path, quiet)
  const url = await restored(path)
  const stock = openTestStock(url)
  onTestFinished(() => stock.close())
  await stock.done({ kind: 'receive', location: 'shop', lines: [{ sku: 'A1', quantity: 3 }] })
  expect(await verify(url)).toMatchObject({ ok: true })
  expect(stock.troubles).toEqual([])
})

test('a good backup is not written over, and only its owner may read it', async () => {
  const folder = scratch()
  const path = join(folder, 'day.backup')
  await backup(traded.url, path, quiet)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  const before = readFileSync(path)
  await expect(backup(traded.url, path, quiet)).rejects.toThrow(`There is a ${path} already`)
  expect(readFileSync(path).equals(before)).toBe(true)
  expect(readdirSync(folder)).toEqual(['day.backup'])
})

test.each([
  ['a backup', backup],
  ['an export', exportEverything],
])('told to stop while the database keeps it waiting, %s stops at once and leaves nothing', async (_what, write) => {
  const folder = scratch()
  await withClient(traded.url, async (client) => {
    await client.query('begin; lock table stock.shortfalls in access exclusive mode')
    const stopping = new AbortController()
    const writing = write(traded.url, join(folder, 'day'), { ...quiet, signal: stopping.signal })
    const half = until(() => readdirSync(folder).length > 0, { withinMs: 10_000, everyMs: 5 })
    const stopped = half.then(() => setTimeout(() => stopping.abort(), 200))
    await Promise.all([expect(writing).rejects.toThrow('aborted'), stopped])
    await client.query('rollback')
  })
  expect(readdirSync(folder)).toEqual([])
})

test('where it cannot be written, or there is nothing to write, it says so and leaves nothing', async () => {
  const folder = scratch()
  const nowhere = join(folder, 'none', 'day.backup')
  await expect(backup(traded.url, nowhere, quiet)).rejects.toThrow('its folder is not there: make it first')
  await expect(backup(await emptyDatabase(), join(folder, 'x'), quiet)).rejects.toThrow('never set up')
  const stopped = { ...quiet, signal: AbortSignal.abort() }
  await expect(backup(traded.url, join(folder, 'x'), stopped)).rejects.toThrow('aborted')
  expect(readdirSync(folder)).toEqual([])
})

test('a database that is not empty is refused, and stays as it was', async () => {
  const path = join(scratch(), 'day.backup')
  await backup(traded.url, path, quiet)
  const header = await checkBackup(path, quiet)
  const before = await contentsOf(traded.url)
  await expect(restore(traded.url, path, header, quiet)).rejects.toThrow(/^The database is not empty.*--data FOLDER/)
  expect(await contentsOf(traded.url)).toEqual(before)
  const foreign = await emptyDatabase()
  await withClient(foreign, (client) => client.query('create schema stock; create table stock.theirs (id int)'))
  await expect(restore(foreign, path, header, quiet)).rejects.toThrow('schemas of somebody else')
  await withClient(foreign, (client) => client.query('select from stock.theirs'))
})

test('a file that changed after it was checked is not committed', async () => {
  const path = join(scratch(), 'day.backup')
  await backup(traded.url, path, quiet)
  const header = await checkBackup(path, quiet)
  const bytes = readFileSync(path)
  // Of the seal itself: every row is right, and it is only noticed at the very end.
  bytes.write(bytes.at(-40) === 0x61 ? 'b' : 'a', bytes.length - 40)
  writeFileSync(path, bytes)
  const url = await emptyDatabase()
  await expect(restore(url, path, header, quiet)).rejects.toThrow('is damaged')
  await withClient(url, async (client) => {
    const { rows } = await client.query(`select from pg_namespace where nspname = 'stock'`)
    expect(rows).toEqual([])
  })
})
