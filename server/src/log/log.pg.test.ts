import type pg from 'pg'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createTestDatabase } from '../../test/postgres.ts'
import { connect, createPool, withTransaction } from '../platform/postgres/database.ts'
import {
  appendLog,
  createWaker,
  followLog,
  listenForHints,
  LogBroken,
  readEpoch,
  readSecret,
  renewEpoch,
  startNotifier,
  type FollowEnd,
} from './log.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let admin: pg.Client
let pool: pg.Pool
let stop: AbortController
const running: Promise<unknown>[] = []

beforeEach(async () => {
  database = await createTestDatabase()
  admin = await connect(database.url, { applicationName: 'tests' })
  pool = createPool(database.url, { max: 8, applicationName: 'writers' })
  stop = new AbortController()
})

afterEach(async () => {
  stop.abort()
  await Promise.allSettled(running.splice(0))
  await pool.end()
  await admin.end()
  await database.drop()
})

/** Follows into an array of positions. */
function follow(epoch: string, from = 0) {
  const positions: number[] = []
  const waker = createWaker()
  const end = followLog(database.url, {
    epoch,
    from,
    onRows: (rows) => positions.push(...rows.map((row) => row.position)),
    waker,
    signal: stop.signal,
  })
  running.push(end)
  return { positions, waker, end }
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
const append = () =>
  withTransaction(pool, (client) =>
    appendLog(client, { atMs: 1_700_000_000_123, changes: { skus: [['A', 'w', 2015, 750, 1]] } }),
  )
const terminate = (name: string) =>
  admin.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and datname = current_database()',
    [name],
  )

test('many connections that find no epoch agree on one, and it stays', async () => {
  const epochs = await Promise.all(
    upTo(8).map(async () => {
      const client = await connect(database.url, { applicationName: 'tests' })
      return readEpoch(client).finally(() => client.end())
    }),
  )
  expect(new Set(epochs).size).toBe(1)
  expect(epochs[0]).toMatch(/^[a-z0-9]{8}$/)
  expect(await readEpoch(admin)).toBe(epochs[0])
})

test('processes of a database read one secret, which an epoch that was renewed by hand has not', async () => {
  const secrets = await Promise.all([readSecret(pool), readSecret(pool)])
  expect(secrets[0]).toBe(secrets[1])
  expect(secrets[0]).toMatch(/^[0-9a-f-]{72}$/)
  await renewEpoch(admin)
  expect(await readSecret(pool)).not.toBe(secrets[0])
})

test('a log that was written by another PostgreSQL, or on another timeline, begins a new epoch', async () => {
  const before = await readEpoch(admin, { newId: () => 'aaaaaaaa' })
  await admin.query("update log.epoch set bound_to = 'another/00000001/5'")
  expect(await readEpoch(admin, { newId: () => 'bbbbbbbb' })).toBe('bbbbbbbb')
  expect(before).toBe('aaaaaaaa')
})

test('four writers at once, some of which roll back, leave no gap, and a follower that loses its connections misses nothing', async () => {
  const { positions } = follow(await readEpoch(admin))
  const killer = setInterval(() => void terminate('cellarhand log'), 70)
  const troubles: string[] = []
  const writer = async (seed: number) => {
    for (let index = 0; index < 60; index++) {
      const fails = (index * 7 + seed) % 5 === 0
      const written = withTransaction(pool, async (client) => {
        await appendLog(client, { atMs: index, changes: {} })
        if (fails) throw new Error('rolled back')
      })
      await written.catch((error: Error) => troubles.push(error.message))
    }
  }
  await Promise.all(upTo(4).map(writer))
  clearInterval(killer)
  expect(troubles).toEqual(Array.from({ length: 48 }, () => 'rolled back'))
  await vi.waitFor(() => expect(positions).toHaveLength(192), { timeout: 10_000 })
  expect(positions).toEqual(upTo(192))
})

