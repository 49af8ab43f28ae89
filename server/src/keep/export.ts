import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { dirname, join, resolve } from 'node:path'
import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import type { KeepOptions, Written } from './backup.ts'
import { columnList, exported, quoted, quotedColumn, type Column, type Table } from './inventory.ts'
import { madeNow } from './maker.ts'
import { fileName, fileOf, manifestName, type ExportFile, type Manifest } from './manifest.ts'
import { createMeter, megabytes, type Meter } from './progress.ts'
import { createSum } from './rows.ts'
import { inSnapshot } from './snapshot.ts'
import { assertFree, inWords, syncFolder } from './whole-file.ts'

/**
 * Writes all of a database into a folder, a file of JSON Lines for each table and a manifest that says what they are, from one snapshot, while writers go on.
 * Rows are in the order of their keys: the same books give the same files. The folder is there whole or not at all. For people: docs/export.md.
 *
 * @throws SetupError if the folder is there already or cannot be written, or the database was never set up
 */
export async function exportEverything(url: string, folder: string, options: KeepOptions): Promise<Written> {
  assertFree(folder)
  return inSnapshot(url, options, async (client, books) => {
    const meter = createMeter(options)
    const tables = exported(books.tables)
    const made = madeNow('export', books, options.nowMs())
    await wholeFolder(folder, async (partial) => {
      const files: ExportFile[] = []
      for (const table of tables) files.push(await writeTable(client, partial, table, { ...options, meter }))
      const manifest: Manifest = { ...made, files }
      await writeSynced(join(partial, manifestName), [Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`)])
    })
    const { rows, bytes } = meter.totals
    options.say(`${rows.toLocaleString('en')} rows, ${megabytes(bytes)} in ${folder}.`)
    return { position: made.position, epoch: made.epoch, rows, tables: tables.length, bytes }
  })
}

async function writeTable(
  client: pg.Client,
  folder: string,
  table: Table,
  { meter, signal }: { meter: Meter; signal?: AbortSignal },
): Promise<ExportFile> {
  const sum = createSum(table.table)
  const rows = async function* () {
    for await (const chunk of client.query(copyTo(linesSql(table))) as AsyncIterable<Buffer>) {
      signal?.throwIfAborted()
      meter.moved(table.table, sum.add(chunk), chunk.length)
      yield chunk
    }
  }
  await writeSynced(join(folder, fileName(table)), rows())
  meter.done(table.table)
  return fileOf(table, sum.close())
}

/**
 * Each row as a line of JSON. COPY's CSV writes a value as it is if it holds neither quote nor delimiter nor line end, and JSON holds no control
 * characters: with two of those for quote and delimiter, the lines come out bare. A stored json may have line ends between its parts, where a space is as
 * good.
 */
function linesSql(table: Table): string {
  const from = `(select ${columnList(table)} from ${quoted(table.table)}) r`
  const line = String.raw`translate(row_to_json(r)::text, e'\n\r', '  ')`
  return String.raw`copy (select ${line} from ${from} order by ${orderOf(table)}) to stdout (format csv, quote e'\x01', delimiter e'\x02')`
}

const isNumber = ({ type, nullable }: Column): boolean => !nullable && ['bigint', 'integer', 'smallint'].includes(type)

/** By the key, or where there is none by the numbers that each row has and then by all of it; texts by their bytes: the same on every machine, whatever its language. */
function orderOf({ key, columns }: Table): string {
  if (key.length === 0)
    return [...columns.filter(isNumber).map(({ name }) => `r.${quotedColumn(name)}`), 'r::text collate "C"'].join(', ')
  const isText = (name: string) => columns.some((column) => column.name === name && column.type === 'text')
  return key.map((name) => `r.${quotedColumn(name)}${isText(name) ? ' collate "C"' : ''}`).join(', ')
}

async function writeSynced(path: string, bytes: Iterable<Buffer> | AsyncIterable<Buffer>): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await writeFile(file, bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes a folder as `writeWhole` makes a file. */
async function wholeFolder(folder: string, fill: (partial: string) => Promise<void>): Promise<void> {
  const path = resolve(folder)
  const partial = `${path}.${randomBytes(4).toString('hex')}.partial`
  try {
    await mkdir(partial, { mode: 0o700 })
    await fill(partial)
    await syncFolder(partial)
    await rename(partial, path)
    await syncFolder(dirname(path))
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    throw inWords(error, folder)
  }
}
