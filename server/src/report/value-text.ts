import type { SkuValue } from '@cellarhand/protocol/value'
import type { SkuLabel } from '../catalogue/catalogue.ts'
import { csvLine } from './csv.ts'
import { bottlesOf, together, type Figures } from './figures.ts'
import type { SkuFigures } from './value.ts'

/** A row with the catalogue's words. */
export type Labelled = SkuFigures & { readonly label: SkuLabel | undefined }

/** Figures as JSON carries them. Above 2^53 a number of JSON has not every digit for most who read it; CSV has. */
export function figuresJson({ values, unvalued }: Figures): SkuValue['byLot']['inTransit'] {
  return { values: values.map((one) => ({ ...one, amountMinor: Number(one.amountMinor) })), unvalued }
}

/** A row as the protocol has it. */
export function valueItem({ sku, label, location, bottles, inTransit, byLot, fifo, average }: Labelled): SkuValue {
  return {
    sku,
    ...label,
    ...(location === undefined ? {} : { location }),
    bottles,
    inTransit: bottlesOf(inTransit),
    byLot: { ...figuresJson(byLot), inTransit: figuresJson(inTransit) },
    ...(fifo ? { fifo: figuresJson(fifo) } : {}),
    ...(average
      ? { average: { ...figuresJson(average), ...(average.isMixed ? { mixedCurrencies: true as const } : {}) } }
      : {}),
  }
}

const methods = ['byLot', 'inTransit', 'fifo', 'average'] as const

const header = [
  'sku',
  'producer',
  'wine',
  'vintage',
  'format_ml',
  'pack',
  'location',
  'currency',
  'lot_bottles',
  'lot_value_minor',
  'in_transit_bottles',
  'in_transit_value_minor',
  'fifo_bottles',
  'fifo_value_minor',
  'average_bottles',
  'average_value_minor',
  'note',
]

/**
 * A report as CSV, in pieces: for each SKU a line for each currency, and one without a currency for bottles that have no cost. So each column of bottles
 * adds up to all bottles, and each column of values, by currency, to their value.
 */
export async function* valueCsv(pages: AsyncIterable<readonly Labelled[]>): AsyncGenerator<string> {
  yield csvLine(header)
  for await (const rows of pages) yield rows.map(csvOf).join('')
}

function csvOf(row: Labelled): string {
  const currencies = new Set(methods.flatMap((method) => (row[method]?.values ?? []).map(({ currency }) => currency)))
  const hasUnvalued = methods.some((method) => (row[method]?.unvalued ?? 0) !== 0)
  return [...[...currencies].toSorted(), ...(hasUnvalued ? [undefined] : [])]
    .map((currency) =>
      csvLine([
        ...labelCells(row),
        currency,
        ...methods.flatMap((method) => cells(row[method], currency)),
        note(row, currency),
      ]),
    )
    .join('')
}

function labelCells({ sku, label, location }: Labelled) {
  return [sku, label?.producer, label?.wine, label?.vintage, label?.formatMl, label?.pack, location]
}

/** Bottles and value of one currency; without a currency, bottles of no value. */
function cells(figures: Figures | undefined, currency: string | undefined) {
  if (!figures) return [undefined, undefined]
  if (currency === undefined) return [figures.unvalued, undefined]
  const found = figures.values.find((one) => one.currency === currency)
  return [found?.bottles ?? 0, found?.amountMinor ?? 0n]
}

function note({ average }: Labelled, currency: string | undefined): string | undefined {
  return currency === undefined && average?.isMixed ? 'no average: several currencies' : undefined
}

/** What all rows come to, by method. */
export interface ValueTotals {
  readonly byLot: Figures
  readonly inTransit: Figures
  readonly fifo: Figures
  readonly average: Figures
}

/** The totals of some rows, added to those of the rows before. */
export function addTotals(totals: ValueTotals, rows: readonly SkuFigures[]): ValueTotals {
  const sum = (method: keyof ValueTotals) => together([totals[method], ...rows.flatMap((row) => row[method] ?? [])])
  return { byLot: sum('byLot'), inTransit: sum('inTransit'), fifo: sum('fifo'), average: sum('average') }
}