test('a follower that is never hinted at looks by itself', async () => {
  const { positions } = follow(await readEpoch(admin))
  await append()
  await vi.waitFor(() => expect(positions).toEqual([1]), { timeout: 2_000 })
})

test('a hint between processes arrives, and again after the listening connection was lost', async () => {
  let hints = 0
  running.push(listenForHints(database.url, () => hints++, { signal: stop.signal }))
  const notifier = startNotifier(database.url, { signal: stop.signal })
  running.push(notifier.done)
  await vi.waitFor(() => expect(hints).toBe(1), { timeout: 5_000 })
  notifier.committed()
  await vi.waitFor(() => expect(hints).toBe(2), { timeout: 5_000 })
  await terminate('cellarhand listen')
  await vi.waitFor(() => expect(hints).toBe(3), { timeout: 5_000 })
  notifier.committed()
  await vi.waitFor(() => expect(hints).toBe(4), { timeout: 5_000 })
})

test('a process that listens under its own name passes its own notices over, and hears all others', async () => {
  const heard = { own: 0, other: 0 }
  running.push(listenForHints(database.url, () => heard.own++, { signal: stop.signal, self: 'own' }))
  running.push(listenForHints(database.url, () => heard.other++, { signal: stop.signal, self: 'other' }))
  const own = startNotifier(database.url, { signal: stop.signal, self: 'own' })
  const other = startNotifier(database.url, { signal: stop.signal, self: 'other' })
  running.push(own.done, other.done)
  await vi.waitFor(() => expect(heard).toEqual({ own: 1, other: 1 }), { timeout: 5_000 })
  own.committed()
  await vi.waitFor(() => expect(heard).toEqual({ own: 1, other: 2 }), { timeout: 5_000 })
  other.committed()
  await vi.waitFor(() => expect(heard).toEqual({ own: 2, other: 2 }), { timeout: 5_000 })
})

test('commits in quick succession are one notice or few', async () => {
  let hints = 0
  running.push(listenForHints(database.url, () => hints++, { signal: stop.signal }))
  await vi.waitFor(() => expect(hints).toBe(1), { timeout: 5_000 })
  const notifier = startNotifier(database.url, { signal: stop.signal })
  running.push(notifier.done)
  for (let index = 0; index < 1_000; index++) notifier.committed()
  await vi.waitFor(() => expect(hints).toBe(2), { timeout: 5_000 })
})

test('a promotion ends the following, so that it begins anew from a snapshot', async () => {
  const { end } = follow(await readEpoch(admin))
  await admin.query("update log.epoch set bound_to = 'another/00000001/5'")
  await terminateUntil(end)
  expect(await end).toBe('epoch')
})

test('a log that has become shorter than what was read of it ends the following', async () => {
  const { positions, end } = follow(await readEpoch(admin))
  await append()
  await append()
  await vi.waitFor(() => expect(positions).toEqual([1, 2]), { timeout: 5_000 })
  await admin.query('delete from log.log where position = 2')
  await terminateUntil(end)
  expect(await end).toBe('rewound')
})

test('a gap in the positions is never passed over', async () => {
  await append()
  await append()
  await append()
  await admin.query('delete from log.log where position = 2')
  await expect(follow(await readEpoch(admin)).end).rejects.toThrow(LogBroken)
})

test('a row that cannot be applied is not applied twice', async () => {
  await append()
  let calls = 0
  const end = followLog(database.url, {
    epoch: await readEpoch(admin),
    from: 0,
    onRows() {
      calls++
      throw new Error('no')
    },
    waker: createWaker(),
    signal: stop.signal,
  })
  await expect(end).rejects.toThrow(LogBroken)
  expect(calls).toBe(1)
})

/** The follower may just be connecting. */
async function terminateUntil(end: Promise<FollowEnd>) {
  const ended = { yet: false }
  void end.then(() => (ended.yet = true))
  while (!ended.yet) {
    await terminate('cellarhand log')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
