import type pg from 'pg'
import { formatPosition } from '../log/log.ts'
import { commitmentAnswer, holdAnswer, instant } from './core/answer.ts'
import type { Price } from './core/command.ts'
import { commitmentsOf, holdsOf } from './batch/read.ts'
import * as sql from './batch/sql.ts'
import { readSoldLots } from './lot-offers.ts'
import { withSnapshot } from './snapshot.ts'

/** Something read, and the number of the position it was read at. */
export interface Read<T> {
  readonly value: T
  readonly position: number
}

/** A hold as the protocol's `Hold`, without its position; undefined when there is none. */
export function readHold(pool: pg.Pool, id: string): Promise<Read<object | undefined>> {
  return withSnapshot(pool, async (client) => {
    const ids = [[id]]
    const holds = holdsOf(await client.query(sql.readHolds.text, ids), await client.query(sql.readHoldLines.text, ids))
    const hold = holds.get(id)
    return hold && holdAnswer(hold, await readSoldLots(client))
  })
}

/** A commitment as the protocol's `Commitment`, without its position; undefined when there is none. */
export function readCommitment(pool: pg.Pool, id: string): Promise<Read<object | undefined>> {
  return withSnapshot(pool, async (client) => {
    const ids = [[id]]
    const found = commitmentsOf(
      await client.query(sql.readCommitments.text, ids),
      await client.query(sql.readCommitmentLines.text, ids),
    )
    const commitment = found.get(id)
    return commitment && commitmentAnswer(commitment, await readSoldLots(client))
  })
}

export interface Page<T> {
  readonly items: readonly T[]
  /** What to go on after; undefined at the end. */
  readonly next: string | undefined
}

export const at = (column: string) => `(extract(epoch from ${column}) * 1000000)::bigint`

/**
 * A SKU's lines of the journal, newest first.
 *
 * @param options.before go on after this: `entry.line` as `next` gave it
 */
export function readMovements(
  pool: pg.Pool,
  sku: string,
  epoch: string,
  options: { limit: number; before?: { entry: number; line: number } },
): Promise<Read<Page<object>>> {
  const { entry, line } = options.before ?? { entry: Number.MAX_SAFE_INTEGER, line: 0 }
  return withSnapshot(pool, async (client) => {
    const { rows } = await client.query(
      `select m.entry, m.line, m.location, m.from_account, m.to_account, m.quantity, e.kind, e.reason, e.reference, e.actor,
          ${at('e.occurred_at')} as occurred_at_us, ${at('e.recorded_at')} as recorded_at_us,
          log.position_of(m.entry >> 10) as position
        from stock.movements m join stock.entries e on e.id = m.entry
        where m.sku = $1 and (m.entry, m.line) < ($2, $3) order by m.entry desc, m.line desc limit $4`,
      [sku, entry, line, options.limit + 1],
    )
    const shown = rows.slice(0, options.limit)
    const last = rows.length > options.limit ? shown.at(-1) : undefined
    const next = last ? `${last.entry}.${last.line}` : undefined
    return { items: shown.map((row) => movement(sku, epoch, row)), next }
  })
}

function movement(sku: string, epoch: string, row: Record<string, string | number | null>): object {
  return {
    entry: String(row['entry']),
    kind: row['kind'],
    sku,
    location: row['location'],
    from: row['from_account'],
    to: row['to_account'],
    quantity: row['quantity'],
    ...(row['reason'] === null ? {} : { reason: row['reason'] }),
    ...(row['reference'] === null ? {} : { reference: row['reference'] }),
    actor: row['actor'],
    occurredAt: instant(row['occurred_at_us'] as number),
    recordedAt: instant(row['recorded_at_us'] as number),
    position: formatPosition(epoch, (row['position'] as number | null) ?? 0),
  }
}

/**
 * Shortfalls, newest first.
 *
 * @param options.open only of levels that are short still
 */
export function readShortfalls(
  pool: pg.Pool,
  options: { limit: number; open: boolean; before?: { entry: number; sku: string; location: string } },
): Promise<Read<Page<object>>> {
  const { entry, sku, location } = options.before ?? { entry: Number.MAX_SAFE_INTEGER, sku: '', location: '' }
  return withSnapshot(pool, async (client) => {
    const { rows } = await client.query(
      `select s.entry, s.sku, s.location, s.delta, s.short, ${at('s.at')} as at_us, e.kind, l.short < 0 as open
        from stock.shortfalls s
        join stock.entries e on e.id = s.entry
        join stock.levels l on l.sku = s.sku and l.location = s.location
        where (s.entry < $1 or (s.entry = $1 and (s.sku, s.location) > ($2, $3))) and (l.short < 0 or not $4::boolean)
        order by s.entry desc, s.sku, s.location limit $5`,
      [entry, sku, location, options.open, options.limit + 1],
    )
    const shown = rows.slice(0, options.limit)
    const last = rows.length > options.limit ? shown.at(-1) : undefined
    return {
      items: shown.map((row) => ({
        id: `${row.entry}.${row.sku}@${row.location}`,
        sku: row.sku,
        location: row.location,
        delta: row.delta,
        short: row.short,
        open: row.open,
        entry: String(row.entry),
        kind: row.kind,
        at: instant(row.at_us),
      })),
      next: last ? `${last.entry}.${last.sku}@${last.location}` : undefined,
    }
  })
}

/** Current prices of some SKUs in a channel, by SKU. */
export async function readPrices(pool: pg.Pool, channel: string, skus: readonly string[]): Promise<Map<string, Price>> {
  const { rows } = await pool.query<{
    sku: string
    amount_minor: number
    currency: string
    tax: boolean
    duty: boolean
  }>(
    `select sku, amount_minor, currency, tax_included as tax, duty_included as duty
      from stock.prices where channel = $1 and sku = any($2)`,
    [channel, skus],
  )
  return new Map(
    rows.map((row) => [
      row.sku,
      { amountMinor: row.amount_minor, currency: row.currency, taxIncluded: row.tax, dutyIncluded: row.duty },
    ]),
  )
}
