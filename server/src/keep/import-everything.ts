import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import { messageOf, SetupError } from '../platform/setup-error.ts'
import { readMigrations } from '../platform/postgres/migrate.ts'
import type { KeepOptions } from './backup.ts'
import { fillEmptyDatabase, stepsOf } from './empty-database.ts'
import { columnList, exported, quoted, type Table } from './inventory.ts'
import { readManifest, type ExportFile, type Manifest } from './manifest.ts'
import { createMeter, type Meter } from './progress.ts'
import { createSum, wholeLines } from './rows.ts'

/** Lines that go to the database at once: more were no quicker, and these hold a megabyte or two. */
const linesAtOnce = 2_000
/** A row of the log has up to some 30 KB: of such, fewer at once. */
const charsAtOnce = 4_000_000

/**
 * Reads an export through and touches no database: every file that its manifest names, line by line.
 *
 * @throws SetupError, with its reason, where a file is missing or was changed, or a line is not what the manifest says
 */
export async function checkExport(folder: string, options: KeepOptions): Promise<Manifest> {
  const manifest = await readManifest(folder)
  stepsOf({ from: folder, made: manifest }, readMigrations(options.directory))
  options.say(`Reading ${folder} through ...`)
  for (const file of manifest.files) {
    const names = file.columns.map(({ name }) => name)
    let number = 0
    for await (const line of linesOf(folder, file)) assertFits(line, names, `${file.file}, line ${(number += 1)}`)
  }
  const rows = manifest.files.reduce((sum, file) => sum + file.rows, 0)
  options.say(`It is whole: ${rows.toLocaleString('en')} rows of ${manifest.at}.`)
  return manifest
}

/**
 * Brings an export that `checkExport` has found whole into an empty database, in one transaction. It is checked once more as it is read.
 *
 * @throws SetupError, with nothing changed, where the database is not empty, or a value does not fit its column
 */
export async function importEverything(
  url: string,
  folder: string,
  manifest: Manifest,
  options: KeepOptions,
): Promise<void> {
  const meter = createMeter(options)
  const byTable = new Map(manifest.files.map((file) => [file.table, file]))
  await fillEmptyDatabase(
    url,
    {
      from: folder,
      made: manifest,
      tables: manifest.files,
      expected: exported,
      load: async (client, tables) => {
        for (const table of tables) {
          const file = byTable.get(table.table)
          if (file !== undefined) await loadFile(client, table, linesOf(folder, file), meter)
        }
      },
    },
    options,
  )
}

/** The lines of a file. Rejects at its end where it is not, byte for byte, what the manifest says. */
async function* linesOf(folder: string, file: ExportFile): AsyncGenerator<string> {
  const sum = createSum(file.table)
  const cut = () => new SetupError(`${file.file} ends in the middle of a line: take another copy.`)
  for await (const lines of wholeLines(bytesOf(join(folder, file.file)), cut)) {
    sum.add(lines)
    // By line feeds alone: a text may hold other characters that some take for the end of a line.
    yield* lines.toString('utf8', 0, lines.length - 1).split('\n')
  }
  const { rows, bytes, sha256 } = sum.close()
  if (rows === file.rows && bytes === file.bytes && sha256 === file.sha256) return
  throw new SetupError(
    `${file.file} is not as it was exported: the manifest tells of ${file.rows} rows with the SHA-256 ${file.sha256}, and it has ${rows} with ${sha256}. Take another copy; whoever changes it on purpose changes the manifest too.`,
  )
}

async function* bytesOf(path: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>
  } catch (error) {
    throw new SetupError(`${path} cannot be read: ${messageOf(error)}.`, { cause: error })
  }
}

function assertFits(line: string, names: readonly string[], where: string): void {
  const keys = keysOf(line)
  if (keys !== undefined && keys.length === names.length && names.every((name) => keys.includes(name))) return
  throw new SetupError(`${where} is not a JSON object with exactly the columns ${names.join(', ')}.`)
}

function keysOf(line: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? Object.keys(value) : undefined
  } catch {
    return undefined
  }
}

async function loadFile(client: pg.Client, table: Table, lines: AsyncIterable<string>, meter: Meter): Promise<void> {
  const columns = columnList(table)
  // The text of the lines goes to PostgreSQL as it is: numbers stay exact, and what is JSON in a column keeps its very text.
  const text = `insert into ${quoted(table.table)} (${columns}) overriding system value
    select ${columns} from json_populate_recordset(null::${quoted(table.table)}, $1::json)`
  let waiting: string[] = []
  let chars = 0
  const send = async () => {
    await client.query(text, [`[${waiting.join(',')}]`]).catch((error: unknown) => {
      throw new SetupError(`A row of ${table.table} does not fit: ${messageOf(error)}.`, { cause: error })
    })
    meter.moved(table.table, waiting.length, chars)
    waiting = []
    chars = 0
  }
  for await (const line of lines) {
    waiting.push(line)
    chars += line.length
    if (waiting.length >= linesAtOnce || chars >= charsAtOnce) await send()
  }
  if (waiting.length > 0) await send()
  meter.done(table.table)
}
