import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { runCommand } from '../../test/command.ts'
import { contentsOf, emptyDatabase, quiet, scratch, tradedDatabase, withClient } from '../../test/kept.ts'
import { until } from '../platform/postgres/processes.ts'
import { backup, checkBackup } from './keep.ts'

let traded: Awaited<ReturnType<typeof tradedDatabase>>
beforeAll(async () => void (traded = await tradedDatabase(11)))
afterAll(() => traded?.drop())

test('killed half-way, it leaves no file of the good name', async () => {
  const folder = scratch()
  const path = join(folder, 'day.backup')
  await withClient(traded.url, async (client) => {
    // The last of the tables, so that the rest is written and this one waited for.
    await client.query('begin; lock table stock.shortfalls in access exclusive mode')
    const command = runCommand('backup', path, '--database-url', traded.url)
    await until(() => command.said().includes('stock.prices'), { withinMs: 30_000, everyMs: 5 })
    command.child.kill('SIGKILL')
    await command.ended
    await client.query('rollback')
  })
  expect(existsSync(path)).toBe(false)
  const [partial] = readdirSync(folder)
  expect(partial).toMatch(/^day\.backup\.[0-9a-f]{8}\.partial$/)
  await expect(checkBackup(join(folder, partial ?? ''), quiet)).rejects.toThrow(/is torn: its end is missing|is empty/)
})

test('stopped by Ctrl-C, a backup takes away what was half-made, and says so without a stack', async () => {
  const folder = scratch()
  await withClient(traded.url, async (client) => {
    await client.query('begin; lock table stock.shortfalls in access exclusive mode')
    const command = runCommand('backup', join(folder, 'day.backup'), '--database-url', traded.url)
    await until(() => command.said().includes('stock.prices'), { withinMs: 30_000, everyMs: 5 })
    command.child.kill('SIGINT')
    expect(await command.ended).toBe(1)
    expect(command.said().trimEnd()).toMatch(/\nStopped\. What was half-made was taken away\.$/)
    await client.query('rollback')
  })
  expect(readdirSync(folder)).toEqual([])
})

test('restores from the command line end with what verify finds, and with 1 if that is anything', async () => {
  const database = await tradedDatabase(13)
  onTestFinished(() => database.drop())
  const folder = scratch()
  await backup(database.url, join(folder, 'good.backup'), quiet)
  await withClient(database.url, (client) => client.query('update stock.levels set available = available + 1'))
  await backup(database.url, join(folder, 'bad.backup'), quiet)
  const good = runCommand('restore', join(folder, 'good.backup'), '--database-url', await emptyDatabase())
  expect(await good.ended).toBe(0)
  expect(good.said()).toContain('ok     levels equal the sums of their movements')
  const bad = runCommand('restore', join(folder, 'bad.backup'), '--database-url', await emptyDatabase())
  expect(await bad.ended).toBe(1)
  expect(bad.said()).toContain('WRONG  levels equal the sums of their movements')
})

test('killed at any moment, a restore leaves the database empty or whole', async () => {
  const path = join(scratch(), 'day.backup')
  await backup(traded.url, path, quiet)
  const wanted = await contentsOf(traded.url)
  const seen = { empty: 0, whole: 0 }
  for (const mark of ['It is whole', 'log.log', 'stock.prices', 'goes on from']) {
    const url = await emptyDatabase()
    const command = runCommand('restore', path, '--database-url', url)
    await until(() => command.said().includes(mark), { withinMs: 30_000, everyMs: 1 })
    command.child.kill('SIGKILL')
    await command.ended
    await untilAlone(url)
    const isEmpty = await withClient(url, async (client) => {
      const { rows } = await client.query(`select from pg_namespace where nspname in ('stock', 'log', 'platform')`)
      return rows.length === 0
    })
    seen[isEmpty ? 'empty' : 'whole'] += 1
    expect(isEmpty ? wanted : await contentsOf(url)).toEqual(wanted)
  }
  expect(seen.empty).toBeGreaterThan(0)
})

/** The database takes a moment to see that a client is gone. */
const untilAlone = (url: string) =>
  withClient(url, (client) =>
    until(
      async () => {
        const { rows } = await client.query(
          `select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name like 'cellarhand%'`,
        )
        return rows.length === 0
      },
      { withinMs: 30_000, everyMs: 20 },
    ),
  )
