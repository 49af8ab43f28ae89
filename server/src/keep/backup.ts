import { writeFile, type FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { columnList, quoted, type Inventory, type Table } from './inventory.ts'
import { madeNow, type Header, type TableSum, type Trailer } from './maker.ts'
import { createMeter, megabytes, type Meter } from './progress.ts'
import { createSum, endOfRows } from './rows.ts'
import { sealed } from './seal.ts'
import { inSnapshot } from './snapshot.ts'
import { assertFree, writeWhole } from './whole-file.ts'

/** Half as long as zlib's usual 6 took, for a file a tenth larger. */
const gzipLevel = 4

export interface KeepOptions {
  readonly say: (line: string) => void
  readonly nowMs: () => number
  readonly signal?: AbortSignal
  /** of the migrations, where they are not this version's own */
  readonly directory?: string
}

/** What was written. */
export interface Written {
  readonly position: number
  readonly epoch: string | null
  readonly rows: number
  readonly tables: number
  /** on disk */
  readonly bytes: number
}

/**
 * Writes all of a database into one file, from one snapshot, while writers go on. Whoever is killed leaves nothing of the good name. Memory is bounded, whatever
 * the size. The format: docs/backup.md.
 *
 * @throws SetupError if the file is there already or cannot be written, or the database was never set up
 */
export async function backup(url: string, path: string, options: KeepOptions): Promise<Written> {
  assertFree(path)
  return inSnapshot(url, options, async (client, books) => {
    const header: Header = { ...madeNow('backup', books, options.nowMs()), tables: books.tables.map(headOf) }
    const meter = createMeter(options)
    let bytes = 0
    await writeWhole(path, async (file) => {
      await writeGzip(file, contents(client, books, header, meter), options.signal)
      bytes = (await file.stat()).size
    })
    const { position, epoch } = header
    options.say(`${meter.totals.rows.toLocaleString('en')} rows, ${megabytes(bytes)} in ${path}.`)
    return { position, epoch, rows: meter.totals.rows, tables: books.tables.length, bytes }
  })
}

const headOf = ({ table, columns }: Table) => ({ table, columns: [...columns] })

async function writeGzip(file: FileHandle, bytes: AsyncIterable<Buffer>, signal: AbortSignal | undefined) {
  const gzip = createGzip({ level: gzipLevel, chunkSize: 256 * 1024 })
  const write = (source: AsyncIterable<Buffer>) => writeFile(file, sealed(source))
  await pipeline(Readable.from(bytes, { objectMode: false }), gzip, write, signal === undefined ? {} : { signal })
}

/** The header's line, the rows of each table with their end, the trailer's line. */
async function* contents(client: pg.Client, books: Inventory, header: Header, meter: Meter): AsyncGenerator<Buffer> {
  yield Buffer.from(`${JSON.stringify(header)}\n`)
  const sums: TableSum[] = []
  for (const table of books.tables) {
    const sum = createSum(table.table)
    // A select, as COPY takes no table that has partitions.
    const sql = `copy (select ${columnList(table)} from ${quoted(table.table)}) to stdout`
    for await (const chunk of client.query(copyTo(sql)) as AsyncIterable<Buffer>) {
      meter.moved(table.table, sum.add(chunk), chunk.length)
      yield chunk
    }
    yield endOfRows
    meter.done(table.table)
    sums.push(sum.close())
  }
  yield Buffer.from(`${JSON.stringify({ tables: sums } satisfies Trailer)}\n`)
}
