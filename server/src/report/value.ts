import type { Average } from './cost-book.ts'
import { figuresOf, noFigures, type Figures, type Valued } from './figures.ts'
import { onHandOf } from './columns.ts'
import { sumsOf } from './levels.ts'
import { lotSums, settledAt, type Settled } from './lot-value.ts'
import { booksAt, type Database, type Moment } from './moment.ts'
import { refused, type Refused } from './refused.ts'
import { grouped, lotsUnderWay, readOwners, type StepRange } from './steps.ts'
import type { IsOurs, LotCost } from './walk.ts'
import { walksOf, type Walked } from './walks.ts'

/** Which bottles: all of one owner, wherever they are, or what is at one location. */
export type Whose =
  | { readonly kind: 'owner'; readonly owner: string }
  | { readonly kind: 'location'; readonly location: string }

/** What a report of value is of: a position, and so the same for ever. */
export interface ValueReport {
  readonly kind: 'value'
  readonly position: number
  readonly upTo: Settled
  readonly sku?: string | undefined
  readonly location: string | undefined
  /** whose bottles are counted, by location */
  readonly isOurs: IsOurs
  readonly locations: readonly string[]
}

/** A SKU's bottles and what they are worth. By first-in, first-out and by average only where all of an owner's are told of. */
export interface SkuFigures {
  readonly sku: string
  readonly location?: string | undefined
  readonly bottles: number
  readonly inTransit: Figures
  readonly byLot: Figures
  readonly fifo?: Figures
  readonly average?: Average
}

/** The books of a moment, and whose bottles are meant; or why they cannot be told. */
export async function openValue(
  database: Database,
  moment: Moment,
  epoch: string,
  { whose, sku }: { readonly whose: Whose; readonly sku?: string | undefined },
): Promise<ValueReport | Refused> {
  const books = await booksAt(database, moment, epoch)
  if (books.kind === 'refused') return books
  const owners = await readOwners(database)
  const isOurs = (location: string) =>
    whose.kind === 'location' ? location === whose.location : owners.get(location) === whose.owner
  const locations = [...owners.keys()].filter(isOurs)
  if (locations.length === 0) {
    const what = whose.kind === 'location' ? `no location ${whose.location}` : `no location of ${whose.owner}`
    return refused('unknown-location', `There is ${what}.`)
  }
  const location = whose.kind === 'location' ? whose.location : undefined
  const upTo = await settledAt(database, books.position)
  return { kind: 'value', position: books.position, upTo, sku, location, isOurs, locations }
}

/** SKUs that are read at once: so many that a read is worth its journey, and that nobody waits long for the first. */
const SKUS_PER_READ = 256
/** Lines of the journal that are read at once, before they are folded: some 10 MB. */
const LINES_PER_READ = 20_000

/** Where a report's rows begin and how they are read. */
export interface ValueQuery {
  /** the SKU it goes on behind */
  readonly after?: string | undefined
  /** how many SKUs are wanted; more may come */
  readonly limit: number
  readonly linesPerRead?: number | undefined
}

/**
 * A report's rows, some SKUs at a time, in the order of their codes. Each piece is a few short reads: the past is only ever added to, and lots never
 * change, so all of them tell one moment.
 */
export async function* valuePages(
  database: Database,
  report: ValueReport,
  query: ValueQuery,
): AsyncGenerator<readonly SkuFigures[]> {
  const { location } = report
  const pages =
    location === undefined ? ownedPages(database, report, query) : pagesAt(database, { ...report, location }, query)
  for await (const rows of pages) yield rows.filter(isWorthARow)
}

function isWorthARow({ bottles, inTransit, byLot }: SkuFigures): boolean {
  return [bottles, inTransit.unvalued, inTransit.values.length, byLot.unvalued, byLot.values.length].some(
    (n) => n !== 0,
  )
}

