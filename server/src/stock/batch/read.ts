import type pg from 'pg'
import type { Price } from '../core/command.ts'
import type { DocumentRecord } from '../core/document.ts'
import {
  allotmentKey,
  levelKey,
  priceKey,
  type CommitmentRecord,
  type HoldLineState,
  type HoldRecord,
  type LevelState,
} from '../core/context.ts'

interface PriceColumns {
  readonly amount_minor: number
  readonly currency: string
  readonly tax_included: boolean
  readonly duty_included: boolean
}

function price(row: PriceColumns): Price {
  return {
    amountMinor: row.amount_minor,
    currency: row.currency,
    taxIncluded: row.tax_included,
    dutyIncluded: row.duty_included,
  }
}

type LevelColumns = Omit<LevelState, 'incomingCommitted' | 'countedAtUs' | 'countedBy'> & {
  readonly incoming_committed: number
  readonly counted_at_us: number | null
  readonly counted_by: string | null
}

export function levelsOf(result: pg.QueryResult): Map<string, LevelState> {
  const levels = new Map<string, LevelState>()
  for (const row of result.rows as LevelColumns[]) {
    const key = levelKey(row.sku, row.location)
    levels.set(key, {
      key,
      sku: row.sku,
      location: row.location,
      available: row.available,
      held: row.held,
      committed: row.committed,
      allocated: row.allocated,
      quarantined: row.quarantined,
      short: row.short,
      incoming: row.incoming,
      incomingCommitted: row.incoming_committed,
      version: row.version,
      revision: row.revision,
      countedAtUs: row.counted_at_us,
      countedBy: row.counted_by,
    })
  }
  return levels
}

export function allotmentsOf(keys: readonly string[], result: pg.QueryResult | undefined): Map<string, number> {
  const left = new Map(keys.map((key) => [key, 0]))
  type Columns = { allotment: string; sku: string; location: string; quantity: number }
  for (const { allotment, sku, location, quantity } of (result?.rows ?? []) as Columns[]) {
    left.set(allotmentKey(allotment, levelKey(sku, location)), quantity)
  }
  return left
}

export function pricesOf(result: pg.QueryResult): Map<string, Price> {
  const rows = result.rows as ({ sku: string; channel: string } & PriceColumns)[]
  return new Map(rows.map((row) => [priceKey(row.sku, row.channel), price(row)]))
}

interface HoldColumns {
  readonly id: string
  readonly state: HoldRecord['state']
  readonly created_at_us: number
  readonly expires_at_us: number
  readonly customer: string | null
  readonly entry: number
  readonly loose: boolean
}

interface LineColumns extends PriceColumns {
  readonly line: number
  readonly sku: string
  readonly location: string
  readonly channel: string
  readonly quantity: number
  readonly allotment: string | null
  readonly pending: number
  readonly bundle: string | null
  readonly bundles: number | null
}

function bundleOf({ bundle, bundles }: LineColumns): HoldLineState['bundle'] {
  return bundle === null || bundles === null ? undefined : { sku: bundle, quantity: bundles }
}

export function holdsOf(holds: pg.QueryResult, lines: pg.QueryResult): Map<string, HoldRecord> {
  const found = new Map<string, HoldRecord>()
  for (const row of holds.rows as HoldColumns[]) {
    found.set(row.id, {
      id: row.id,
      state: row.state,
      createdAtUs: row.created_at_us,
      expiresAtUs: row.expires_at_us,
      customer: row.customer ?? undefined,
      entry: row.entry,
      loose: row.loose,
      lines: [],
    })
  }
  for (const row of lines.rows as (LineColumns & { hold_id: string; request_line: number; freed: boolean })[]) {
    const { line, request_line: requestLine, sku, location, channel, quantity, freed, pending } = row
    const allotment = row.allotment ?? undefined
    const state = { line, requestLine, sku, location, channel, quantity, price: price(row), freed, allotment, pending }
    found.get(row.hold_id)?.lines.push({ ...state, bundle: bundleOf(row) })
  }
  return found
}

export function commitmentsOf(commitments: pg.QueryResult, lines: pg.QueryResult): Map<string, CommitmentRecord> {
  const found = new Map<string, CommitmentRecord>()
  type Columns = {
    id: string
    hold_id: string
    created_at_us: number
    customer: string | null
    reference: string | null
  }
  for (const row of commitments.rows as Columns[]) {
    found.set(row.id, {
      id: row.id,
      holdId: row.hold_id,
      createdAtUs: row.created_at_us,
      customer: row.customer ?? undefined,
      reference: row.reference ?? undefined,
      lines: [],
    })
  }
  type Line = LineColumns & { commitment_id: string; shipped: number; cancelled: number; returned: number }
  for (const row of lines.rows as Line[]) {
    const { line, sku, location, channel, quantity, shipped, cancelled, returned, pending } = row
    const [counts, source] = [
      { shipped, cancelled, returned },
      { allotment: row.allotment ?? undefined, pending, bundle: bundleOf(row) },
    ]
    const state = { line, sku, location, channel, quantity, ...counts, price: price(row), ...source }
    found.get(row.commitment_id)?.lines.push(state)
  }
  return found
}

export function documentsOf(result: pg.QueryResult): Map<string, DocumentRecord> {
  type Columns = {
    id: string
    kind: string
    state: string
    reference: string | null
    created_at_us: number
    version: number
    levels: string[]
    body: object
  }
  return new Map(
    (result.rows as Columns[]).map(
      ({ id, kind, state, reference, created_at_us: createdAtUs, version, levels, body }) => [
        id,
        { id, kind, state, reference: reference ?? undefined, createdAtUs, version, levels, body } as DocumentRecord,
      ],
    ),
  )
}

/** Ids of orders by reference. */
export function ordersOf(result: pg.QueryResult | undefined): Map<string, string> {
  const rows = (result?.rows ?? []) as { reference: string; id: string }[]
  return new Map(rows.map(({ reference, id }) => [reference, id]))
}

/** What an earlier effect under a key was answered. */
export interface Remembered {
  readonly digest: string
  readonly status: number
  readonly answer: string
  /** Null only where somebody took it away by hand. */
  readonly position: number | null
  readonly index: number
}

/** By the index of the key asked for, from one. */
export function rememberedOf(result: pg.QueryResult): Map<number, Remembered> {
  type Columns = {
    ord: number
    id: number
    body_digest: string
    status: number
    answer: string
    position: number | null
  }
  return new Map(
    (result.rows as Columns[]).map((row) => [
      row.ord,
      {
        // PostgreSQL writes a UUID with hyphens.
        digest: row.body_digest.replaceAll('-', ''),
        status: row.status,
        answer: row.answer,
        position: row.position,
        index: row.id % ENTRIES_A_BATCH,
      },
    ]),
  )
}

/** An entry's id is its batch's number times this, plus its index there. */
export const ENTRIES_A_BATCH = 1024
