import type { MonthEndRow } from '@cellarhand/protocol/report'
import type { SkuLabel } from '../catalogue/catalogue.ts'
import { formatPosition } from '../log/log.ts'
import { instant } from '../stock/stock.ts'
import { addTo, changeColumns, changesOf, onHandOf } from './columns.ts'
import { csvLine } from './csv.ts'
import { sumsOf, type LevelSums } from './levels.ts'
import { notYet, positionBefore, readNow, type Database } from './moment.ts'
import { monthSpan } from './month.ts'
import { refused, type Refused } from './refused.ts'

/** What a month-end report is of: two positions, and so the same for ever. */
export interface MonthEnd {
  readonly kind: 'month-end'
  readonly month: string
  readonly timezone: string
  /** microseconds since 1970 */
  readonly beganUs: number
  readonly endedUs: number
  /** The month is over. If not, the report is of its days so far. */
  readonly complete: boolean
  readonly epoch: string
  /** The newest positions of before the month, and of it. */
  readonly openingPosition: number
  readonly position: number
}

/** Labels of some SKUs, as the catalogue's door gives them. */
export type Labels = (skus: readonly string[]) => Promise<ReadonlyMap<string, SkuLabel>>

/** Which positions a month lies between, or why it cannot be told. */
export async function openMonth(
  database: Database,
  { month, timezone, epoch }: Pick<MonthEnd, 'month' | 'timezone' | 'epoch'>,
): Promise<MonthEnd | Refused> {
  const span = monthSpan(month, timezone)
  if (span === undefined) return refused('unknown-time-zone', `There is no time zone ${timezone}.`)
  const beganUs = span.beginsMs * 1_000
  const endedUs = span.endsMs * 1_000
  const now = await readNow(database)
  if (beganUs > now.nowUs) return notYet(beganUs, now)
  const openingPosition = await positionBefore(database, beganUs)
  const complete = endedUs <= now.nowUs
  const position = complete ? await positionBefore(database, endedUs) : now.head
  const head = { kind: 'month-end', month, timezone, beganUs, endedUs, complete, epoch } as const
  return { ...head, openingPosition, position }
}

/** How many levels there are to look at, for who waits. */
export async function countLevels(database: Database): Promise<number> {
  const { rows } = await database.query<{ levels: number }>('select count(*) as levels from stock.level_keys')
  return rows[0]?.levels ?? 0
}

/** A report's rows, page by page: each is one short read, so that whoever takes them slowly keeps nothing open. */
export async function* monthEndPages(
  database: Database,
  labels: Labels,
  report: MonthEnd,
): AsyncGenerator<readonly MonthEndRow[]> {
  const span = { from: report.openingPosition, to: report.position }
  for await (const levels of sumsOf(database, span, { limit: Infinity })) {
    const rows = levels.map(figuresOf).filter(isWorthARow)
    const known = await labels([...new Set(rows.map(({ sku }) => sku))])
    yield rows.map((row) => labelled(row, known.get(row.sku)))
  }
}

type Figures = Pick<MonthEndRow, 'sku' | 'location' | 'opening' | 'changes' | 'closing'>

function figuresOf({ sku, location, before, during }: LevelSums): Figures {
  const opening = onHandOf(before)
  return { sku, location, opening, changes: changesOf(during), closing: opening + onHandOf(during) }
}

/** A level that has been empty all month is not reported. */
function isWorthARow({ opening, changes, closing }: Figures): boolean {
  return opening !== 0 || closing !== 0 || Object.keys(changes).length > 0
}

function labelled({ sku, location, ...figures }: Figures, label: SkuLabel | undefined): MonthEndRow {
  return { sku, location, ...label, ...figures }
}

const labelColumns = ['sku', 'producer', 'wine', 'vintage', 'format_ml', 'pack', 'location'] as const

/** A report as CSV, in pieces: a header, then a line for each SKU at each location. */
export async function* monthEndCsv(pages: AsyncIterable<readonly MonthEndRow[]>): AsyncGenerator<string> {
  yield csvLine([...labelColumns, 'opening', ...changeColumns, 'closing'])
  for await (const rows of pages) {
    yield rows
      .map(({ sku, producer, wine, vintage, formatMl, pack, location, opening, changes, closing }) => {
        const label = [sku, producer, wine, vintage, formatMl, pack, location]
        return csvLine([...label, opening, ...changeColumns.map((column) => changes[column] ?? 0), closing])
      })
      .join('')
  }
}

/** A report as JSON, in pieces: the protocol's `MonthEnd`. What each location has together stands at the end, when it is known. */
export async function* monthEndJson(
  report: MonthEnd,
  pages: AsyncIterable<readonly MonthEndRow[]>,
): AsyncGenerator<string> {
  const { month, timezone, complete, epoch } = report
  const head = {
    month,
    timezone,
    beganAt: instant(report.beganUs),
    endedAt: instant(report.endedUs),
    complete,
    openingPosition: formatPosition(epoch, report.openingPosition),
    position: formatPosition(epoch, report.position),
    columns: changeColumns,
  }
  yield `${JSON.stringify(head).slice(0, -1)},"items":[`
  const totals = new Map<string, Omit<Figures, 'sku'>>()
  let comma = ''
  for await (const rows of pages) {
    for (const row of rows) totals.set(row.location, together(totals.get(row.location), row))
    if (rows.length > 0) yield comma + rows.map((row) => JSON.stringify(row)).join(',')
    if (rows.length > 0) comma = ','
  }
  const locations = [...totals.values()].toSorted((a, b) => (a.location < b.location ? -1 : 1))
  yield `],"locations":${JSON.stringify(locations)}}`
}

function together(sum: Omit<Figures, 'sku'> | undefined, { location, opening, changes, closing }: Figures) {
  const all = { ...sum?.changes }
  for (const [column, bottles] of Object.entries(changes)) addTo(all, column, bottles)
  return {
    location,
    opening: (sum?.opening ?? 0) + opening,
    changes: Object.fromEntries(Object.entries(all).filter(([, bottles]) => bottles !== 0)),
    closing: (sum?.closing ?? 0) + closing,
  }
}