/** What SKUs are worth at one location: by their lots alone, since the other methods know of no places (IAS 2, paragraph 26). */
async function* pagesAt(
  database: Database,
  { position, upTo, sku, location }: ValueReport & { readonly location: string },
  { after, limit }: ValueQuery,
): AsyncGenerator<SkuFigures[]> {
  const span = { from: position, to: position }
  const behind = after === undefined ? undefined : { sku: after, location }
  for await (const levels of sumsOf(database, span, { sku, location, after: behind, limit })) {
    const [first, last] = [levels[0]?.sku, levels.at(-1)?.sku]
    if (first === undefined || last === undefined) continue
    const sums = grouped(
      await lotSums(database, { from: upTo, to: upTo }, { first, last, locations: [location] }),
      (one) => one.sku,
    )
    yield levels.map((level) => {
      const bottles = onHandOf(level.before)
      const byLot = figuresOf(
        bottles,
        (sums.get(level.sku) ?? []).map(({ before }) => before),
      )
      return { sku: level.sku, location, bottles, inTransit: noFigures, byLot }
    })
  }
}

/** What SKUs of an owner are worth, wherever they are. */
async function* ownedPages(
  database: Database,
  report: ValueReport,
  { after, limit, linesPerRead = LINES_PER_READ }: ValueQuery,
): AsyncGenerator<SkuFigures[]> {
  const atOnce = Math.min(limit, SKUS_PER_READ)
  let behind = after
  for (;;) {
    const skus = await readSkus(database, { sku: report.sku, after: behind, limit: atOnce })
    const [first, last] = [skus[0], skus.at(-1)]
    if (first === undefined || last === undefined) return
    yield await ownedRows(database, report, { first, last, upTo: report.upTo }, linesPerRead)
    if (skus.length < atOnce) return
    behind = last
  }
}

async function readSkus(
  database: Database,
  { sku, after, limit }: { sku: string | undefined; after: string | undefined; limit: number },
): Promise<string[]> {
  const { rows } = await database.query<{ sku: string }>(
    `select distinct k.sku from stock.level_keys k
     where ($1::text is null or k.sku = $1) and ($2::text is null or k.sku > $2) order by k.sku limit $3`,
    [sku, after, limit],
  )
  return rows.map((row) => row.sku)
}

async function ownedRows(
  database: Database,
  { upTo, locations, isOurs }: ValueReport,
  range: StepRange,
  linesPerRead: number,
): Promise<SkuFigures[]> {
  const walked: Walked[] = []
  for await (const one of walksOf(database, range, isOurs, { homes: locations, linesPerRead })) walked.push(one)
  const sums = grouped(await lotSums(database, { from: upTo, to: upTo }, { ...range, locations }), ({ sku }) => sku)
  const underWay = await lotsUnderWay(
    database,
    walked.flatMap(({ journeys }) => journeys),
  )
  return walked.map(({ sku, bottles, fifo, average, journeys }) => {
    const away = journeys.reduce((sum, { sent, ended }) => sum + sent - ended, 0)
    const inTransit = figuresOf(away, (underWay.get(sku) ?? []).flatMap(valued))
    const there = (sums.get(sku) ?? []).map(({ before }) => before)
    return { sku, bottles, inTransit, byLot: figuresOf(bottles, [...there, ...inTransit.values]), fifo, average }
  })
}

function valued({ quantity, costMinor, currency }: LotCost): Valued[] {
  if (costMinor === null || currency === null) return []
  return [{ currency, bottles: quantity, amountMinor: BigInt(quantity) * BigInt(costMinor) }]
}

/** A page of a report's rows; `next` is the SKU that the following page goes on behind. */
export interface ValuePage {
  readonly rows: readonly SkuFigures[]
  readonly next: string | undefined
}

/** One page of a report. */
export async function valuePage(database: Database, report: ValueReport, query: ValueQuery): Promise<ValuePage> {
  const found: SkuFigures[] = []
  for await (const rows of valuePages(database, report, { ...query, limit: query.limit + 1 })) {
    found.push(...rows)
    if (found.length > query.limit) break
  }
  const rows = found.slice(0, query.limit)
  return { rows, next: found.length > query.limit ? rows.at(-1)?.sku : undefined }
}
