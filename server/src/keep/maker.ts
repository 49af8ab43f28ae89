import { readFileSync } from 'node:fs'
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/schema'
import { brand } from '@cellarhand/protocol/brand'
import { SetupError } from '../platform/setup-error.ts'
import type { Inventory } from './inventory.ts'

/** The format of both kinds of files. A reader takes its own and none other: there has been only one. */
const formatVersion = 1

export type Kind = 'backup' | 'export'

const Sequence = Type.Object({
  sequence: Type.String(),
  last: Type.String({ pattern: '^-?\\d+$' }),
  called: Type.Boolean(),
})
const TablePart = Type.Object({
  table: Type.String({ pattern: '^\\w+\\.\\w+$' }),
  first: Type.Integer({ minimum: 0 }),
  beyond: Type.Integer({ minimum: 1 }),
})
const Column = Type.Object({ name: Type.String(), type: Type.String(), nullable: Type.Boolean() })

/** What both a backup's header and an export's manifest begin with. */
export const Made = Type.Object({
  product: Type.Literal(brand.name),
  kind: Type.Union([Type.Literal('backup'), Type.Literal('export')]),
  format: Type.Literal(formatVersion),
  /** of the program */
  version: Type.String(),
  /** when, RFC 3339 */
  at: Type.String(),
  /** the incarnation of the log, null before the first; what is restored begins another */
  epoch: Type.Union([Type.String(), Type.Null()]),
  /** the newest that is in it */
  position: Type.Integer({ minimum: 0 }),
  migrations: Type.Array(Type.Object({ name: Type.String(), sha256: Type.String() }), { minItems: 1 }),
  sequences: Type.Array(Sequence),
  /** the partitions of tables that have such: a row goes nowhere without its own */
  parts: Type.Array(TablePart),
})
export type Made = Static<typeof Made>

/** A table as a header names it. */
const TableHead = Type.Object({
  table: Type.String({ pattern: '^\\w+\\.\\w+$' }),
  columns: Type.Array(Column, { minItems: 1 }),
})

/** The first line of a backup. */
const Header = Type.Object({ ...Made.properties, tables: Type.Array(TableHead) })
export type Header = Static<typeof Header>

const TableSum = Type.Object({
  table: Type.String(),
  rows: Type.Integer({ minimum: 0 }),
  bytes: Type.Integer({ minimum: 0 }),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
})
/** What went by of one table. */
export type TableSum = Static<typeof TableSum>

/** The last line of a backup. */
const Trailer = Type.Object({ tables: Type.Array(TableSum) })
export type Trailer = Static<typeof Trailer>

const checks = { header: Compile(Header), trailer: Compile(Trailer) }

const packageFile = new URL('../../package.json', import.meta.url)

/** What is said of the maker and of the moment. */
export function madeNow(kind: Kind, books: Inventory, atMs: number): Made {
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }
  return {
    product: brand.name,
    kind,
    format: formatVersion,
    version,
    at: new Date(atMs).toISOString(),
    epoch: books.epoch ?? null,
    position: books.position,
    migrations: books.migrations.map(({ name, sha256 }) => ({ name, sha256 })),
    sequences: [...books.sequences],
    parts: [...books.parts],
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The header that a text is. Throws SetupError, with a reason of its own for each way in which a file is none of ours. */
export function headerFrom(text: string, path: string): Header {
  const value = parsed(text)
  assertMadeByUs(value, path, 'backup')
  if (checks.header.Check(value)) return value
  throw new SetupError(`${path} is no whole backup: its first line lacks what one has. Take another copy of it.`)
}

/** The trailer that a text is. Throws SetupError. */
export function trailerFrom(text: string, path: string): Trailer {
  const value = parsed(text)
  if (checks.trailer.Check(value)) return value
  throw new SetupError(
    `${path} is no whole backup: its last line is not the sum of its tables. Take another copy of it.`,
  )
}

/** Throws SetupError where a header or manifest is of another product, another kind or another format. */
export function assertMadeByUs(value: unknown, path: string, kind: Kind): void {
  const said = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  const { product, format, version } = said
  if (typeof product !== 'string') throw foreign(path, kind)
  if (product !== brand.name) {
    throw new SetupError(`${path} was made by ${product}, not by ${brand.name}: restore it with that.`)
  }
  if (said['kind'] !== kind) {
    const how = kind === 'backup' ? 'bring it in with "import everything"' : 'bring it back with "restore"'
    throw new SetupError(`${path} is not the right kind, ${kind}, but ${String(said['kind'])}: ${how}.`)
  }
  if (format !== formatVersion) {
    throw new SetupError(
      `${path} is written in format ${String(format)}, and this version reads format ${formatVersion}: use the version that made it, ${String(version)}.`,
    )
  }
}

/** What a file is that does not even say who made it. */
export const foreign = (path: string, kind: Kind): SetupError =>
  new SetupError(
    `${path} is no ${kind} of ${brand.title}: it does not begin as one. Look whether it is the right file.`,
  )
