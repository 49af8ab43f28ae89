import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createTestDatabase, workUrlOf } from '../../test/postgres.ts'
import { loadConfig } from '../platform/config.ts'
import { connect } from '../platform/postgres/database.ts'
import { openDatabase } from './open-database.ts'

const quiet = { say: () => {}, shared: false }

/** What becomes of a statement: its command, or PostgreSQL's code of why not. */
async function attempt(url: string, sql: string): Promise<string> {
  const client = await connect(url, { applicationName: 'tests' })
  return client
    .query(sql)
    .then(
      ({ command }) => command,
      ({ code }: { code: string }) => code,
    )
    .finally(() => client.end())
}

test('on the embedded PostgreSQL servers work as a role that owns nothing, also when its password was lost', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'cellarhand-test-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  const config = loadConfig({ CELLARHAND_DATA: dataDir })
  const first = await openDatabase(config, quiet)
  expect(await attempt(first.workUrl, 'create table stock.mine ()')).toBe('42501')
  expect(await attempt(first.workUrl, 'select count(*) from stock.levels')).toBe('SELECT')
  expect(await attempt(first.url, 'create table stock.mine ()')).toBe('CREATE')
  const beside = await openDatabase(config, { ...quiet, shared: true })
  expect(beside.workUrl).toBe(first.workUrl)
  // Of a table that a later release makes.
  expect(await attempt(beside.workUrl, 'insert into stock.mine default values')).toBe('INSERT')
  await first.close()
  const file = join(dataDir, 'work-password')
  const lost = readFileSync(file, 'utf8')
  rmSync(file)
  const second = await openDatabase(config, quiet)
  onTestFinished(() => second.close())
  expect(await attempt(second.workUrl, 'select 1')).toBe('SELECT')
  expect(readFileSync(file, 'utf8')).not.toBe(lost)
})

test('a role that may change the schema is refused, and without one servers work as the owner', async () => {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  const open = (app?: string) =>
    openDatabase(
      loadConfig({ DATABASE_URL: database.url, ...(app === undefined ? {} : { DATABASE_APP_URL: app }) }),
      quiet,
    )
  expect((await open()).workUrl).toBe(database.url)
  expect((await open(workUrlOf(database.url))).workUrl).toBe(workUrlOf(database.url))
  const owner = `${database.url}?application_name=owner`
  await expect(open(owner)).rejects.toThrow('may change more of the database than its rows')
})
