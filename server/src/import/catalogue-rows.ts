import { randomUUID } from 'node:crypto'
import type { Catalogue, Entries, SkuEntry, VintageEntry, WineEntry } from '../catalogue/catalogue.ts'
import type { ChannelState, SettingsState } from '../log/changes.ts'
import { codeOf, messageOf } from '../platform/setup-error.ts'
import type { Stock } from '../stock/stock.ts'
import type { CsvRecord } from './csv.ts'
import type { Source } from './file.ts'
import type { Mapping } from './mapping.ts'
import { createPriceLane, type CurrentPrices, type PriceLane } from './prices.ts'
import type { Rejection, Rejects } from './rejects.ts'
import type { Progress } from './report.ts'
import { readRow, type RowEntry, type RowReader } from './row.ts'
import { createSeen, type Seen } from './seen.ts'
import { persistently } from './submit.ts'
import type { Encoding } from './text.ts'

/** SKUs to a transaction. With 300 one takes some 20 ms, so that what the page shows never waits noticeably; with 3,000 the whole was no quicker. */
const chunkSkus = 300

/** What an import of a catalogue works on. */
export interface CatalogueImportDeps {
  readonly catalogue: Pick<Catalogue, 'upsertWines' | 'knownSkus'>
  readonly stock: Stock
  readonly settings: () => Promise<SettingsState>
  /** makes a channel unless it is there */
  readonly ensureChannel: (channel: ChannelState) => Promise<void>
  readonly currentPrices: CurrentPrices
  /** the time in ms, for how long it took */
  readonly nowMs: () => number
}

export interface CatalogueImportOptions {
  readonly source: Source
  readonly mapping: Mapping
  /** previews: reads and checks everything, writes nothing */
  readonly dryRun?: boolean
  /** the channel of the file's one column of prices, in place of the mapping's */
  readonly channel?: string
  readonly encoding?: Encoding
  readonly delimiter?: string
  /** where rejected rows go; default `FILE.rejected.csv` beside the file, nowhere for bytes without a path */
  readonly rejectsPath?: string
  /** false: rejected rows are reported and kept nowhere */
  readonly keepRejects?: boolean
  readonly onProgress?: (progress: Progress) => void
}

/** What is under way. */
export interface CatalogueRun {
  readonly deps: CatalogueImportDeps
  readonly dryRun: boolean
  readonly reader: RowReader
  readonly rejects: Rejects
  readonly prices: PriceLane
  readonly seen: { readonly skus: Seen; readonly wines: Seen; readonly vintages: Seen }
  readonly sums: { added: number; changed: number; unchanged: number; otherwise: number; repeated: number }
}

/** A SKU on its way in, with where it came from. */
interface Arrival {
  readonly entry: RowEntry
  readonly line: number
  readonly cells: readonly string[]
  /** the wine, the vintage, where this row is the first of the file to describe them */
  readonly wine: WineEntry | undefined
  readonly vintage: VintageEntry | undefined
}

/** Begins a run: nothing seen, nothing in. */
export function beginCatalogue(
  deps: CatalogueImportDeps,
  dryRun: boolean,
  reader: RowReader,
  rejects: Rejects,
): CatalogueRun {
  const onRefused = (price: { line: number; column: string; cells: readonly string[] }, detail: string) => {
    const value = price.cells[reader.fitted.header.indexOf(price.column)] ?? ''
    const reason = `the wine is in, its price is not: ${detail}`
    return rejects.add({ line: price.line, column: price.column, value, reason }, price.cells)
  }
  return {
    deps,
    dryRun,
    reader,
    rejects,
    prices: createPriceLane({ ...deps, onRefused, ...(dryRun ? { preview: true } : {}) }, randomUUID()),
    seen: { skus: createSeen(), wines: createSeen(), vintages: createSeen() },
    sums: { added: 0, changed: 0, unchanged: 0, otherwise: 0, repeated: 0 },
  }
}

/** Records in as many as one transaction takes. */
export async function* inChunks(batches: AsyncIterable<readonly CsvRecord[]>): AsyncGenerator<readonly CsvRecord[]> {
  for await (const batch of batches) {
    for (let at = 0; at < batch.length; at += chunkSkus) yield batch.slice(at, at + chunkSkus)
  }
}

