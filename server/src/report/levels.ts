import type { PastLevel } from '@cellarhand/protocol/report'
import { onHandAccounts, stateAccounts } from '../stock/stock.ts'
import { balanceOf, onHandOf, type Sums } from './columns.ts'
import type { Database } from './moment.ts'

export interface LevelKey {
  readonly sku: string
  readonly location: string
}

/** Which levels, and where a page of them begins. In the order of SKU codes and location ids. */
export interface LevelQuery {
  readonly sku?: string | undefined
  readonly location?: string | undefined
  readonly after?: LevelKey | undefined
  readonly limit: number
}

/** A level's movements, summed: up to one position, and from there to another. */
export interface LevelSums extends LevelKey {
  readonly before: Sums
  readonly during: Sums
}

/** What narrows `stock.level_keys k`, with the values from `$first` on. A statement of its own for each: a general plan reads every level for one. */
function narrowed(query: LevelQuery, first: number): { readonly text: string; readonly values: readonly unknown[] } {
  const conditions: string[] = ['true']
  const values: unknown[] = []
  const place = (value: unknown) => `$${first - 1 + values.push(value)}`
  if (query.sku !== undefined) conditions.push(`k.sku = ${place(query.sku)}`)
  if (query.location !== undefined) conditions.push(`k.location = ${place(query.location)}`)
  if (query.after !== undefined)
    conditions.push(`(k.sku, k.location) > (${place(query.after.sku)}, ${place(query.after.location)})`)
  return { text: conditions.join(' and '), values }
}

/** Levels that are read at once: some 100 ms of the database's time where each has a hundred movements. Above the largest page and one more. */
const LEVELS_PER_READ = 512

/**
 * The sums of all levels that had any movement up to position `to`, some at a time. The past is only ever added to, so reads one after another tell
 * one moment without a snapshot that stays open.
 */
export async function* sumsOf(
  database: Database,
  span: { readonly from: number; readonly to: number },
  query: LevelQuery,
): AsyncGenerator<readonly LevelSums[]> {
  const limit = Math.min(query.limit, LEVELS_PER_READ)
  let { after } = query
  for (;;) {
    const keys = await readKeys(database, { ...query, after, limit })
    const sums = await readSums(database, span, keys, query.location)
    yield keys.map((key) => sums.get(nameOf(key))).filter((found) => found !== undefined)
    if (keys.length < limit) return
    after = keys.at(-1)
  }
}

const nameOf = ({ sku, location }: LevelKey): string => `${sku}@${location}`

async function readKeys(database: Database, query: LevelQuery): Promise<LevelKey[]> {
  const { text, values } = narrowed(query, 2)
  const { rows } = await database.query<LevelKey>(
    `select k.sku, k.location from stock.level_keys k where ${text} order by k.sku, k.location limit $1`,
    [query.limit, ...values],
  )
  return rows
}

interface SumRow extends LevelKey {
  readonly movement: string
  readonly before: number
  readonly during: number
}

/** By `sku@location`. All levels of a SKU together, since its movements lie side by side. */
async function readSums(
  database: Database,
  span: { readonly from: number; readonly to: number },
  keys: readonly LevelKey[],
  location: string | undefined,
): Promise<Map<string, LevelSums>> {
  const { rows } = await database.query<SumRow>(
    `select j.sku, j.location, j.from_account || '>' || j.to_account as movement,
       coalesce(sum(j.quantity) filter (where j.position <= $2), 0) as before,
       coalesce(sum(j.quantity) filter (where j.position > $2), 0) as during
     from stock.journal j
     where j.sku = any ($1) and j.position <= $3 ${location === undefined ? '' : 'and j.location = $4'}
     group by j.sku, j.location, j.from_account, j.to_account`,
    [[...new Set(keys.map(({ sku }) => sku))], span.from, span.to, ...(location === undefined ? [] : [location])],
  )
  const found = new Map<string, LevelKey & { before: Record<string, number>; during: Record<string, number> }>()
  for (const { movement, before, during, ...key } of rows) {
    const sums = found.get(nameOf(key)) ?? { ...key, before: {}, during: {} }
    sums.before[movement] = before
    sums.during[movement] = during
    found.set(nameOf(key), sums)
  }
  return found
}

/** A page of levels as the books stood at a position. */
export async function recordedLevels(database: Database, position: number, query: LevelQuery): Promise<PastLevel[]> {
  const found: LevelSums[] = []
  for await (const some of sumsOf(database, { from: position, to: position }, query)) {
    found.push(...some)
    if (found.length >= query.limit) break
  }
  return found.slice(0, query.limit).map(({ sku, location, before }) => ({
    sku,
    location,
    onHand: onHandOf(before),
    ...Object.fromEntries(stateAccounts.map((state) => [state, balanceOf(before, state)])),
  }))
}

/**
 * A page of levels with what is known at a position of an earlier moment: on hand is the latest count up to then, and every bottle that came or
 * went between. What was held or committed then is no fact about bottles but about the books, and has no such reading.
 *
 * @param knowledge.atUs the moment, microseconds since 1970
 */
export async function occurredLevels(
  database: Database,
  knowledge: { readonly position: number; readonly atUs: number },
  query: LevelQuery,
): Promise<PastLevel[]> {
  const { text, values } = narrowed(query, 5)
  const { rows } = await database.query<LevelKey & { counted: number | null; moved: number | null }>(
    `select k.sku, k.location, c.counted, s.moved
     from stock.level_keys k
     cross join (select 'epoch'::timestamptz + $2::bigint * interval '1 microsecond' as at) t
     left join lateral (
       select c.counted, c.occurred_at from stock.counted c
       where c.sku = k.sku and c.location = k.location and c.position <= $1 and c.occurred_at <= t.at
       order by c.occurred_at desc, c.source desc, c.entry desc, c.line desc limit 1) c on true
     cross join lateral (
       select sum(case when j.to_account = any ($4) then j.quantity else -j.quantity end) as moved
       from stock.journal j
       where j.sku = k.sku and j.location = k.location and j.physical and j.position <= $1
         and j.occurred_at <= t.at and (c.occurred_at is null or j.occurred_at > c.occurred_at)) s
     where (c.counted is not null or s.moved is not null) and ${text}
     order by k.sku, k.location limit $3`,
    [knowledge.position, knowledge.atUs, query.limit, onHandAccounts, ...values],
  )
  return rows.map(({ sku, location, counted, moved }) => ({ sku, location, onHand: (counted ?? 0) + (moved ?? 0) }))
}
