import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { inject } from 'vitest'
import { connect } from '../src/platform/postgres/database.ts'
import { startEmbedded, type EmbeddedPostgres } from '../src/platform/postgres/embedded.ts'
import { isAlive, until } from '../src/platform/postgres/processes.ts'
import { migrate, readMigrations } from '../src/platform/postgres/migrate.ts'

const quiet = { say: () => {} }

/** The same server, another database. */
function withDatabase(url: string, database: string): string {
  const other = new URL(url)
  other.pathname = `/${database}`
  return other.toString()
}

async function asAdmin<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connect(inject('postgresUrl'), {
    applicationName: 'tests',
    lockTimeoutMs: 0,
    statementTimeoutMs: 0,
  })
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const newName = () => `test_${randomBytes(6).toString('hex')}`
/** Any number, the same in all workers. */
const templateLock = 7_262_001

/**
 * A fresh, migrated database on the run's PostgreSQL. Made from a template that is migrated once for each state of server/sql, which takes some
 * tens of milliseconds.
 */
export async function createTestDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const name = newName()
  await asAdmin(async (client) => {
    // Copying the files took 130 ms where writing them to the log, the default, took 220.
    await client.query(`create database ${name} template ${await ensureTemplate(client)} strategy file_copy`)
  })
  return databaseNamed(name)
}

/** A fresh database without anything in it. */
export async function createEmptyDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const name = newName()
  await asAdmin((client) => client.query(`create database ${name} template template0`))
  return databaseNamed(name)
}

/** A database of the run's as whom servers work as in it. */
export function workUrlOf(url: string): string {
  const { name, password } = inject('postgresWorker')
  return Object.assign(new URL(url), { username: name, password }).href
}

function databaseNamed(name: string) {
  return {
    url: withDatabase(inject('postgresUrl'), name),
    drop: () => asAdmin(async (client) => void (await client.query(`drop database if exists ${name} with (force)`))),
  }
}

async function ensureTemplate(client: pg.Client): Promise<string> {
  const state = createHash('sha256')
    .update(
      readMigrations()
        .map((step) => step.sha256)
        .join(),
    )
    .digest('hex')
  const name = `template_${state.slice(0, 12)}`
  const ready = async () =>
    (await client.query('select 1 from pg_database where datname = $1 and datistemplate', [name])).rowCount === 1
  if (await ready()) return name
  await client.query('select pg_advisory_lock($1)', [templateLock])
  try {
    if (await ready()) return name
    await client.query(`drop database if exists ${name} with (force)`)
    await client.query(`create database ${name} template template0`)
    await migrate(withDatabase(inject('postgresUrl'), name), quiet)
    await client.query(`alter database ${name} is_template true`)
    return name
  } finally {
    await client.query('select pg_advisory_unlock($1)', [templateLock])
  }
}

/** A PostgreSQL of a test's own, to be killed and started again. */
export type PrivatePostgres = {
  url: string
  /** Kills the postmaster with SIGKILL. Its supervisor brings it back at the same address by itself. */
  kill9(): Promise<void>
  /** Resolves when it takes connections again, after `kill9` say. */
  restart(): Promise<void>
  /** Stops it and removes its files. */
  stop(): Promise<void>
}

const backWithinMs = 30_000

/**
 * Starts an embedded PostgreSQL for one test alone, with an empty database.
 *
 * @param settings PostgreSQL settings beside ours
 */
export async function startPrivatePostgres(settings: Record<string, string> = {}): Promise<PrivatePostgres> {
  const dataDir = mkdtempSync(join(tmpdir(), 'cellarhand-private-'))
  const postgres = await startEmbedded({ dataDir, ...quiet, settings: { shared_buffers: '32MB', ...settings } })
  return {
    url: postgres.url,
    kill9: async () => {
      const { pid } = postgres
      process.kill(pid, 'SIGKILL')
      await until(() => !isAlive(pid), { withinMs: backWithinMs, everyMs: 1 })
    },
    restart: () => untilAnswers(postgres),
    stop: async () => {
      await postgres.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

async function untilAnswers(postgres: EmbeddedPostgres): Promise<void> {
  const endsAt = performance.now() + backWithinMs
  for (;;) {
    try {
      const client = await connect(postgres.url, { applicationName: 'tests', connectTimeoutMs: 1_000 })
      return await client.end()
    } catch (error) {
      if (performance.now() > endsAt) throw error
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
  }
}
