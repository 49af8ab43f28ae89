import { SetupError } from '../platform/setup-error.ts'
import { beginCatalogue, inChunks, notesOf, takeRecords } from './catalogue-rows.ts'
import type { CatalogueImportDeps, CatalogueImportOptions } from './catalogue-rows.ts'
import { channelNote, planPrices } from './channels.ts'
import { fitMapping, type FittedMapping } from './columns.ts'
import { openFile, surveyFile, type OpenFile, type Source, type Survey } from './file.ts'
import type { Mapping } from './mapping.ts'
import { createRejects, type Rejects } from './rejects.ts'
import type { ImportReport, Progress } from './report.ts'
import { closeRun } from './runs.ts'
import { beginCounts, inWindows, takeWindow, type StockImportDeps, type StockImportOptions } from './stock-rows.ts'
import type { Encoding } from './text.ts'

// The module's door: catalogues and stock from CSV. For people: docs/import.md.
export type { CatalogueImportDeps, CatalogueImportOptions } from './catalogue-rows.ts'
export { loadMapping } from './mapping.ts'
export type { Mapping } from './mapping.ts'
export type { CurrentPrices } from './prices.ts'
export { createProgressPrinter } from './progress.ts'
export type { ProgressPrinter } from './progress.ts'
export { exitCode, reportText } from './report.ts'
export type { ImportReport, Progress } from './report.ts'
export { closeRun, openRun, readRun } from './runs.ts'
export type { StockImportDeps, StockImportOptions } from './stock-rows.ts'
export { encodings } from './text.ts'
export type { Encoding } from './text.ts'

/**
 * Imports wines, SKUs and prices from CSV, in short transactions. Rows that are wrong are rejected and named; all others go in. Doing it again changes
 * nothing; stopped in the middle, at any moment, doing it again completes it. An empty cell leaves what is known. Of a wine that several rows
 * describe, the first row of the file is believed.
 *
 * @throws SetupError, with nothing of the file in, if the file, its encoding, its columns or a channel is wrong
 */
export async function importCatalogue(
  deps: CatalogueImportDeps,
  options: CatalogueImportOptions,
): Promise<ImportReport> {
  const opened = await open(deps, options, 'catalogue')
  const { file, fitted, rejects, dryRun } = opened
  const plan = planPrices(options.mapping, fitted, await deps.settings())
  if (!dryRun) for (const channel of plan.create) await deps.ensureChannel(channel)
  const reader = { fitted, prices: plan.columns, decimal: options.mapping.decimal }
  const run = beginCatalogue(deps, dryRun, reader, rejects)
  const inNow = () => run.sums.added + run.sums.changed + run.sums.unchanged
  await drive(opened, run.prices, async () => {
    for await (const records of inChunks(file.batches)) {
      await takeRecords(run, records)
      opened.report(inNow())
    }
  })
  const { added, changed, unchanged } = run.sums
  const created = plan.create.map((channel) => channelNote(channel, dryRun))
  return {
    ...(await opened.close()),
    unit: 'SKU',
    added,
    changed,
    unchanged,
    prices: run.prices.counts,
    notes: [...created, ...notesOf(run, fitted.ignored)],
  }
}

/**
 * Imports what stands where, as counts (facts) of one moment. The same file again, at whatever time, is the same facts and changes nothing; a file
 * with another content, reference or time is a new count.
 *
 * @throws SetupError, with nothing of the file in, if the file, its encoding or its columns are wrong
 */
export async function importStock(deps: StockImportDeps, options: StockImportOptions): Promise<ImportReport> {
  const nowMs = deps.nowMs()
  if (options.asOfMs !== undefined && options.asOfMs > nowMs) {
    throw new SetupError(
      'The time of the count lies in the future: give the time it was made at, or leave --as-of out.',
    )
  }
  const opened = await open(deps, options, 'stock')
  const { file, fitted, rejects, dryRun, survey } = opened
  const run = await beginCounts(deps, options, survey, { fitted, rejects, startedMs: nowMs })
  await drive(opened, run.lane, async () => {
    for await (const records of inWindows(file.batches)) {
      await takeWindow(run, records)
      opened.report(run.sums.recorded + run.sums.before)
    }
  })
  if (!dryRun) await closeRun(deps.pool, run.id, deps.nowMs())
  return {
    ...(await opened.close()),
    unit: 'count',
    added: run.sums.recorded,
    changed: 0,
    unchanged: run.sums.before,
    notes: [`Counted as of ${new Date(run.asOfMs).toISOString()}.`],
  }
}

