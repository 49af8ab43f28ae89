import { createHash } from 'node:crypto'
import type pg from 'pg'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { SettingsState } from '../log/changes.ts'
import { SetupError } from '../platform/setup-error.ts'
import type { Stock } from '../stock/stock.ts'
import { parseCounted, parseSku, parseText } from './attributes.ts'
import type { FittedMapping } from './columns.ts'
import type { CsvRecord } from './csv.ts'
import type { Source, Survey } from './file.ts'
import type { Mapping, StockField } from './mapping.ts'
import type { Rejects } from './rejects.ts'
import type { Progress } from './report.ts'
import type { RowRejection } from './row.ts'
import { openRun, readRun } from './runs.ts'
import { createSeen, type Seen } from './seen.ts'
import { isRefused, type Refused } from './steps.ts'
import { createLane, submitSurely, type Lane } from './submit.ts'
import type { Encoding } from './text.ts'

/**
 * Rows of the file that make one command for each location they name. By place in the file and not by what was accepted: a row that is put right later
 * then changes the key of its own window alone. 100, which is what a command may carry.
 */
const windowRows = 100

/** What an import of stock works on. */
export interface StockImportDeps {
  /** where runs are remembered */
  readonly pool: pg.Pool
  readonly catalogue: Pick<Catalogue, 'knownSkus'>
  readonly stock: Stock
  readonly settings: () => Promise<SettingsState>
  readonly nowMs: () => number
}

export interface StockImportOptions {
  readonly source: Source
  readonly mapping: Mapping
  readonly dryRun?: boolean
  /** when it was counted, ms since 1970; default: when this file was first imported */
  readonly asOfMs?: number
  /** the count's own number; default: the file's content stands for itself */
  readonly reference?: string
  readonly encoding?: Encoding
  readonly delimiter?: string
  /** where rejected rows go; default `FILE.rejected.csv` beside the file, nowhere for bytes without a path */
  readonly rejectsPath?: string
  /** false: rejected rows are reported and kept nowhere */
  readonly keepRejects?: boolean
  readonly onProgress?: (progress: Progress) => void
}

interface CountRow {
  readonly sku: string
  readonly location: string
  readonly counted: number
  readonly line: number
  readonly cells: readonly string[]
}

/** What is under way. */
export interface StockRun {
  readonly deps: StockImportDeps
  readonly options: StockImportOptions
  readonly id: string
  readonly asOfMs: number
  readonly fitted: FittedMapping
  readonly locations: ReadonlySet<string>
  readonly rejects: Rejects
  readonly seen: Seen
  readonly lane: Lane
  readonly sums: { recorded: number; before: number }
}

/** Begins a run, or takes up the one that the same counts began before. */
export async function beginCounts(
  deps: StockImportDeps,
  options: StockImportOptions,
  survey: Survey,
  { fitted, rejects, startedMs }: { fitted: FittedMapping; rejects: Rejects; startedMs: number },
): Promise<StockRun> {
  const id = runIdOf(options, survey)
  const asOfMs = options.asOfMs ?? startedMs
  const record = options.dryRun
    ? await readRun(deps.pool, id)
    : await openRun(deps.pool, id, { asOfMs, nowMs: startedMs })
  const settings = await deps.settings()
  return {
    deps,
    options,
    id,
    asOfMs: record?.asOfMs ?? asOfMs,
    fitted,
    locations: new Set(settings.locations.map((location) => location.id)),
    rejects,
    seen: createSeen(),
    lane: createLane(),
    sums: { recorded: 0, before: 0 },
  }
}

/** What makes an import the same as an earlier one: its reference, else the file's content; and the time it was told. */
function runIdOf({ reference, asOfMs }: StockImportOptions, { name, digest }: Survey): string {
  const identity = reference === undefined ? digest : `reference ${reference}`
  if (identity === undefined) {
    throw new SetupError(
      `${name} is read only once, so it needs a --reference, by which the same counts are known when they come again.`,
    )
  }
  return `stock:${sha256(JSON.stringify([identity, asOfMs ?? null]))}`
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 40)

/** Records in windows of fixed place, however they come. */
export async function* inWindows(batches: AsyncIterable<readonly CsvRecord[]>): AsyncGenerator<readonly CsvRecord[]> {
  let waiting: CsvRecord[] = []
  for await (const batch of batches) {
    waiting.push(...batch)
    let at = 0
    for (; waiting.length - at >= windowRows; at += windowRows) yield waiting.slice(at, at + windowRows)
    waiting = waiting.slice(at)
  }
  if (waiting.length > 0) yield waiting
}

