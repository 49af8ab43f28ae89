import { must } from '../platform/must.ts'
import { lotsBehind, onHandAccounts } from '../stock/stock.ts'
import { wasVisible, type Settled } from './lot-value.ts'
import type { Database } from './moment.ts'
import type { Declaration, LotCost, Step } from './walk.ts'

/** What is read of the journal: some SKUs that follow one another, up to a position. */
export interface StepRange {
  readonly first: string
  readonly last: string
  readonly upTo: Settled
}

interface StepRow extends Omit<Step, 'document' | 'sentFrom' | 'lots'> {
  readonly more: boolean
}

/** How lines are read: so many at a time, above those that an entry has of one SKU; and `fold`: what follows one another and only left, together. */
export interface Reading {
  readonly homes: readonly string[]
  readonly fold: boolean
  readonly linesPerRead: number
}

/**
 * The lines by which bottles came to a location, left it or were on their way, in the order of SKUs and entries: what a hold or an order moves is
 * none of them. The order of a SKU's entries is that in which they were recorded. An entry is never parted.
 */
export async function* readSteps(
  database: Database,
  { first, last, upTo }: StepRange,
  { homes, fold, linesPerRead }: Reading,
): AsyncGenerator<readonly Step[]> {
  let after = { sku: first, entry: -1 }
  for (;;) {
    const { rows } = await database.query<StepRow>(
      `select c.sku, c.entry, c.location, c.from_account as from, c.to_account as to, c.quantity, c.more
       from stock.came_and_went($1, $2, $3, $4, $5, $6, $7, $8, $9) c`,
      [after.sku, after.entry, last, upTo.settled, upTo.position, onHandAccounts, homes, fold, linesPerRead],
    )
    const [begin, end] = [rows[0], rows.at(-1)]
    if (!begin || !end) return
    const journeys = await readJourneys(database, rows)
    const lots = await readArrivedLots(database, begin, end)
    yield rows.map((row) => ({
      ...row,
      document: journeys.get(row.entry)?.document ?? null,
      sentFrom: journeys.get(row.entry)?.sent_from ?? null,
      lots: lots.get(placeOf(row)) ?? null,
    }))
    if (!end.more) return
    after = end
  }
}

interface Journey {
  readonly entry: number
  readonly document: string
  readonly sent_from: string
}

/** Transfers of those lines that are about bottles in transit, by entry. */
async function readJourneys(database: Database, rows: readonly StepRow[]): Promise<ReadonlyMap<number, Journey>> {
  const entries = rows.filter(({ from, to }) => from === 'transit' || to === 'transit').map(({ entry }) => entry)
  if (entries.length === 0) return new Map()
  const { rows: found } = await database.query<Journey>(
    'select j.entry, j.document, j.sent_from from stock.journeys j where j.entry = any ($1::bigint[])',
    [entries],
  )
  return new Map(found.map((row) => [row.entry, row]))
}

interface Place {
  readonly sku: string
  readonly entry: number
  readonly location: string
}

const placeOf = ({ sku, entry, location }: Place): string => `${sku} ${entry} ${location}`

/** The lots to which bottles came from one entry of a SKU to one of another, by entry and location. What is folded has come nowhere. */
async function readArrivedLots(
  database: Database,
  begin: Place,
  end: Place,
): Promise<ReadonlyMap<string, readonly LotCost[]>> {
  const { rows } = await database.query<LotCost & Place>(
    `select p.sku, p.entry, p.location, p.delta as quantity, o.cost_minor as "costMinor", o.currency
     from stock.lot_moves p
     left join stock.priced_lots o on o.sku = p.sku and o.id = p.lot and o.sku >= $1 and o.sku <= $3
     where (p.sku, p.entry) >= ($1, $2::bigint) and (p.sku, p.entry) <= ($3, $4::bigint) and p.delta > 0
     order by p.sku, p.entry, p.line`,
    [begin.sku, begin.entry, end.sku, end.entry],
  )
  return grouped(rows, placeOf)
}

/** Bottles that were made a lot where they stood, in the order of SKUs and entries. Somebody typed each, so there are few. */
export async function readDeclarations(
  database: Database,
  { first, last, upTo }: StepRange,
): Promise<readonly Declaration[]> {
  const { rows } = await database.query<Declaration>(
    `select d.sku, d.entry, d.location, d.delta as quantity, o.cost_minor as "costMinor", o.currency
     from stock.declared_lots d join stock.priced_lots o on o.sku = d.sku and o.id = d.lot
     where d.sku >= $1 and d.sku <= $2 and ${wasVisible('d.entry', '$3', '$4')}
     order by d.sku, d.entry, d.line`,
    [first, last, upTo.settled, upTo.position],
  )
  return rows
}

/** Bottles of a SKU that are under way in a transfer, after those that are not any more. */
export interface UnderWay {
  readonly sku: string
  readonly document: string
  readonly sent: number
  readonly ended: number
}

interface SentLot extends LotCost {
  readonly sku: string
  readonly document: string
  readonly lot: string
}

/** What bottles under way cost, by SKU. They come, are missed or turn back in the order in which their lots were drawn. */
export async function lotsUnderWay(
  database: Database,
  journeys: readonly UnderWay[],
): Promise<ReadonlyMap<string, readonly LotCost[]>> {
  const costs = new Map<string, LotCost[]>()
  if (journeys.length === 0) return costs
  const { rows } = await database.query<SentLot>(
    `select s.sku, s.document, s.lot, s.quantity, s.cost_minor as "costMinor", s.currency
     from stock.sent_lots s where s.document = any ($1::uuid[]) and s.sku = any ($2) order by s.document, s.sku, s.nr`,
    [[...new Set(journeys.map(({ document }) => document))], [...new Set(journeys.map(({ sku }) => sku))]],
  )
  const sentLots = grouped(rows, ({ document, sku }) => `${document} ${sku}`)
  for (const { sku, document, sent, ended } of journeys) {
    const lots = sentLots.get(`${document} ${sku}`) ?? []
    const byId = new Map(lots.map((one) => [one.lot, one]))
    const left = lotsBehind(lots, ended, sent - ended)
    const found = left.map(({ lot, quantity }) => ({ ...must(byId.get(lot), `lot ${lot} of a transfer`), quantity }))
    costs.set(sku, [...(costs.get(sku) ?? []), ...found])
  }
  return costs
}

/** Rows by what they have in common, in their order. */
export function grouped<T>(rows: readonly T[], nameOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const row of rows) {
    const group = groups.get(nameOf(row))
    if (group) group.push(row)
    else groups.set(nameOf(row), [row])
  }
  return groups
}

/** Whose each location is, as it is now: nothing remembers whose it was. */
export async function readOwners(database: Database): Promise<ReadonlyMap<string, string>> {
  const { rows } = await database.query<{ location: string; owner: string }>(
    'select o.location, o.owner from stock.owners o',
  )
  return new Map(rows.map(({ location, owner }) => [location, owner]))
}
