import type pg from 'pg'
import { brand } from '@cellarhand/protocol/brand'
import { renewEpoch } from '../log/log.ts'
import { commit, connect } from '../platform/postgres/database.ts'
import {
  appliedMigrations,
  lockMigrations,
  migrate,
  migrationsSql,
  readMigrations,
  type Migration,
} from '../platform/postgres/migrate.ts'
import { makePart } from '../platform/postgres/partitions.ts'
import { SetupError } from '../platform/setup-error.ts'
import type { KeepOptions } from './backup.ts'
import { partitionedTables, quoted, readTableParts, readTables, schemasOf, type Table } from './inventory.ts'
import type { Header, Made } from './maker.ts'

/** What goes into an empty database: from a backup or from an export. */
export interface Filling {
  /** the file or folder, for people */
  readonly from: string
  readonly made: Made
  readonly tables: Header['tables']
  /** which of all tables it has to have; without it, all */
  expected?(tables: readonly Table[]): readonly Table[]
  /** Puts every row into its table, within the transaction that is open on `client`. Rejects where what it reads is not whole. */
  load(client: pg.Client, tables: readonly Table[]): Promise<void>
}

/**
 * Fills an empty database, in one transaction: whoever is killed leaves it empty or whole. The schema is made as of what is loaded, and brought to this
 * release's afterwards. The log begins a new epoch, so that nobody goes on from what this state of it has not seen.
 *
 * @throws SetupError, with nothing changed, where the database is not empty or what is loaded is not of this product's making
 */
export async function fillEmptyDatabase(url: string, filling: Filling, options: KeepOptions): Promise<void> {
  const steps = stepsOf(filling, readMigrations(options.directory))
  const client = await connect(url, {
    applicationName: `${brand.name} restore`,
    statementTimeoutMs: 0,
    // The file may be on a slow disk, and nobody but us is in the database.
    idleInTransactionTimeoutMs: 0,
  })
  try {
    await lockMigrations(client, options.say)
    await assertEmpty(client, schemasOf(steps))
    await client.query('begin')
    await client.query(migrationsSql)
    for (const { sql } of steps) await client.query(sql)
    await load(client, filling, schemasOf(steps))
    const epoch = await renewEpoch(client)
    await commit(client)
    options.say(`The log goes on from position ${filling.made.position.toLocaleString('en')} in a new epoch, ${epoch}.`)
    // Plans are made from statistics, and a table that was just filled has none.
    await client.query(`analyze ${filling.tables.map(({ table }) => quoted(table)).join(', ')}`)
  } finally {
    await client.end().catch(() => {})
  }
  await migrate(url, options)
}

/** The steps that made the schema of what is loaded, if they are this release's own. */
export function stepsOf(
  { from, made }: Pick<Filling, 'from' | 'made'>,
  known: readonly Migration[],
): readonly Migration[] {
  made.migrations.forEach(({ name, sha256 }, index) => {
    const step = known[index]
    if (step === undefined) {
      throw new SetupError(
        `${from} was made by a later version, ${made.version}: it has the step ${name}, which is not known here. Use that version or a later one.`,
      )
    }
    if (step.name !== name || step.sha256 !== sha256) {
      throw new SetupError(
        `${from} was made by a version, ${made.version}, whose step ${name} is not that of this one: use the version that made it.`,
      )
    }
  })
  return known.slice(0, made.migrations.length)
}

/** Nothing is ever written over: only a database in which this product never was is taken. */
async function assertEmpty(client: pg.Client, schemas: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'select nspname as name from pg_namespace where nspname = any($1) order by 1',
    [schemas],
  )
  if (rows.length === 0) return
  const where = `The database is not empty, and nothing in it is written over.`
  const next =
    'Give an empty one: a new folder with --data FOLDER, or a new database of your own PostgreSQL with --database-url URL.'
  if ((await appliedMigrations(client)).length > 0) throw new SetupError(`${where} ${next}`)
  const names = rows.map(({ name }) => name).join(', ')
  throw new SetupError(`The database has schemas of somebody else by the names that are needed here: ${names}. ${next}`)
}

async function load(client: pg.Client, filling: Filling, schemas: readonly string[]): Promise<void> {
  const tables = await readTables(client, schemas)
  assertSameTables(filling, filling.expected?.(tables) ?? tables)
  // Some migrations write first rows, which are in what is loaded too.
  await client.query(`truncate ${tables.map(({ table }) => quoted(table)).join(', ')}`)
  await placeParts(client, filling, schemas)
  const byName = new Map(tables.map((table) => [table.table, table]))
  await filling.load(
    client,
    filling.tables.flatMap(({ table, columns }) => ({ ...byName.get(table), columns }) as Table),
  )
  for (const { sequence, last, called } of filling.made.sequences)
    await client.query('select setval($1::regclass, $2::bigint, $3)', [quoted(sequence), last, called])
}

/** Makes the partitions that what is loaded had, and takes away those of a new database that it had not. */
async function placeParts(client: pg.Client, { from, made }: Filling, schemas: readonly string[]): Promise<void> {
  const known = await partitionedTables(client, schemas)
  const nameOf = ({ table, first, beyond }: Filling['made']['parts'][number]) => `${table} ${first} ${beyond}`
  const wanted = new Set(made.parts.map(nameOf))
  const there = await readTableParts(client, schemas)
  for (const part of there) if (!wanted.has(nameOf(part))) await client.query(`drop table ${quoted(part.name)}`)
  const kept = new Set(there.map(nameOf))
  for (const part of made.parts.filter((one) => !kept.has(nameOf(one)))) {
    if (!known.includes(part.table))
      throw new SetupError(
        `${from} has a partition of ${part.table}, which has none: somebody changed the file by hand.`,
      )
    await makePart(client, part.table, part)
  }
}

/** Same steps make same tables. Others were made by hand, and their rows would have no place. */
function assertSameTables({ from, tables }: Filling, made: readonly Table[]): void {
  const named = (list: Header['tables'] | readonly Table[]) =>
    list.flatMap(({ table, columns }) => columns.map(({ name }) => `${table}.${name}`))
  const [has, needs] = [new Set(named(tables)), new Set(named(made))]
  const odd = [...[...has].filter((name) => !needs.has(name)), ...[...needs].filter((name) => !has.has(name))]
  if (odd.length === 0) return
  throw new SetupError(
    `${from} does not have the tables that its steps make: see ${odd.slice(0, 5).join(', ')}. Somebody changed the schema by hand: undo that in the database it came from, and make it again.`,
  )
}
