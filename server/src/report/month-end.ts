import type { MonthEndRow } from '@cellarhand/protocol/report'
import type { SkuLabel } from '../catalogue/catalogue.ts'
import { formatPosition } from '../log/log.ts'
import { instant } from '../stock/stock.ts'
import { addTo, changeColumns, changesOf, onHandOf } from './columns.ts'
import { csvLine } from './csv.ts'
import { together, type Figures } from './figures.ts'
import { sumsOf, type LevelKey, type LevelSums } from './levels.ts'
import { levelValue, lotCurrencies, lotSums, settledAt, type LevelValue, type LotSums } from './lot-value.ts'
import { booksBefore, notYet, positionBefore, readNow, type Database } from './moment.ts'
import { monthSpan } from './month.ts'
import { refused, type Refused } from './refused.ts'
import { grouped } from './steps.ts'
import { figuresJson } from './value-text.ts'

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
  /** The currencies in which any lot had a cost when it ended: each has columns of its own. */
  readonly currencies: readonly string[]
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
  const opening = await booksBefore(database, beganUs, epoch, now)
  if (opening.kind === 'refused') return opening
  const complete = endedUs <= now.nowUs
  const position = complete ? await positionBefore(database, endedUs) : now.head
  const head = { kind: 'month-end', month, timezone, beganUs, endedUs, complete, epoch } as const
  const currencies = await lotCurrencies(database, position)
  return { ...head, openingPosition: opening.position, position, currencies }
}

/** How many levels there are to look at, for who waits. */
export async function countLevels(database: Database): Promise<number> {
  const { rows } = await database.query<{ levels: number }>('select count(*) as levels from stock.level_keys')
  return rows[0]?.levels ?? 0
}

/** One SKU at one location through a month, with its value by lot. */
export interface MonthRow extends LevelKey {
  readonly label: SkuLabel | undefined
  readonly opening: number
  readonly changes: Readonly<Record<string, number>>
  readonly closing: number
  readonly value: LevelValue
}

/** A report's rows, page by page: each is a few short reads, so that whoever takes them slowly keeps nothing open. */
export async function* monthEndPages(
  database: Database,
  labels: Labels,
  report: MonthEnd,
): AsyncGenerator<readonly MonthRow[]> {
  const span = { from: report.openingPosition, to: report.position }
  const settled = { from: await settledAt(database, span.from), to: await settledAt(database, span.to) }
  for await (const levels of sumsOf(database, span, { limit: Infinity })) {
    const [first, last] = [levels[0]?.sku, levels.at(-1)?.sku]
    if (first === undefined || last === undefined) continue
    const lots = grouped(await lotSums(database, settled, { first, last }), nameOf)
    const rows = levels.map((level) => figuresOf(level, lots.get(nameOf(level)) ?? [])).filter(isWorthARow)
    const known = await labels([...new Set(rows.map(({ sku }) => sku))])
    yield rows.map((row) => ({ ...row, label: known.get(row.sku) }))
  }
}

const nameOf = ({ sku, location }: LevelKey): string => `${sku}@${location}`

type Row = Omit<MonthRow, 'label'>

function figuresOf({ sku, location, before, during }: LevelSums, lots: readonly LotSums[]): Row {
  const opening = onHandOf(before)
  const closing = opening + onHandOf(during)
  return { sku, location, opening, changes: changesOf(during), closing, value: levelValue(lots, { opening, closing }) }
}

/** A level that has been empty all month is not reported. */
function isWorthARow({ opening, changes, closing }: Row): boolean {
  return opening !== 0 || closing !== 0 || Object.keys(changes).length > 0
}

const labelColumns = ['sku', 'producer', 'wine', 'vintage', 'format_ml', 'pack', 'location'] as const

const valueColumns = (currencies: readonly string[]) =>
  ['opening', 'closing'].flatMap((when) => [
    `${when}_unvalued`,
    ...currencies.map((currency) => `${when}_value_minor_${currency.toLowerCase()}`),
  ])

/** A report as CSV, in pieces: a header, then a line for each SKU at each location. */
export async function* monthEndCsv(
  { currencies }: MonthEnd,
  pages: AsyncIterable<readonly MonthRow[]>,
): AsyncGenerator<string> {
  yield csvLine([...labelColumns, 'opening', ...changeColumns, 'closing', ...valueColumns(currencies)])
  for await (const rows of pages) {
    yield rows
      .map(({ sku, label, location, opening, changes, closing, value }) => {
        const { producer, wine, vintage, formatMl, pack } = label ?? {}
        const bottles = [opening, ...changeColumns.map((column) => changes[column] ?? 0), closing]
        const values = [value.opening, value.closing].flatMap((figures) => cellsOf(figures, currencies))
        return csvLine([sku, producer, wine, vintage, formatMl, pack, location, ...bottles, ...values])
      })
      .join('')
  }
}

function cellsOf({ values, unvalued }: Figures, currencies: readonly string[]) {
  const amountIn = (currency: string) => values.find((one) => one.currency === currency)?.amountMinor ?? 0n
  return [unvalued, ...currencies.map(amountIn)]
}

/** A report as JSON, in pieces: the protocol's `MonthEnd`. What each location has together stands at the end, when it is known. */
export async function* monthEndJson(
  report: MonthEnd,
  pages: AsyncIterable<readonly MonthRow[]>,
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
  const totals = new Map<string, Total>()
  let comma = ''
  for await (const rows of pages) {
    for (const row of rows) totals.set(row.location, added(totals.get(row.location), row))
    if (rows.length > 0) yield comma + rows.map((row) => JSON.stringify(itemOf(row))).join(',')
    if (rows.length > 0) comma = ','
  }
  const locations = [...totals.values()].toSorted((a, b) => (a.location < b.location ? -1 : 1))
  yield `],"locations":${JSON.stringify(locations.map(jsonOf))}}`
}

type Total = Omit<Row, 'sku'>

const jsonOf = <T extends Pick<Total, 'value'>>(row: T) => ({
  ...row,
  value: { opening: figuresJson(row.value.opening), closing: figuresJson(row.value.closing) },
})

function itemOf({ sku, location, label, ...figures }: MonthRow): MonthEndRow {
  return { sku, location, ...label, ...jsonOf(figures) }
}

function added(sum: Total | undefined, { location, opening, changes, closing, value }: Total): Total {
  const all = { ...sum?.changes }
  for (const [column, bottles] of Object.entries(changes)) addTo(all, column, bottles)
  const both = (when: keyof LevelValue) => together([...(sum ? [sum.value[when]] : []), value[when]])
  return {
    location,
    opening: (sum?.opening ?? 0) + opening,
    changes: Object.fromEntries(Object.entries(all).filter(([, bottles]) => bottles !== 0)),
    closing: (sum?.closing ?? 0) + closing,
    value: { opening: both('opening'), closing: both('closing') },
  }
}
