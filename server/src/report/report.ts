import type { PastLevel } from '@cellarhand/protocol/report'
import type { Movement } from '@cellarhand/protocol/stock'
import type { SkuValue } from '@cellarhand/protocol/value'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { csvLine } from './csv.ts'
import {
  entriesBetween,
  entryAfter,
  everyEntry,
  readJournal,
  type JournalCursor,
  type JournalQuery,
} from './journal.ts'
import { occurredLevels, recordedLevels, type LevelKey, type LevelQuery } from './levels.ts'
import { booksAt, notYet, positionBefore, readNow, type Database, type Moment } from './moment.ts'
import {
  countLevels,
  monthEndCsv,
  monthEndJson,
  monthEndPages,
  openMonth,
  type Labels,
  type MonthEnd,
  type MonthRow,
} from './month-end.ts'
import type { Refused } from './refused.ts'
import { openValue, valuePage, valuePages, type SkuFigures, type ValueReport, type Whose } from './value.ts'
import { valueCsv, valueItem } from './value-text.ts'

// The module's door: stock, movements and reports of any past moment, read from the journal and changing nothing.
export { instantUs } from './moment.ts'
export type { Database, Moment } from './moment.ts'
export type { JournalCursor } from './journal.ts'
export type { MonthEnd } from './month-end.ts'
export type { Refused } from './refused.ts'
export type { SkuFigures, ValueReport, Whose } from './value.ts'
export { noFigures } from './figures.ts'
export type { Figures } from './figures.ts'
export { readTrail, trailBegins } from './trail.ts'
export { addTotals } from './value-text.ts'
export type { ValueTotals } from './value-text.ts'

/** Entries that a stream of the journal reads at once: some 20 MB, most of them with a line or two. An entry has a few hundred lines at most. */
const ENTRIES_PER_READ = 10_000

/** A page of levels of one moment; `position` is where its books end. */
export interface PastPage {
  readonly kind: 'page'
  readonly items: readonly PastLevel[]
  readonly next: LevelKey | undefined
  readonly position: number
}

/** A page of the journal; `position` is where the list ends. */
export interface JournalPage {
  readonly kind: 'page'
  readonly items: readonly Movement[]
  readonly next: JournalCursor | undefined
  readonly position: number
}

/** From when to when: microseconds since 1970, the first in it and the last not. Without a first from the beginning, without a last to now. */
export interface Stretch {
  readonly fromUs?: number | undefined
  readonly toUs?: number | undefined
}

/** Two positions of the log: what lies behind the first, up to the second. */
export interface Span {
  readonly kind: 'span'
  readonly from: number
  readonly to: number
  readonly epoch: string
}

/** A page of what SKUs are worth; `next` is the SKU that the following page goes on behind. */
export interface ValueItems {
  readonly items: readonly SkuValue[]
  readonly next: string | undefined
}

export interface Reports {
  /** Levels as the books stood at a moment. `position` of a page before in place of the moment goes on with the same books. */
  recorded(moment: Moment, epoch: string, query: LevelQuery): Promise<PastPage | Refused>
  /** On hand at a moment as it is known now, or was known at `known`, the position of a page before. */
  occurred(atUs: number, query: LevelQuery, known?: number): Promise<PastPage | Refused>
  /** The positions of a stretch of time. */
  span(stretch: Stretch, epoch: string): Promise<Span | Refused>
  journal(span: Span, query: JournalQuery & { readonly limit: number }): Promise<JournalPage>
  /** The same as CSV, all of it, in pieces. */
  journalCsv(span: Span, query: Omit<JournalQuery, 'after' | 'limit'>): AsyncGenerator<string>
  /** A month by its name, `2026-10`, in a time zone of the IANA database. */
  month(month: string, timezone: string, epoch: string): Promise<MonthEnd | Refused>
  monthCsv(report: MonthEnd, onRows?: (rows: readonly MonthRow[]) => void): AsyncGenerator<string>
  monthJson(report: MonthEnd): AsyncGenerator<string>
  /** What stock was worth at a moment: whose, and of one SKU or of all. */
  value(
    moment: Moment,
    epoch: string,
    of: { readonly whose: Whose; readonly sku?: string },
  ): Promise<ValueReport | Refused>
  valuePage(report: ValueReport, page: { readonly after?: string; readonly limit: number }): Promise<ValueItems>
  valueCsv(report: ValueReport, onRows?: (rows: readonly SkuFigures[]) => void): AsyncGenerator<string>
  /** How many levels a month-end report looks at. */
  countLevels(): Promise<number>
}

