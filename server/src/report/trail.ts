import type { AuditEntry } from '@cellarhand/protocol/feed'
import { formatPosition } from '../log/log.ts'
import { must } from '../platform/must.ts'
import { instant } from '../stock/stock.ts'
import { positionBefore, type Database } from './moment.ts'
import { grouped } from './steps.ts'

/** So long the log says what an entry touched; what is older is in the journal still. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1_000
/** What is read at once: some 60 KB, or one transaction where that is more. */
const ENTRIES_PER_READ = 200
const POSITIONS_PER_READ = 256

/** Entries that became visible at one position, in their order. */
export interface TrailStep {
  readonly position: number
  readonly entries: readonly AuditEntry[]
}

/** Some steps of the trail, and up to which position these are all. */
export interface TrailPart {
  readonly steps: readonly TrailStep[]
  readonly to: number
}

interface StepRow {
  readonly position: number
  readonly batch: number
  readonly skus: readonly string[]
  /** positions that were looked at, of which these are the first */
  readonly looked: number
}

interface EntryRow {
  readonly batch: number
  readonly id: number
  readonly kind: string
  readonly actor: string
  readonly reason: string | null
  readonly reference: string | null
  readonly occurred_us: number
  readonly recorded_us: number
}

interface MovementRow {
  readonly entry: number
  readonly sku: string
  readonly location: string
  readonly from: string
  readonly to: string
  readonly quantity: number
}

const us = (column: string) => `(extract(epoch from ${column}) * 1000000)::bigint`

/**
 * Journal entries behind position `after` and up to `to`, in the order of the log: whole transactions, as many as one read may take. The log says which
 * SKUs each touched, so that their movements are found by the journal's own key.
 */
export async function readTrail(
  database: Database,
  { after, to, epoch }: { readonly after: number; readonly to: number; readonly epoch: string },
): Promise<TrailPart> {
  const steps = await readSteps(database, after, to)
  const [entries, movements] = await Promise.all([readEntries(database, steps), readMovements(database, steps)])
  const byBatch = grouped(entries, ({ batch }) => String(batch))
  const byEntry = grouped(movements, ({ entry }) => String(entry))
  const last = steps.at(-1)
  const isAll = last === undefined || (last.looked === steps.length && steps.length < POSITIONS_PER_READ)
  return {
    steps: steps.map(({ position, batch }) => ({
      position,
      entries: (byBatch.get(String(batch)) ?? []).map((row) =>
        auditEntry(row, byEntry.get(String(row.id)) ?? [], formatPosition(epoch, position)),
      ),
    })),
    to: isAll ? to : last.position,
  }
}

/** The position behind which the trail can be told, as far back as the log reaches. */
export async function trailBegins(database: Database): Promise<number> {
  const { rows } = await database.query<{ first: number | null; any: boolean }>(
    'select log.first_kept() as first, exists (select from log.batches) as any',
  )
  const { first, any } = must(rows[0], 'a row of what is kept')
  // Before the first entry there is none that could be too old, and no moment to find it by.
  const recent = any ? await positionBefore(database, (Date.now() - KEPT_MS) * 1_000) : 0
  return Math.max(recent, (first ?? 1) - 1)
}

/** Transactions until their entries are enough; the first of them however many it has. */
async function readSteps(database: Database, after: number, to: number): Promise<StepRow[]> {
  const { rows } = await database.query<StepRow>(
    `select s.position, s.batch, s.skus, s.looked
     from (
       select l.*, count(*) over () as looked,
         sum((select count(*) from stock.journal_entries e where e.id >= l.batch << 10 and e.id < (l.batch + 1) << 10))
           over (order by l.position rows between unbounded preceding and 1 preceding) as before
       from (
         select position, batch, skus from log.touched where position > $1 and position <= $2
         order by position limit $3) l) s
     where coalesce(s.before, 0) < $4
     order by s.position`,
    [after, to, POSITIONS_PER_READ, ENTRIES_PER_READ],
  )
  return rows
}

async function readEntries(database: Database, steps: readonly StepRow[]): Promise<EntryRow[]> {
  if (steps.length === 0) return []
  const { rows } = await database.query<EntryRow>(
    `select b.batch, e.id, e.kind, e.actor, e.reason, e.reference, ${us('e.occurred_at')} as occurred_us,
       ${us('e.recorded_at')} as recorded_us
     from unnest($1::bigint[]) b(batch)
     join stock.journal_entries e on e.id >= b.batch << 10 and e.id < (b.batch + 1) << 10
     order by e.id`,
    [steps.map(({ batch }) => batch)],
  )
  return rows
}

async function readMovements(database: Database, steps: readonly StepRow[]): Promise<MovementRow[]> {
  if (steps.length === 0) return []
  const batches = steps.map(({ batch }) => batch)
  const { rows } = await database.query<MovementRow>(
    `select j.entry, j.sku, j.location, j.from_account as from, j.to_account as to, j.quantity
     from stock.journal j
     where j.sku = any($1) and j.entry >= $2::bigint << 10 and j.entry < ($3::bigint + 1) << 10
     order by j.entry, j.line`,
    [[...new Set(steps.flatMap(({ skus }) => skus))], Math.min(...batches), Math.max(...batches)],
  )
  return rows
}

function auditEntry(row: EntryRow, movements: readonly MovementRow[], position: string): AuditEntry {
  const { id, kind, actor, reason, reference } = row
  return {
    id: String(id),
    kind,
    actor,
    occurredAt: instant(row.occurred_us),
    recordedAt: instant(row.recorded_us),
    ...(reference === null ? {} : { reference }),
    ...(reason === null ? {} : { reason }),
    movements: movements.map(({ sku, location, from, to, quantity }) => ({ sku, location, from, to, quantity })),
    position,
  }
}
