import type pg from 'pg'
import { brand } from '@cellarhand/protocol/brand'
import { connect } from '../platform/postgres/database.ts'
import { pendingMigrations, readMigrations } from '../platform/postgres/migrate.ts'
import { SetupError } from '../platform/setup-error.ts'
import { partitionedTables, quoted, readInventory, schemasOf, type Inventory } from './inventory.ts'

/** A migration that is under way holds its tables for seconds; a backup at night should outlast it. */
const lockTimeoutMs = 60_000
/** A process that is stopped here must not keep the database from clearing dead rows for ever. While it reads it is not idle. */
const idleTimeoutMs = 60_000

/** What makes the same value the same text, whatever the database's own settings are. */
const textSettings = `
  set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local intervalstyle = 'postgres';
  set local extra_float_digits = 3; set local bytea_output = 'hex'; set local synchronize_seqscans = off`

/**
 * Runs `work` over one snapshot of all of a database that was set up, while writers go on. Changes nothing.
 *
 * @param options.signal ends the connection, and with it whatever waits for the database; then it rejects
 * @throws SetupError where it was never set up, or by a later version: that might have schemas which this one does not know of
 */
export async function inSnapshot<T>(
  url: string,
  options: { directory?: string; signal?: AbortSignal },
  work: (client: pg.Client, books: Inventory) => Promise<T>,
): Promise<T> {
  const client = await connect(url, {
    applicationName: `${brand.name} backup`,
    statementTimeoutMs: 0,
    lockTimeoutMs,
    idleInTransactionTimeoutMs: idleTimeoutMs,
  })
  // Ended in the middle of a statement, a connection is cut off, and the statement rejects.
  const stop = () => void client.end().catch(() => {})
  options.signal?.addEventListener('abort', stop, { once: true })
  try {
    options.signal?.throwIfAborted()
    await pendingMigrations(client, options.directory)
    const migrations = readMigrations(options.directory)
    const partitioned = await partitionedTables(client, schemasOf(migrations))
    await client.query('begin transaction isolation level repeatable read read only')
    // Before the snapshot is taken: a partition that is to go waits for who has its table locked, and for no other reader of long.
    if (partitioned.length > 0)
      await client.query(`lock table ${partitioned.map(quoted).join(', ')} in access share mode`)
    await client.query(textSettings)
    const books = await readInventory(client, migrations)
    if (books === undefined) throw new SetupError('There is nothing here yet: the database was never set up.')
    return await work(client, books)
  } catch (error) {
    // What a connection that is cut off says depends on the moment.
    options.signal?.throwIfAborted()
    throw error
  } finally {
    options.signal?.removeEventListener('abort', stop)
    await client.end().catch(() => {})
  }
}
