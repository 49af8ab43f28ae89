import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createFeedClient } from '../../test/feed-client.ts'
import { doors } from '../../test/feed-world.ts'
import { contentsOf, emptyDatabase, quiet, scratch, tradedDatabase, withClient } from '../../test/kept.ts'
import { holdOf, openTestStock } from '../../test/stock.ts'
import { createFeed, feedLimits } from '../feed/feed.ts'
import { migrate, readMigrations } from '../platform/postgres/migrate.ts'
import { until } from '../platform/postgres/processes.ts'
import { openReplica, systemTimers } from '../replica/replica.ts'
import { verify } from '../verify/verify.ts'
import { backup, beginNewEpoch, checkBackup, restore } from './keep.ts'

let traded: Awaited<ReturnType<typeof tradedDatabase>>
beforeAll(async () => void (traded = await tradedDatabase(31)))
afterAll(() => traded?.drop())

/** A process that feeds from a database, until the test ends or it is stopped. */
async function feeding(url: string) {
  const stopping = new AbortController()
  const replica = openReplica(url, { signal: stopping.signal })
  await replica.ready
  const feed = createFeed(replica, { ...doors, timers: systemTimers, limits: feedLimits })
  const stop = async () => {
    feed.close()
    stopping.abort()
    await replica.done
  }
  onTestFinished(stop)
  return { feed, stop }
}

const topic = 'channel:web'
const newClient = () => createFeedClient({ topics: [topic], capacity: 10_000, truth: () => new Map() })

/** Connects a client, waits for all it is owed, and returns the types of the frames with the reasons of resets. */
async function follow(client: ReturnType<typeof newClient>, feed: Awaited<ReturnType<typeof feeding>>['feed']) {
  client.connect(feed)
  const isOwedNothing = () => client.waiting().some((frame) => frame.type === 'ready')
  await until(isOwedNothing, { withinMs: 10_000, everyMs: 5 })
  const frames = client
    .waiting()
    .map(({ text }) => JSON.parse(text) as { type: string; reason?: string; resumed?: boolean })
  client.deliver(frames.length)
  return frames.map(({ type, reason, resumed }) => `${type} ${reason ?? resumed ?? ''}`.trim())
}

test('who comes back after a restore with a cursor of before is told to forget all, and gets a snapshot', async () => {
  const path = join(scratch(), 'day.backup')
  await backup(traded.url, path, quiet)
  const before = await feeding(traded.url)
  const client = newClient()
  expect(await follow(client, before.feed)).toContain('ready false')
  const cursor = client.cursor(topic)
  client.disconnect()
  expect(await follow(client, before.feed)).toContain('ready true')
  client.disconnect()

  const url = await emptyDatabase()
  await restore(url, path, await checkBackup(path, quiet), quiet)
  // The restored log passes the place where the client was: by its number alone the cursor would do.
  const stock = openTestStock(url)
  onTestFinished(() => stock.close())
  await stock.done({ kind: 'receive', location: 'shop', lines: [{ sku: 'A1', quantity: 60 }] })
  for (let n = 0; n < 3; n += 1) await stock.done(holdOf('A1'))
  const after = await feeding(url)
  const frames = await follow(client, after.feed)
  expect(frames).toContain('reset epoch')
  expect(frames.at(-1)).toBe('ready false')
  expect(client.cursor(topic)?.split('.')[0]).not.toBe(cursor?.split('.')[0])
  expect(client.view(topic).get('A1')?.position.split('.')[0]).toBe(client.cursor(topic)?.split('.')[0])
})

test('a copied database that is put back keeps its epoch, and begins a new one by hand once no server is connected', async () => {
  const database = await tradedDatabase(32)
  onTestFinished(() => database.drop())
  const server = await feeding(database.url)
  const client = newClient()
  await follow(client, server.feed)
  client.disconnect()
  await expect(beginNewEpoch(database.url, () => {})).rejects.toThrow(/connected to the database.*cellarhand l/)
  await server.stop()
  const before = await contentsOf(database.url)
  const said: string[] = []
  const epoch = await beginNewEpoch(database.url, (line) => said.push(line))
  expect(said.join()).toContain(`new epoch, ${epoch}; it was ${client.cursor(topic)?.split('.')[0]}`)
  expect(await contentsOf(database.url)).toEqual(before)
  expect(await verify(database.url)).toMatchObject({ ok: true })
  expect(await follow(client, (await feeding(database.url)).feed)).toContain('reset epoch')
  expect(client.cursor(topic)?.split('.')[0]).toBe(epoch)
})

test('where there is no log, no epoch begins', async () => {
  await expect(beginNewEpoch(await emptyDatabase(), () => {})).rejects.toThrow('never set up')
})

test('a backup of an older version is restored as of then, and brought up to this one', async () => {
  const folder = scratch()
  const path = join(folder, 'old.backup')
  await backup(traded.url, path, quiet)
  cpSync(new URL('../../sql', import.meta.url).pathname, join(folder, 'sql'), { recursive: true })
  const next = String(readMigrations().length + 1).padStart(4, '0')
  writeFileSync(
    join(folder, 'sql', `${next}-later.sql`),
    `create schema later; create table later.seen as select id from stock.entries;`,
  )
  const later = { ...quiet, directory: join(folder, 'sql') }
  const url = await emptyDatabase()
  await restore(url, path, await checkBackup(path, later), later)
  await withClient(url, async (client) => {
    const { rows } = await client.query<{ same: boolean }>(
      'select (select count(*) from later.seen) = (select count(*) from stock.entries) as same',
    )
    expect(rows[0]?.same).toBe(true)
  })
  expect(await migrate(url, later)).toEqual([])
  expect(await verify(url)).toMatchObject({ ok: true })
  // What the later version backs up, this one refuses; and it does not back up what it does not know.
  const newer = join(folder, 'new.backup')
  await backup(url, newer, later)
  await expect(checkBackup(newer, quiet)).rejects.toThrow(/made by a later version.*-later\.sql/)
  await expect(backup(url, join(folder, 'x'), quiet)).rejects.toThrow('The database is newer than this release')
})

test('a table that somebody made by hand is in the backup, and named where it cannot go back in', async () => {
  const path = join(scratch(), 'by-hand.backup')
  await withClient(traded.url, (client) => client.query('create table stock.by_hand (id int, what text)'))
  onTestFinished(() => withClient(traded.url, (client) => client.query('drop table stock.by_hand').then(() => {})))
  await backup(traded.url, path, quiet)
  const url = await emptyDatabase()
  await expect(restore(url, path, await checkBackup(path, quiet), quiet)).rejects.toThrow(/see stock\.by_hand\.id/)
  await withClient(url, async (client) => {
    expect((await client.query(`select from pg_namespace where nspname = 'stock'`)).rowCount).toBe(0)
  })
})
