import type pg from 'pg'
import { must } from '../must.ts'
import { connect } from './database.ts'

/** A partition of a table that is partitioned by ranges of one number. */
export interface Part {
  /** `schema.name` */
  readonly name: string
  /** the first number that it has */
  readonly first: number
  /** the first number that it has not */
  readonly beyond: number
  /** A detaching was begun and not ended: queries do not see it any more. */
  readonly pending: boolean
  /** on disk, with its indexes */
  readonly bytes: number
}

/** A partition, and what is to become of it. */
export interface AgedPart extends Part {
  readonly table: string
  /** `ahead`: nothing is written to it yet; `due`: it is older than what is to be kept. */
  readonly fate: 'ahead' | 'kept' | 'due'
  /** when it was written to last, as far as that is known */
  readonly until: Date | undefined
}

const partsSql = `
  select n.nspname || '.' || c.relname as name, b.bounds[1]::bigint as first, b.bounds[2]::bigint as beyond,
    i.inhdetachpending as pending, pg_total_relation_size(c.oid) as bytes
  from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_namespace n on n.oid = c.relnamespace
  cross join lateral regexp_match(pg_get_expr(c.relpartbound, c.oid), $$FROM \\('?(\\d+)'?\\) TO \\('?(\\d+)'?\\)$$) b(bounds)
  where i.inhparent = $1::regclass order by 2`

/** The partitions of a table, in their order. */
export async function readParts(client: Pick<pg.ClientBase, 'query'>, table: string): Promise<Part[]> {
  const { rows } = await client.query<Part>(partsSql, [table])
  return rows
}

/**
 * Makes an empty partition, in the transaction that is open on `client`. It is made beside the table and then attached, which stops no writer:
 * `create table … partition of` would lock all of the table against them.
 */
export async function makePart(
  client: Pick<pg.ClientBase, 'query'>,
  table: string,
  { first, beyond }: Pick<Part, 'first' | 'beyond'>,
): Promise<void> {
  must(Number.isSafeInteger(first) && Number.isSafeInteger(beyond) && first < beyond, 'bounds of a partition')
  const name = `${table}_${first}`
  await client.query(`create table ${name} (like ${table} including all)`)
  await client.query(`alter table ${table} attach partition ${name} for values from (${first}) to (${beyond})`)
}

/**
 * Takes a partition away while writers go on. Waits for whoever reads the table, and meanwhile nobody waits for it: `drop table` at once would make all
 * writers queue behind the longest reader. Killed or timed out on the way it leaves what `finishDrops` ends.
 *
 * @param client outside a transaction
 */
export async function dropPart(client: pg.Client, table: string, { name }: Pick<Part, 'name'>): Promise<void> {
  await client.query(`alter table ${table} detach partition ${name} concurrently`)
  await client.query(`drop table ${name}`)
}

/** Ends what a kill has left of a `dropPart`: a partition that is half detached, or a table that was one. Returns the names of what is gone. */
export async function finishDrops(client: pg.Client, table: string): Promise<string[]> {
  for (const { name, pending } of await readParts(client, table)) {
    if (pending) await client.query(`alter table ${table} detach partition ${name} finalize`)
  }
  const { rows } = await client.query<{ name: string }>(
    `select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = split_part($1, '.', 1) and c.relkind = 'r' and not c.relispartition
       and c.relname ~ ('^' || split_part($1, '.', 2) || '_\\d+$') order by 1`,
    [table],
  )
  for (const { name } of rows) await client.query(`drop table ${name}`)
  return rows.map(({ name }) => name)
}

/** A detaching waits so long for readers; what it has begun is ended by the next. Meanwhile partitions have to be made ahead. */
const detachWaitMs = 20_000

/** A connection for `dropPart` and `finishDrops`. The caller ends it. */
export function connectToDrop(url: string): Promise<pg.Client> {
  return connect(url, {
    applicationName: 'cellarhand retention',
    statementTimeoutMs: detachWaitMs,
    lockTimeoutMs: detachWaitMs,
  })
}
