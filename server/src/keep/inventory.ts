import type pg from 'pg'
import { storedEpoch } from '../log/log.ts'
import { must } from '../platform/must.ts'
import { appliedMigrations, migrationsSchema, type Applied, type Migration } from '../platform/postgres/migrate.ts'
import { readParts, type Part } from '../platform/postgres/partitions.ts'

/** A column as a file carries it. */
export interface Column {
  readonly name: string
  /** PostgreSQL's name of its type, as in `bigint`, `text[]`, `numeric(4,2)` */
  readonly type: string
  readonly nullable: boolean
}

/** A table of ours, whole: what a backup or an export has to carry of it. */
export interface Table {
  /** `schema.name`, as it stands in files */
  readonly table: string
  /** all but those that PostgreSQL computes by itself */
  readonly columns: readonly Column[]
  /** the columns of the primary key */
  readonly key: readonly string[]
  /** the tables whose rows have to be there first */
  readonly refersTo: readonly string[]
}

/** A sequence and where it stands. The number is a text: it may be beyond what JSON carries exactly. */
export interface Sequence {
  readonly sequence: string
  readonly last: string
  readonly called: boolean
}

/** A partition of a table: rows can only be loaded where theirs is there. */
export interface TablePart extends Pick<Part, 'first' | 'beyond'> {
  readonly table: string
}

/** All that there is to keep, as of the snapshot of a transaction. */
export interface Inventory {
  readonly migrations: readonly Applied[]
  readonly epoch: string | undefined
  readonly position: number
  /** in an order in which they can be loaded: none before what it refers to */
  readonly tables: readonly Table[]
  readonly sequences: readonly Sequence[]
  readonly parts: readonly TablePart[]
}

/**
 * The one table that is not carried: it names this incarnation of the log, in this database. A header says what it was, and what is restored begins
 * another.
 */
const incarnation = 'log.epoch'

/**
 * Tables that a backup carries and an export does not: what they hold lets somebody in, or is of use to nobody but the installation that it was made in. Whoever moves house has new keys made.
 */
const ofThisHouse: ReadonlySet<string> = new Set([
  'access.issued',
  'access.keys',
  'access.revocations',
  'access.secrets',
  'access.sessions',
  'access.sign_in_failures',
  'access.signing_keys',
  'access.tickets',
  'conduct.signs',
])

/** The tables of an export. */
export const exported = <T extends { readonly table: string }>(tables: readonly T[]): T[] =>
  tables.filter(({ table }) => !ofThisHouse.has(table))

/** The schemas that are ours: those that the migrations make, read from their text so that a new one cannot be forgotten. */
export function schemasOf(migrations: readonly Migration[]): string[] {
  const made = migrations.flatMap(({ sql }) => [...sql.matchAll(/^create schema (?:if not exists )?(\w+)/gim)])
  return [migrationsSchema, ...made.map((match) => must(match[1], 'the name of a schema'))]
}

/** Partitions are carried by what they are a part of. */
const tablesSql = `
  select n.nspname || '.' || c.relname as "table",
    (select coalesce(json_agg(json_build_object(
        'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'nullable', not a.attnotnull) order by a.attnum), '[]')
       from pg_attribute a
       where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
    (select coalesce(json_agg(a.attname order by k.place), '[]')
       from pg_index i cross join unnest(i.indkey::int2[]) with ordinality k(attnum, place)
       join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
       where i.indrelid = c.oid and i.indisprimary and k.place <= i.indnkeyatts) as key,
    (select coalesce(json_agg(distinct rn.nspname || '.' || r.relname), '[]')
       from pg_constraint f join pg_class r on r.oid = f.confrelid join pg_namespace rn on rn.oid = r.relnamespace
       where f.conrelid = c.oid and f.contype = 'f' and r.oid <> c.oid) as "refersTo"
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any($1) and c.relkind in ('r', 'p') and not c.relispartition
  order by 1`

/** The tables of some schemas, by PostgreSQL's own catalog. */
export async function readTables(client: pg.ClientBase, schemas: readonly string[]): Promise<Table[]> {
  const { rows } = await client.query<Table>(tablesSql, [schemas])
  return inLoadingOrder(rows.filter(({ table }) => table !== incarnation))
}

/** Each table behind those that it refers to, and otherwise by name. Throws where they refer to each other in a circle: such could not be loaded. */
function inLoadingOrder(tables: readonly Table[]): Table[] {
  const names = new Set(tables.map(({ table }) => table))
  const ordered: Table[] = []
  const done = new Set<string>()
  while (ordered.length < tables.length) {
    const ready = tables.find(
      ({ table, refersTo }) => !done.has(table) && refersTo.every((other) => done.has(other) || !names.has(other)),
    )
    const next = must(ready, 'a table that refers to none but those before it')
    done.add(next.table)
    ordered.push(next)
  }
  return ordered
}

/** Where sequences stand is not part of a snapshot. Read in it, they are at or past all that the snapshot shows, which is what matters. */
async function readSequences(client: pg.ClientBase, schemas: readonly string[]): Promise<Sequence[]> {
  const { rows: names } = await client.query<{ sequence: string }>(
    `select n.nspname || '.' || c.relname as sequence from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'S' and n.nspname = any($1) order by 1`,
    [schemas],
  )
  const found: Sequence[] = []
  for (const { sequence } of names) {
    const { rows } = await client.query<{ last: string; called: boolean }>(
      `select last_value::text as last, is_called as called from ${quoted(sequence)}`,
    )
    found.push({ sequence, ...must(rows[0], 'the row of a sequence') })
  }
  return found
}

/** What there is to keep, within the transaction that is open on `client`; undefined where the database was never set up. */
export async function readInventory(
  client: pg.ClientBase,
  migrations: readonly Migration[],
): Promise<Inventory | undefined> {
  const applied = await appliedMigrations(client)
  if (applied.length === 0) return undefined
  const schemas = schemasOf(migrations)
  const { rows } = await client.query<{ head: number }>('select log.head() as head')
  return {
    migrations: applied,
    epoch: await storedEpoch(client),
    position: must(rows[0], 'the head of the log').head,
    tables: await readTables(client, schemas),
    sequences: await readSequences(client, schemas),
    parts: (await readTableParts(client, schemas)).map(({ table, first, beyond }) => ({ table, first, beyond })),
  }
}

/** Partitions of some schemas' tables. One that is being taken away is not there any more. */
export async function readTableParts(
  client: pg.ClientBase,
  schemas: readonly string[],
): Promise<(TablePart & Pick<Part, 'name'>)[]> {
  const found: (TablePart & Pick<Part, 'name'>)[] = []
  for (const table of await partitionedTables(client, schemas)) {
    for (const { name, first, beyond, pending } of await readParts(client, table))
      if (!pending) found.push({ table, name, first, beyond })
  }
  return found
}

/** The tables that are partitioned. */
export async function partitionedTables(client: pg.ClientBase, schemas: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ table: string }>(
    `select n.nspname || '.' || c.relname as "table" from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'p' and n.nspname = any($1) order by 1`,
    [schemas],
  )
  return rows.map(({ table }) => table)
}

/** `schema.name` as SQL. Each part is quoted: in files anybody may write anything. */
export function quoted(name: string): string {
  return name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.')
}

/** The columns of a table as SQL. */
export const columnList = (table: Pick<Table, 'columns'>): string =>
  table.columns.map(({ name }) => quotedColumn(name)).join(', ')

/** One column as SQL; it may have a dot in its name. */
export const quotedColumn = (name: string): string => `"${name.replaceAll('"', '""')}"`
