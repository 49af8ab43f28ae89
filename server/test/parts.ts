import type pg from 'pg'
import { makeLogParts } from '../src/log/log.ts'
import { connect, createPool } from '../src/platform/postgres/database.ts'
import { createTestDatabase } from './postgres.ts'

/** An empty database whose log has small partitions, as one that was written to for years has many. */
export async function createPartedDatabase(positions: number): Promise<{ url: string; drop(): Promise<void> }> {
  const database = await createTestDatabase()
  const pool = createPool(database.url, { applicationName: 'tests', max: 1 })
  await pool.query(
    `create or replace function log.part_positions() returns bigint language sql immutable as 'select ${positions}'`,
  )
  await pool.query('drop table log.log_1, log.log_1000001, log.log_2000001')
  await makeLogParts(pool)
  await pool.end()
  return database
}

/** So short a time that all that was written before is older, in days. */
export const nothingKept = { logRetentionDays: 1e-9, keyRetentionDays: 1e-9 }

/** A connection that has read the log in a snapshot that stays open, until it is ended. */
export async function openReader(url: string): Promise<pg.Client> {
  const client = await connect(url, { applicationName: 'tests', lockTimeoutMs: 0, idleInTransactionTimeoutMs: 0 })
  await client.query('begin transaction isolation level repeatable read read only')
  await client.query('select count(*) from log.log')
  return client
}
