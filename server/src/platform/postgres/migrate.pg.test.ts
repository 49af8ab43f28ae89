import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createEmptyDatabase, createTestDatabase } from '../../../test/postgres.ts'
import { connect } from './database.ts'
import { migrate, pendingMigrations } from './migrate.ts'

let directory: string
let database: Awaited<ReturnType<typeof createEmptyDatabase>>
const say = () => {}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'migrations-'))
  database = await createEmptyDatabase()
  step('0001-bottles.sql', 'create table bottle (id int primary key);\nselect pg_sleep(0.2);')
  step('0002-notes.sql', 'alter table bottle add note text;')
})
afterEach(async () => {
  await database.drop()
  rmSync(directory, { recursive: true })
})

const step = (name: string, sql: string) => writeFileSync(join(directory, name), sql)

async function ask(sql: string): Promise<unknown[]> {
  const client = await connect(database.url, { applicationName: 'test' })
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

test('of three at once one applies every step and the others find nothing to do', async () => {
  const results = await Promise.all([1, 2, 3].map(() => migrate(database.url, { say, directory })))
  expect(results.toSorted((a, b) => b.length - a.length)).toEqual([['0001-bottles.sql', '0002-notes.sql'], [], []])
  expect(await ask('select name from platform.migrations order by name')).toEqual([
    { name: '0001-bottles.sql' },
    { name: '0002-notes.sql' },
  ])
})

test('a later release applies only what is new', async () => {
  await migrate(database.url, { say, directory })
  step('0003-more.sql', 'create table crate (id int);')
  expect(await migrate(database.url, { say, directory })).toEqual(['0003-more.sql'])
})

test('a step that fails leaves nothing of itself, keeps those before it, and names its line', async () => {
  step('0002-notes.sql', 'create table half (id int);\n\nselect nonsense;')
  await expect(migrate(database.url, { say, directory })).rejects.toThrow('0002-notes.sql, line 3, failed')
  expect(await ask(`select to_regclass('half') as half, to_regclass('bottle')::text as bottle`)).toEqual([
    { half: null, bottle: 'bottle' },
  ])
  step('0002-notes.sql', 'alter table bottle add note text;')
  expect(await migrate(database.url, { say, directory })).toEqual(['0002-notes.sql'])
})

test('a step that was changed after it was applied is refused, and says what to do', async () => {
  await migrate(database.url, { say, directory })
  step('0001-bottles.sql', 'create table bottle (id bigint primary key);')
  await expect(migrate(database.url, { say, directory })).rejects.toThrow('put server/sql/0001-bottles.sql back')
})

test('a database that is newer than the release is refused, and says what to do', async () => {
  await migrate(database.url, { say, directory })
  rmSync(join(directory, '0002-notes.sql'))
  await expect(migrate(database.url, { say, directory })).rejects.toThrow(
    'newer than this release: it has 0002-notes.sql',
  )
})

test('a gap in the numbers is refused before anything is touched', async () => {
  step('0004-gap.sql', 'select 1;')
  await expect(migrate(database.url, { say, directory })).rejects.toThrow('0004-gap.sql is out of line')
  expect(await ask(`select to_regclass('bottle') as bottle`)).toEqual([{ bottle: null }])
})

test('what is pending can be asked for without changing anything', async () => {
  const client = await connect(database.url, { applicationName: 'test' })
  expect(await pendingMigrations(client, directory)).toEqual(['0001-bottles.sql', '0002-notes.sql'])
  await migrate(database.url, { say, directory })
  expect(await pendingMigrations(client, directory)).toEqual([])
  await client.end()
})

test('the steps of this release apply to an empty database, and a test database has them all', async () => {
  const made = await createTestDatabase()
  const client = await connect(made.url, { applicationName: 'test' })
  expect(await pendingMigrations(client)).toEqual([])
  await client.end()
  await made.drop()
})