/** Takes some rows of the file in, or rejects them. */
export async function takeRecords(run: CatalogueRun, records: readonly CsvRecord[]): Promise<void> {
  let arrivals: Arrival[] = []
  for (const record of records) {
    if (record.kind === 'broken') {
      await run.rejects.add({ line: record.line, column: '', value: record.text, reason: record.reason }, [record.text])
      continue
    }
    const entries = readRow(run.reader, record.cells)
    if ('reason' in entries) {
      await run.rejects.add({ line: record.line, ...entries }, record.cells)
      continue
    }
    for (const entry of entries) {
      const arrival = await note(run, { entry, line: record.line, cells: record.cells })
      if (arrival !== undefined) arrivals.push(arrival)
    }
    // A row of many vintages is many SKUs.
    if (arrivals.length >= chunkSkus) {
      await bringIn(run, arrivals)
      arrivals = []
    }
  }
  if (arrivals.length > 0) await bringIn(run, arrivals)
}

/** Compares with what the file said before. A second row of a SKU is one too many: rejected where it says something else. */
async function note(
  run: CatalogueRun,
  { entry, line, cells }: Omit<Arrival, 'wine' | 'vintage'>,
): Promise<Arrival | undefined> {
  const before = run.seen.skus.note(entry.sku.sku, JSON.stringify([entry.sku, entry.prices]), line)
  if (before !== 'new') {
    if (before.same) run.sums.repeated++
    else {
      const reason = `the SKU ${entry.sku.sku} stands on line ${before.line} already, with something else`
      await run.rejects.add({ line, column: run.reader.fitted.columnOf('sku'), value: entry.sku.sku, reason }, cells)
    }
    return undefined
  }
  const wine = run.seen.wines.note(entry.wine.id, JSON.stringify(entry.wine), line)
  const { wine: id, vintage } = entry.vintage
  const ofVintage = run.seen.vintages.note(`${id} ${vintage}`, JSON.stringify(entry.vintage), line)
  if ((wine !== 'new' && !wine.same) || (ofVintage !== 'new' && !ofVintage.same)) run.sums.otherwise++
  return {
    entry,
    line,
    cells,
    wine: wine === 'new' ? entry.wine : undefined,
    vintage: ofVintage === 'new' ? entry.vintage : undefined,
  }
}

async function bringIn(run: CatalogueRun, arrivals: readonly Arrival[]): Promise<void> {
  const inNow = run.dryRun ? await preview(run, arrivals) : await write(run, arrivals)
  const lines = inNow.flatMap(({ entry, line, cells }) =>
    entry.prices.map((price) => ({ ...price, sku: entry.sku.sku, line, cells })),
  )
  await run.prices.add(lines)
}

async function preview(run: CatalogueRun, arrivals: readonly Arrival[]): Promise<readonly Arrival[]> {
  const known = await run.deps.catalogue.knownSkus(arrivals.map(({ entry }) => entry.sku.sku))
  run.sums.added += arrivals.length - known.size
  run.sums.unchanged += known.size
  return arrivals
}

const entriesOf = (arrivals: readonly Arrival[]): Entries => ({
  wines: arrivals.flatMap(({ wine }) => wine ?? []),
  vintages: arrivals.flatMap(({ vintage }) => vintage ?? []),
  skus: arrivals.map(({ entry }): SkuEntry => entry.sku),
})

/** One transaction; where the database refuses a value that we let pass, halves are tried until the row stands alone and can be named. */
async function write(run: CatalogueRun, arrivals: readonly Arrival[]): Promise<readonly Arrival[]> {
  try {
    const result = await persistently(() => run.deps.catalogue.upsertWines(entriesOf(arrivals)))
    run.sums.added += result.added
    run.sums.changed += result.changed
    run.sums.unchanged += result.unchanged
    return arrivals
  } catch (error) {
    if (!isAboutData(error)) throw error
    const [only] = arrivals
    if (arrivals.length === 1 && only !== undefined) {
      const rejection: Rejection = { line: only.line, column: '', value: only.entry.sku.sku, reason: messageOf(error) }
      await run.rejects.add(rejection, only.cells)
      return []
    }
    const middle = Math.ceil(arrivals.length / 2)
    return [...(await write(run, arrivals.slice(0, middle))), ...(await write(run, arrivals.slice(middle)))]
  }
}

/** Classes 22 (data exception) and 23 (integrity constraint violation). */
const isAboutData = (error: unknown): boolean => /^2[23]/.test(codeOf(error) ?? '')

/** What a person should know beside the sums. */
export function notesOf({ sums }: CatalogueRun, ignored: readonly string[]): string[] {
  const named = ignored.filter((column) => column !== '')
  return [
    ...(sums.repeated === 0 ? [] : [`${sums.repeated} rows say again what an earlier row said, and were passed over.`]),
    ...(sums.otherwise === 0
      ? []
      : [
          `${sums.otherwise} SKUs describe their wine or vintage otherwise than an earlier row; the first was believed.`,
        ]),
    ...(named.length === 0 ? [] : [`Columns that nothing was read from: ${named.join(', ')}.`]),
  ]
}