/** Reads a file to its end. Stopped by an error, it leaves nothing under way behind and no file open. */
async function drive(
  opened: Opened,
  lane: { finish(): Promise<void>; settled(): Promise<void> },
  read: () => Promise<void>,
): Promise<void> {
  try {
    await read()
    await lane.finish()
  } catch (error) {
    await lane.settled()
    // What made it stop is what a person has to know.
    await opened.close().catch(() => {})
    throw error
  }
}

interface OpenOptions {
  readonly source: Source
  readonly mapping: Mapping
  readonly dryRun?: boolean
  readonly channel?: string
  readonly encoding?: Encoding
  readonly delimiter?: string
  readonly rejectsPath?: string
  readonly keepRejects?: boolean
  readonly onProgress?: (progress: Progress) => void
}

interface Opened {
  readonly survey: Survey
  readonly file: OpenFile
  readonly fitted: FittedMapping
  readonly rejects: Rejects
  readonly dryRun: boolean
  /** tells how far it is */
  report(done: number): void
  /** ends the file of rejected rows; what is the same in every report */
  close(): Promise<Pick<ImportReport, 'file' | 'dryRun' | 'rejected' | 'rejections' | 'rejectsPath' | 'elapsedMs'>>
}

/** Looks the file through, reads its first line and finds the mapping's columns in it; nothing is written yet. */
async function open(deps: { nowMs: () => number }, options: OpenOptions, kind: Mapping['kind']): Promise<Opened> {
  const startedMs = deps.nowMs()
  const { mapping, source, dryRun = false } = options
  if (mapping.kind !== kind) {
    throw new SetupError(
      `The mapping ${mapping.name} is for a file of ${mapping.kind}, and this is to be one of ${kind}.`,
    )
  }
  const encoding = options.encoding ?? mapping.encoding
  const survey = await surveyFile(source, encoding)
  const delimiter = delimiterOf(options.delimiter ?? mapping.delimiter)
  const file = await openFile(source, survey.name, { encoding, delimiter })
  const fitted = fitMapping(mapping, file.header, options.channel)
  const path = options.rejectsPath ?? (typeof source === 'string' ? `${source}.rejected.csv` : undefined)
  const rejects = createRejects(dryRun || options.keepRejects === false ? undefined : path, file.header, file.delimiter)
  const totalBytes = survey.bytes === undefined ? {} : { totalBytes: survey.bytes }
  const elapsedMs = () => deps.nowMs() - startedMs
  return {
    survey,
    file,
    fitted,
    rejects,
    dryRun,
    report: (done) =>
      options.onProgress?.({
        bytes: file.bytesRead(),
        ...totalBytes,
        done,
        rejected: rejects.count(),
        elapsedMs: elapsedMs(),
      }),
    close: async () => {
      const path = await rejects.close()
      const where = path === undefined ? {} : { rejectsPath: path }
      const seen = { rejected: rejects.count(), rejections: rejects.first() }
      return { file: survey.name, dryRun, ...seen, ...where, elapsedMs: elapsedMs() }
    },
  }
}

/** A shell passes a tab with difficulty, so it may be written out. */
function delimiterOf(text: string | undefined): string | undefined {
  const delimiter = text === 'tab' || text === '\\t' ? '\t' : text
  if (delimiter === undefined || (delimiter.length === 1 && !/["\r\n]/.test(delimiter))) return delimiter
  throw new SetupError(`The delimiter "${delimiter}" is not one character: give ",", ";", "|" or tab, or leave it out.`)
}
