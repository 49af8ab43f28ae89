import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { brand } from '@cellarhand/protocol/brand'

/** How PostgreSQL is ended: its first process killed outright, or all of it at once, as `pg_ctl stop -m immediate` does. */
export type PostgresEnd = 'SIGKILL' | 'SIGQUIT'

/** Where a database of our own is, and how to be rid of it. */
export interface Place {
  /** Environment of the first server, which may be the one that runs PostgreSQL, and of the others. */
  readonly first: Readonly<Record<string, string>>
  readonly databaseUrl: () => string
  readonly killPostgres: (how?: PostgresEnd) => void
  readonly clear: () => Promise<void>
}

/** A folder for the embedded PostgreSQL, which the first server on it runs. */
export function embedded(): Place {
  const folder = mkdtempSync(join(tmpdir(), `${brand.name}-torture-`))
  const read = (name: string) => readFileSync(join(folder, name), 'utf8').trim()
  const postmaster = () => Number(readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0])
  const killLeft = () => {
    try {
      process.kill(postmaster(), 'SIGQUIT')
    } catch {
      // It has ended, and taken its file along.
    }
  }
  const clear = () => {
    killLeft()
    // What was killed takes a moment to let go of its files.
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
  process.once('exit', clear)
  return {
    first: { [`${brand.envPrefix}DATA`]: folder },
    databaseUrl: () => `postgresql://${brand.name}:${read('password')}@127.0.0.1:${read('port')}/${brand.name}`,
    killPostgres: (how = 'SIGKILL') => void process.kill(postmaster(), how),
    clear: async () => {
      process.off('exit', clear)
      clear()
    },
  }
}

/** A database made on a PostgreSQL that is there. */
export async function databaseOn(postgresUrl: string): Promise<Place> {
  const name = `torture_${randomBytes(6).toString('hex')}`
  const url = new URL(postgresUrl)
  url.pathname = `/${name}`
  await once(postgresUrl, (client) => client.query(`create database ${name} template template0`))
  return {
    first: { DATABASE_URL: url.toString() },
    databaseUrl: () => url.toString(),
    killPostgres: () => {
      throw new Error('this PostgreSQL serves others as well')
    },
    clear: () => once(postgresUrl, async (client) => void (await client.query(`drop database ${name} with (force)`))),
  }
}

/** Does something over one connection. */
export async function once<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
