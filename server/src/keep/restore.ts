import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { must } from '../platform/must.ts'
import { readMigrations } from '../platform/postgres/migrate.ts'
import type { KeepOptions } from './backup.ts'
import { fillEmptyDatabase, stepsOf } from './empty-database.ts'
import { columnList, quoted, type Table } from './inventory.ts'
import type { Header } from './maker.ts'
import { createMeter, type Meter } from './progress.ts'
import { readBackup, type Part } from './read-backup.ts'

/**
 * Reads a backup through, from its first byte to its last, and touches no database.
 *
 * @returns its header
 * @throws SetupError, with its reason, for one that is torn, damaged, foreign, or of a version whose schema this one does not know
 */
export async function checkBackup(path: string, options: KeepOptions): Promise<Header> {
  options.say(`Reading ${path} through ...`)
  const meter = createMeter({ ...options, say: () => {} })
  let header: Header | undefined
  for await (const part of readBackup(path)) {
    if (part.kind === 'header') {
      header = part.header
      stepsOf({ from: path, made: header }, readMigrations(options.directory))
    }
    if (part.kind === 'end') meter.moved(part.sum.table, part.sum.rows, part.sum.bytes)
  }
  const whole = must(header, 'a backup with a header')
  options.say(
    `It is whole: ${meter.totals.rows.toLocaleString('en')} rows of ${whole.at}, at position ${whole.position.toLocaleString('en')} of epoch ${whole.epoch ?? 'none'}.`,
  )
  return whole
}

/**
 * Restores a backup that `checkBackup` has found whole into an empty database, in one transaction. It is checked once more as it is read: nothing is committed
 * of a file that has changed since.
 *
 * @throws SetupError, with nothing changed, where the database is not empty
 */
export async function restore(url: string, path: string, header: Header, options: KeepOptions): Promise<void> {
  const meter = createMeter(options)
  await fillEmptyDatabase(
    url,
    {
      from: path,
      made: header,
      tables: header.tables,
      load: (client, tables) => loadAll(client, tables, readBackup(path), meter),
    },
    options,
  )
}

async function loadAll(client: pg.Client, tables: readonly Table[], parts: AsyncGenerator<Part>, meter: Meter) {
  try {
    const { value: first } = await parts.next()
    must(first?.kind === 'header', 'a backup that begins with its header')
    for (const table of tables) {
      const into = client.query(copyFrom(`copy ${quoted(table.table)} (${columnList(table)}) from stdin`))
      await pipeline(Readable.from(rowsOf(table.table, parts, meter), { objectMode: false }), into)
      meter.done(table.table)
    }
    const { value: last } = await parts.next()
    must(last?.kind === 'trailer', 'a backup that ends with its trailer')
    // Past the trailer the whole is checked against its seal.
    must((await parts.next()).done, 'nothing behind the trailer')
  } finally {
    await parts.return(undefined)
  }
}

/** The rows of the table that comes next. */
async function* rowsOf(table: string, parts: AsyncGenerator<Part>, meter: Meter): AsyncGenerator<Buffer> {
  for (;;) {
    const { value: part } = await parts.next()
    if (part?.kind === 'end') return
    must(part?.kind === 'rows' && part.table === table, `rows of ${table}`)
    if (part?.kind !== 'rows') return
    meter.moved(table, part.rows, part.bytes.length)
    yield part.bytes
  }
}