/** Takes some rows of the file in, or rejects them. */
export async function takeWindow(run: StockRun, records: readonly CsvRecord[]): Promise<void> {
  const rows: CountRow[] = []
  for (const record of records) {
    const cells = record.kind === 'row' ? record.cells : [record.text]
    const row =
      record.kind === 'row'
        ? readCount(run, record.line, cells)
        : { column: '', value: record.text, reason: record.reason }
    if ('reason' in row) await run.rejects.add({ line: record.line, ...row }, cells)
    else rows.push(row)
  }
  const known = await run.deps.catalogue.knownSkus(rows.map((row) => row.sku))
  const byLocation = new Map<string, CountRow[]>()
  for (const row of rows) {
    const rejection = refusalOf(run, row, known)
    if (rejection !== undefined) await run.rejects.add({ line: row.line, ...rejection }, row.cells)
    else byLocation.set(row.location, [...(byLocation.get(row.location) ?? []), row])
  }
  const [first] = records
  for (const [location, counts] of byLocation) await record(run, { location, counts, firstLine: first?.line ?? 0 })
}

function readCount(run: StockRun, line: number, cells: readonly string[]): CountRow | RowRejection {
  const { fitted } = run
  if (cells.length !== fitted.header.length) {
    return {
      column: '',
      value: cells.join(' '),
      reason: `has ${cells.length} cells, and the first line has ${fitted.header.length}`,
    }
  }
  const take = <T>(field: StockField, parse: (text: string) => T | Refused): T | RowRejection => {
    const value = fitted.read(field, cells, '')
    const parsed = isRefused(value) ? value : value.length === 0 ? { refused: 'is empty' } : parse(String(value))
    if (!isRefused(parsed)) return parsed
    const column = fitted.columnOf(field)
    return { column, value: cells[fitted.header.indexOf(column)] ?? '', reason: parsed.refused }
  }
  const sku = take('sku', parseSku)
  if (typeof sku !== 'string') return sku
  const location = take('location', parseText)
  if (typeof location !== 'string') return location
  const counted = take('quantity', parseCounted)
  return typeof counted === 'number' ? { sku, location, counted, line, cells } : counted
}

function refusalOf(run: StockRun, row: CountRow, known: ReadonlySet<string>): RowRejection | undefined {
  const { fitted } = run
  if (!known.has(row.sku)) {
    const reason = 'no such SKU: import the catalogue first, or check the code'
    return { column: fitted.columnOf('sku'), value: row.sku, reason }
  }
  if (!run.locations.has(row.location)) {
    const reason = `no such location: there are ${[...run.locations].join(', ') || 'none yet'}`
    return { column: fitted.columnOf('location'), value: row.location, reason }
  }
  const before = run.seen.note(`${row.sku} ${row.location}`, '', row.line)
  if (before === 'new') return undefined
  const reason = `${row.sku} at ${row.location} is counted on line ${before.line} already: a count is the whole, so add them up`
  return { column: fitted.columnOf('quantity'), value: String(row.counted), reason }
}

interface Group {
  readonly location: string
  readonly counts: readonly CountRow[]
  readonly firstLine: number
}

async function record(run: StockRun, group: Group): Promise<void> {
  if (run.options.dryRun) {
    run.sums.recorded += group.counts.length
    return
  }
  await run.lane.add(() => recordOrHalve(run, group))
}

/** The key says which rows of which run: the same rows again are answered from memory. A refused command is halved until its row stands alone. */
async function recordOrHalve(run: StockRun, { location, counts, firstLine }: Group): Promise<void> {
  const lines = counts.map(({ sku, counted }) => ({ sku, counted }))
  const { reference } = run.options
  const command = {
    kind: 'count' as const,
    location,
    occurredAtMs: run.asOfMs,
    lines,
    ...(reference === undefined ? {} : { reference }),
  }
  const key = `import:${sha256(JSON.stringify([run.id, firstLine, location, lines]))}`
  const outcome = await submitSurely(run.deps.stock, { command, key })
  if (outcome.kind !== 'refused') {
    const isReplay = outcome.kind === 'done' && outcome.replayed
    run.sums[isReplay ? 'before' : 'recorded'] += lines.length
    return
  }
  const [only] = counts
  if (counts.length === 1 && only !== undefined) {
    const { line, cells, counted } = only
    const column = run.fitted.columnOf('quantity')
    return run.rejects.add({ line, column, value: String(counted), reason: outcome.refusal.detail }, cells)
  }
  const middle = Math.ceil(counts.length / 2)
  await recordOrHalve(run, { location, counts: counts.slice(0, middle), firstLine })
  await recordOrHalve(run, { location, counts: counts.slice(middle), firstLine })
}