/** Reports on the journal in `database`, with labels from the catalogue. */
export function createReports(
  database: Database,
  catalogue: Pick<Catalogue, 'labels'>,
  { entriesPerRead = ENTRIES_PER_READ }: { readonly entriesPerRead?: number } = {},
): Reports {
  const pages = (report: MonthEnd) => monthEndPages(database, catalogue.labels, report)
  return {
    recorded: (moment, epoch, query) => recorded(database, moment, epoch, query),
    occurred: (atUs, query, known) => occurred(database, atUs, query, known),
    span: (stretch, epoch) => spanOf(database, stretch, epoch),
    journal: (span, query) => journal(database, span, query),
    journalCsv: (span, query) => journalCsv(database, span, query, entriesPerRead),
    month: (month, timezone, epoch) => openMonth(database, { month, timezone, epoch }),
    monthCsv: (report, onRows) => monthEndCsv(report, onRows ? told(pages(report), onRows) : pages(report)),
    monthJson: (report) => monthEndJson(report, pages(report)),
    value: (moment, epoch, of) => openValue(database, moment, epoch, of),
    valuePage: (report, page) => valueItems(database, catalogue.labels, report, page),
    valueCsv: (report, onRows) => {
      const rows = valuePages(database, report, { limit: Infinity })
      return valueCsv(labelledPages(catalogue.labels, onRows ? told(rows, onRows) : rows))
    },
    countLevels: () => countLevels(database),
  }
}

async function valueItems(
  database: Database,
  labels: Labels,
  report: ValueReport,
  page: { readonly after?: string; readonly limit: number },
): Promise<ValueItems> {
  const { rows, next } = await valuePage(database, report, page)
  return { items: (await labelled(labels, rows)).map(valueItem), next }
}

async function* labelledPages(labels: Labels, pages: AsyncIterable<readonly SkuFigures[]>) {
  for await (const rows of pages) yield await labelled(labels, rows)
}

async function labelled(labels: Labels, rows: readonly SkuFigures[]) {
  const known = await labels(rows.map(({ sku }) => sku))
  return rows.map((row) => ({ ...row, label: known.get(row.sku) }))
}

async function recorded(
  database: Database,
  moment: Moment,
  epoch: string,
  query: LevelQuery,
): Promise<PastPage | Refused> {
  const books = await booksAt(database, moment, epoch)
  if (books.kind === 'refused') return books
  const { position } = books
  return pageOf(await recordedLevels(database, position, withOneMore(query)), query.limit, position)
}

async function occurred(
  database: Database,
  atUs: number,
  query: LevelQuery,
  known: number | undefined,
): Promise<PastPage | Refused> {
  const now = await readNow(database)
  if (atUs > now.nowUs) return notYet(atUs, now)
  const position = Math.min(known ?? now.head, now.head)
  return pageOf(await occurredLevels(database, { position, atUs }, withOneMore(query)), query.limit, position)
}

/** One is read beyond the page, to know whether there are more. */
const withOneMore = (query: LevelQuery): LevelQuery => ({ ...query, limit: query.limit + 1 })

function pageOf(found: readonly PastLevel[], limit: number, position: number): PastPage {
  const items = found.slice(0, limit)
  const last = found.length > limit ? items.at(-1) : undefined
  return { kind: 'page', items, next: last && { sku: last.sku, location: last.location }, position }
}

async function spanOf(database: Database, { fromUs, toUs }: Stretch, epoch: string): Promise<Span | Refused> {
  const now = await readNow(database)
  const early = [fromUs, toUs].find((atUs) => atUs !== undefined && atUs > now.nowUs)
  if (early !== undefined) return notYet(early, now)
  const from = fromUs === undefined ? 0 : await positionBefore(database, fromUs)
  const to = toUs === undefined ? now.head : await positionBefore(database, toUs)
  return { kind: 'span', from, to, epoch }
}

async function journal(
  database: Database,
  span: Span,
  query: JournalQuery & { readonly limit: number },
): Promise<JournalPage> {
  const { limit, after } = query
  // A SKU's own lines are found by its key.
  const entries = query.sku === undefined ? await entriesBetween(database, span) : everyEntry
  const rest = { ...entries, first: Math.max(entries.first, after?.entry ?? 0) }
  const found = await readJournal(database, { ...span, entries: rest }, { ...query, limit: limit + 1 })
  const shown = found.slice(0, limit)
  const last = found.length > limit ? shown.at(-1) : undefined
  const next = last && { to: span.to, entry: last.entry, line: last.line }
  return { kind: 'page', items: shown.map(({ movement }) => movement), next, position: span.to }
}

const journalColumns = [
  'entry',
  'position',
  'kind',
  'sku',
  'location',
  'from',
  'to',
  'quantity',
  'reason',
  'reference',
  'actor',
  'occurredAt',
  'recordedAt',
] as const satisfies readonly (keyof Movement)[]

const journalHeader = journalColumns.map((column) =>
  column.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
)

async function* journalCsv(
  database: Database,
  span: Span,
  query: Omit<JournalQuery, 'after' | 'limit'>,
  entriesPerRead: number,
): AsyncGenerator<string> {
  yield csvLine(journalHeader)
  const { first, end } = await entriesBetween(database, span)
  for (let from = first; from < end;) {
    const to = Math.min((await entryAfter(database, from, entriesPerRead)) ?? end, end)
    const lines = await readJournal(database, { ...span, entries: { first: from, end: to } }, query)
    yield lines.map(({ movement }) => csvLine(journalColumns.map((column) => movement[column]))).join('')
    from = to
  }
}

async function* told<T>(pages: AsyncIterable<T>, onPage: (page: T) => void): AsyncGenerator<T> {
  for await (const page of pages) {
    onPage(page)
    yield page
  }
}
