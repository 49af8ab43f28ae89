import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import type pg from 'pg'
import { sleep } from '../loop.ts'
import { messageOf, SetupError } from '../setup-error.ts'
import { commit, connect } from './database.ts'

/** A step of the schema: plain SQL in a file `0001-name.sql`, never changed once released. */
export type Migration = { name: string; sql: string; sha256: string }

/** The same place from `src` and from `dist`. */
const defaultDirectory = fileURLToPath(new URL('../../../sql', import.meta.url))
const fileName = /^\d{4}-[a-z0-9-]+\.sql$/

/** The migrations in a folder, in order. Throws where a name or number is out of line. */
export function readMigrations(directory: string = defaultDirectory): Migration[] {
  const names = readdirSync(directory)
    .filter((name) => name.endsWith('.sql'))
    .toSorted()
  return names.map((name, index) => {
    if (!fileName.test(name) || Number(name.slice(0, 4)) !== index + 1) {
      throw new Error(
        `${name} is out of line: migrations are numbered without gaps, as in ${String(index + 1).padStart(4, '0')}-name.sql`,
      )
    }
    const sql = readFileSync(join(directory, name), 'utf8')
    return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') }
  })
}

/** The schemas that the migrations make. */
export const ourSchemas = (): string[] =>
  readMigrations().flatMap(({ sql }) => [...sql.matchAll(/^create schema (\w+);/gm)].map(([, name = '']) => name))

/** Locks of this kind are the project's first word in hex, and a number. */
const lockKey = [0x63656c6c, 1]
const lockWaitMs = 10 * 60_000
const lockLookEveryMs = 100
/** A migration waits for a running server's statements, but does not queue all of them behind itself for long. */
const tableLockTimeoutMs = 10_000

/**
 * Brings the database's schema to that of this release, each step in its own transaction. Of several processes at once one applies and the others
 * wait.
 *
 * @returns the names of the steps applied by this call
 * @throws SetupError if an applied step was changed, or the database is newer than this release
 */
export async function migrate(
  url: string,
  options: { say: (line: string) => void; directory?: string },
): Promise<string[]> {
  const migrations = readMigrations(options.directory)
  const client = await connect(url, {
    applicationName: 'cellarhand migrate',
    statementTimeoutMs: 0,
    lockTimeoutMs: tableLockTimeoutMs,
    idleInTransactionTimeoutMs: 0,
  })
  try {
    await lockMigrations(client, options.say)
    const pending = await pendingOf(client, migrations)
    for (const migration of pending) await apply(client, migration)
    if (pending.length > 0) options.say(`Brought the database up to date (${pending.length} steps).`)
    return pending.map((migration) => migration.name)
  } finally {
    // Ending the session lets go of the lock, however it went.
    await client.end().catch(() => {})
  }
}

/**
 * Makes this session the only one that changes the schema, until it ends; servers that start meanwhile wait. Tried again and again, as a statement
 * that waits for an advisory lock would run into lock_timeout.
 */
export async function lockMigrations(client: pg.Client, say: (line: string) => void): Promise<void> {
  const endsAt = performance.now() + lockWaitMs
  for (let attempt = 1; ; attempt++) {
    const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1, $2) as taken', lockKey)
    if (rows[0]?.taken) return
    if (attempt === 10) say('Another process is bringing the database up to date; waiting for it ...')
    if (performance.now() > endsAt) {
      throw new SetupError(
        'Another process has been changing the database for 10 minutes: see what it does, then start again.',
      )
    }
    await sleep(lockLookEveryMs)
  }
}

async function pendingOf(client: pg.Client, migrations: Migration[]): Promise<Migration[]> {
  await client.query(migrationsSql)
  return comparePending(await appliedIn(client), migrations)
}

/** The schema of the table below, the one that no migration makes. */
export const migrationsSchema = 'platform'

/** Where a database keeps which steps it has taken. */
export const migrationsSql = `
  create schema if not exists platform;
  create table if not exists platform.migrations (
    name text primary key,
    sha256 text not null,
    applied_at timestamptz not null default clock_timestamp()
  )`

/** A step that a database has taken. */
export type Applied = { name: string; sha256: string }

async function appliedIn(client: pg.ClientBase): Promise<Applied[]> {
  const { rows } = await client.query<Applied>('select name, sha256 from platform.migrations order by name')
  return rows
}

function comparePending(applied: Applied[], migrations: Migration[]): Migration[] {
  for (const [index, { name, sha256 }] of applied.entries()) {
    const known = migrations[index]
    if (known === undefined) {
      throw new SetupError(
        `The database is newer than this release: it has ${name}, which is not known here. Install the release that made it, or a later one.`,
      )
    }
    if (known.name !== name || known.sha256 !== sha256) {
      throw new SetupError(
        `The step ${name} was changed after it had been applied to this database: put server/sql/${name} back as it was, and write the change as a new step.`,
      )
    }
  }
  return migrations.slice(applied.length)
}

/** The names of the steps that a database lacks, all of them where it is empty. Changes nothing. Throws as `migrate` does. */
export async function pendingMigrations(client: pg.Client, directory?: string): Promise<string[]> {
  return comparePending(await appliedMigrations(client), readMigrations(directory)).map((migration) => migration.name)
}

/** The steps that a database has taken, in order; none where it was never set up. Changes nothing. */
export async function appliedMigrations(client: pg.ClientBase): Promise<Applied[]> {
  const { rows } = await client.query<{ there: boolean }>(
    `select to_regclass('platform.migrations') is not null as there`,
  )
  return rows[0]?.there ? appliedIn(client) : []
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  try {
    await client.query('begin')
    await client.query(migration.sql)
    await client.query('insert into platform.migrations (name, sha256) values ($1, $2)', [
      migration.name,
      migration.sha256,
    ])
    await commit(client)
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw new Error(`the step ${migration.name}${lineOf(error, migration.sql)} failed: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

/** PostgreSQL counts characters from 1; people count lines. */
function lineOf(error: unknown, sql: string): string {
  if (typeof error !== 'object' || error === null || !('position' in error)) return ''
  const position = Number(error.position)
  return Number.isInteger(position) ? `, line ${sql.slice(0, position).split('\n').length},` : ''
}
