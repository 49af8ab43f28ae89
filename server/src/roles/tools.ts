import { createWriteStream } from 'node:fs'
import type pg from 'pg'
import type { Config } from '../platform/config.ts'
import { createPool } from '../platform/postgres/database.ts'
import { openDatabase } from './open-database.ts'

export const say = (line: string): void => console.log(line)

/** Opens the database for a command, beside a running server or by itself, and closes it whatever happens. */
export async function withDatabase<T>(
  config: Config,
  work: (database: { readonly url: string; readonly pool: pg.Pool }) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(config, { say, shared: true })
  const pool = createPool(database.url, { applicationName: 'cellarhand command', max: 4, statementTimeoutMs: 0 })
  try {
    return await work({ url: database.url, pool })
  } finally {
    await pool.end()
    await database.close()
  }
}

void createWriteStream
