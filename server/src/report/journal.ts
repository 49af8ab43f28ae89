import type { Movement } from '@cellarhand/protocol/stock'
import { formatPosition } from '../log/log.ts'
import { instant } from '../stock/stock.ts'
import type { Database } from './moment.ts'

/** Where a page ended: the line it came to, and the position the whole list was begun at. */
export interface JournalCursor {
  readonly to: number
  readonly entry: number
  readonly line: number
}

export interface JournalQuery {
  readonly sku?: string | undefined
  readonly location?: string | undefined
  /** lines that left it or came to it */
  readonly account?: string | undefined
  readonly kind?: string | undefined
  readonly after?: Pick<JournalCursor, 'entry' | 'line'> | undefined
  /** all, where there is none */
  readonly limit?: number | undefined
}

interface JournalRow {
  readonly sku: string
  readonly entry: number
  readonly line: number
  readonly location: string
  readonly from: string
  readonly to: string
  readonly quantity: number
  readonly kind: string
  readonly reason: string | null
  readonly reference: string | null
  readonly actor: string
  readonly occurred_us: number
  readonly recorded_us: number
  readonly position: number
}

/** A line of the journal, with its place in it. */
export interface JournalLine {
  readonly entry: number
  readonly line: number
  readonly movement: Movement
}

const us = (column: string) => `(extract(epoch from ${column}) * 1000000)::bigint`

/** What the lines between two positions are found by. `entries` bounds them too, so that not every movement has to be looked at. */
export interface JournalSpan {
  readonly from: number
  readonly to: number
  readonly epoch: string
  readonly entries: EntryRange
}

/** From an entry, which is in it, to one which is not. */
export interface EntryRange {
  readonly first: number
  readonly end: number
}

export const everyEntry: EntryRange = { first: 0, end: Number.MAX_SAFE_INTEGER }

/** The entries of all batches between two positions, and maybe some more: batches of two processes may overlap. */
export async function entriesBetween(
  database: Database,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<EntryRange> {
  const { rows } = await database.query<{ first: number | null; last: number | null }>(
    `select min(b.batch) << 10 as first, (max(b.batch) + 1) << 10 as last
     from log.batches b where b.position > $1 and b.position <= $2`,
    [from, to],
  )
  const [row] = rows
  return { first: row?.first ?? 0, end: row?.last ?? 0 }
}

/** The entry that comes so many after `first`; undefined where there are no more. */
export async function entryAfter(database: Database, first: number, count: number): Promise<number | undefined> {
  const { rows } = await database.query<{ id: number }>(
    'select e.id from stock.journal_entries e where e.id >= $1 order by e.id offset $2 limit 1',
    [first, count],
  )
  return rows[0]?.id
}

/**
 * Lines that became visible after position `from` and up to `to`, oldest first. Of one SKU by its key; of all by reading every movement of the
 * entries, since an index for it would be paid for by every hold.
 */
export async function readJournal(
  database: Database,
  { from, to, epoch, entries }: JournalSpan,
  query: JournalQuery,
): Promise<JournalLine[]> {
  const values: unknown[] = [from, to, entries.first, entries.end]
  const place = (value: unknown) => `$${values.push(value)}`
  const { sku, location, account, kind, after, limit } = query
  const conditions = [
    'j.position > $1 and j.position <= $2 and j.entry >= $3 and j.entry < $4',
    ...(sku === undefined ? [] : [`j.sku = ${place(sku)}`]),
    ...(location === undefined ? [] : [`j.location = ${place(location)}`]),
    ...(account === undefined ? [] : [`${place(account)} in (j.from_account, j.to_account)`]),
    ...(kind === undefined
      ? []
      : [`exists (select from stock.journal_entries k where k.id = j.entry and k.kind = ${place(kind)})`]),
    ...(after === undefined ? [] : [`(j.entry, j.line) > (${place(after.entry)}, ${place(after.line)})`]),
  ]
  // Entries are looked up only for the lines of the page.
  const { rows } = await database.query<JournalRow>(
    `select j.sku, j.entry, j.line, j.location, j.from_account as from, j.to_account as to, j.quantity, j.position, e.kind,
       e.reason, e.reference, e.actor, ${us('j.occurred_at')} as occurred_us, ${us('e.recorded_at')} as recorded_us
     from (
       select * from stock.journal j where ${conditions.join(' and ')} order by j.entry, j.line
       ${limit === undefined ? '' : `limit ${place(limit)}`}) j
     join stock.journal_entries e on e.id = j.entry
     order by j.entry, j.line`,
    values,
  )
  return rows.map((row) => ({ entry: row.entry, line: row.line, movement: movementOf(row, epoch) }))
}

function movementOf(row: JournalRow, epoch: string): Movement {
  const { sku, location, from, to, quantity, kind, reason, reference, actor } = row
  return {
    entry: String(row.entry),
    kind,
    sku,
    location,
    from,
    to,
    quantity,
    ...(reason === null ? {} : { reason }),
    ...(reference === null ? {} : { reference }),
    actor,
    occurredAt: instant(row.occurred_us),
    recordedAt: instant(row.recorded_us),
    position: formatPosition(epoch, row.position),
  }
}
