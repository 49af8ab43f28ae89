import { figuresOf, type Figures, type Valued } from './figures.ts'
import type { LevelKey } from './levels.ts'
import type { Database } from './moment.ts'

/** A position, and the entry before which everything had become visible by then; there are few behind it. */
export interface Settled {
  readonly position: number
  readonly settled: number
}

/** Looks up what had become visible by a position. */
export async function settledAt(database: Database, position: number): Promise<Settled> {
  const { rows } = await database.query<{ first: number | null }>(
    'select min(b.batch) << 10 as first from log.batches b where b.position > $1',
    [position],
  )
  return { position, settled: rows[0]?.first ?? Number.MAX_SAFE_INTEGER }
}

/** Whether an entry had become visible by a position, mostly without a look into the log. In place: PostgreSQL would call a function for each row. */
export function wasVisible(entry: string, settled: string, position: string): string {
  const known = `coalesce((select b.position from log.batches b where b.batch = ${entry} >> 10), 0)`
  return `(${entry} < ${settled} or ${known} <= ${position})`
}

/** Lots' bottles at levels, with what they cost, up to one position and from there to another. */
export interface LotSums extends LevelKey {
  readonly before: Valued
  readonly during: Valued
}

/** SKUs that follow one another, the first and the last included; of some locations, or of all. */
export interface SkuRange {
  readonly first: string
  readonly last: string
  readonly locations?: readonly string[] | undefined
}

interface LotRow extends LevelKey {
  readonly currency: string
  readonly bottles_before: number
  readonly amount_before: string
  readonly bottles_during: number
  readonly amount_during: string
}

/** What has a cost at each level, by currency: bottles times the cost of their lot (IAS 2, paragraph 23: specific identification). */
export async function lotSums(
  database: Database,
  { from, to }: { readonly from: Settled; readonly to: Settled },
  { first, last, locations }: SkuRange,
): Promise<LotSums[]> {
  const was = wasVisible('m.entry', '$3', '$4')
  const { rows } = await database.query<LotRow>(
    `select p.sku, p.location, o.currency,
       sum(p.before)::bigint as bottles_before, sum(p.before::numeric * o.cost_minor) as amount_before,
       sum(p.during)::bigint as bottles_during, sum(p.during::numeric * o.cost_minor) as amount_during
     from (
       select m.sku, m.location, m.lot,
         coalesce(sum(m.delta) filter (where ${was}), 0) as before,
         coalesce(sum(m.delta) filter (where not ${was}), 0) as during
       from stock.lot_moves m
       where m.sku >= $1 and m.sku <= $2 and ${wasVisible('m.entry', '$5', '$6')}
         ${locations === undefined ? '' : 'and m.location = any ($7)'}
       group by m.sku, m.location, m.lot) p
     join stock.priced_lots o on o.sku = p.sku and o.id = p.lot and o.sku >= $1 and o.sku <= $2
     group by p.sku, p.location, o.currency`,
    [
      first,
      last,
      from.settled,
      from.position,
      to.settled,
      to.position,
      ...(locations === undefined ? [] : [locations]),
    ],
  )
  return rows.map(({ sku, location, currency, ...sums }) => ({
    sku,
    location,
    before: { currency, bottles: sums.bottles_before, amountMinor: BigInt(sums.amount_before) },
    during: { currency, bottles: sums.bottles_during, amountMinor: BigInt(sums.amount_during) },
  }))
}

/** What a level was worth by its lots at the beginning of a span and at its end. */
export interface LevelValue {
  readonly opening: Figures
  readonly closing: Figures
}

/** A level's value from its sums, and from what was on hand: what is of no lot, or of a lot without a cost, has none. */
export function levelValue(sums: readonly LotSums[], onHand: { opening: number; closing: number }): LevelValue {
  const before = sums.map((one) => one.before)
  return {
    opening: figuresOf(onHand.opening, before),
    closing: figuresOf(onHand.closing, [...before, ...sums.map(({ during }) => during)]),
  }
}

/** The currencies in which any lot had a cost at a position. */
export async function lotCurrencies(database: Database, position: number): Promise<string[]> {
  const { rows } = await database.query<{ currency: string }>(
    'select distinct l.currency from stock.priced_lots l where l.position <= $1 order by l.currency',
    [position],
  )
  return rows.map(({ currency }) => currency)
}
