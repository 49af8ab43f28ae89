import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/schema'
import { codeOf, SetupError } from '../platform/setup-error.ts'
import type { Column, Table } from './inventory.ts'
import { assertMadeByUs, Made, type TableSum } from './maker.ts'
import { meanings } from './meanings.ts'

export const manifestName = 'manifest.json'

/** One file of an export, and what its lines are. */
const ExportFile = Type.Object({
  /** in the same folder, and in no other */
  file: Type.String({ pattern: '^[\\w.]+\\.jsonl$' }),
  table: Type.String({ pattern: '^\\w+\\.\\w+$' }),
  about: Type.String(),
  rows: Type.Integer({ minimum: 0 }),
  bytes: Type.Integer({ minimum: 0 }),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  /** the columns that tell its rows apart; rows are ordered by them */
  key: Type.Array(Type.String()),
  columns: Type.Array(
    Type.Object({
      name: Type.String(),
      type: Type.String(),
      nullable: Type.Boolean(),
      json: Type.String(),
      meaning: Type.String(),
    }),
    { minItems: 1 },
  ),
})
export type ExportFile = Static<typeof ExportFile>

const Manifest = Type.Object({ ...Made.properties, files: Type.Array(ExportFile) })
export type Manifest = Static<typeof Manifest>

const check = Compile(Manifest)

/** How JSON carries a column: what a reader in any language needs to know. */
function jsonOf({ type }: Pick<Column, 'type'>): string {
  if (type.endsWith('[]')) return `list of ${jsonOf({ type: type.slice(0, -2) })}`
  if (type === 'bigint') return 'integer of up to 64 bits'
  if (['integer', 'smallint'].includes(type)) return 'integer'
  if (type.startsWith('numeric')) return 'number, to be read as a decimal'
  if (type === 'boolean') return 'true or false'
  if (type.startsWith('json')) return 'any JSON'
  if (type.startsWith('timestamp')) return 'time as in RFC 3339, UTC, to the microsecond'
  return 'text'
}

/** What is said of the file of a table. */
export function fileOf(table: Table, { rows, bytes, sha256 }: TableSum): ExportFile {
  const meaning = meanings[table.table]
  return {
    file: fileName(table),
    table: table.table,
    about: meaning?.about ?? '',
    rows,
    bytes,
    sha256,
    key: [...table.key],
    columns: table.columns.map((column) => ({
      ...column,
      json: jsonOf(column),
      meaning: meaning?.columns[column.name] ?? '',
    })),
  }
}

export const fileName = ({ table }: Pick<Table, 'table'>): string => `${table}.jsonl`

/** The manifest of an export. Throws SetupError for a folder that is none of ours. */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, manifestName)
  const value = parsed(await read(path))
  assertMadeByUs(value, path, 'export')
  if (check.Check(value)) return value
  throw new SetupError(`${path} lacks what the manifest of an export has: see docs/export.md.`)
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) throw error
    throw new SetupError(`There is no ${path}: give the folder that "export" has written.`, { cause: error })
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The text of docs/export.md from its tables on. */
export function tableDocs(tables: readonly Table[]): string {
  return tables
    .toSorted((a, b) => (a.table < b.table ? -1 : 1))
    .map((table) => {
      const { about, columns, key } = fileOf(table, { table: table.table, rows: 0, bytes: 0, sha256: '' })
      const rows = columns.map(
        ({ name, type, nullable, meaning }) => `| \`${name}\` | ${type}${nullable ? ', or null' : ''} | ${meaning} |`,
      )
      const by = key.map((name) => `\`${name}\``).join(', ') || 'none'
      return `### ${fileName(table)}\n\n${about}\n\nKey: ${by}.\n\n| column | type | what it is |\n| --- | --- | --- |\n${rows.join('\n')}\n`
    })
    .join('\n')
}
