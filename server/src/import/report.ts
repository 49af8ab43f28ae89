import type { PriceCounts } from './prices.ts'
import type { Rejection } from './rejects.ts'
import { grouped } from './text.ts'

/** How far an import is. */
export interface Progress {
  /** bytes of the file read so far, and of the whole where that is known */
  readonly bytes: number
  readonly totalBytes?: number
  /** SKUs, or counts, that are in */
  readonly done: number
  readonly rejected: number
  readonly elapsedMs: number
}

/** What an import did, or in a preview would do. */
export interface ImportReport {
  readonly file: string
  /** what one of it is called: `SKU`, `count` */
  readonly unit: 'SKU' | 'count'
  readonly dryRun: boolean
  /** of those that went in: new, different from before, as before */
  readonly added: number
  readonly changed: number
  readonly unchanged: number
  /** rows that did not go in */
  readonly rejected: number
  /** the first of them */
  readonly rejections: readonly Rejection[]
  /** where all of them are */
  readonly rejectsPath?: string
  readonly prices?: PriceCounts
  /** Sentences on what else was done, or is worth to know. */
  readonly notes: readonly string[]
  readonly elapsedMs: number
}

/** 0, or 1 where nothing at all went in. (A file that cannot be read throws, which is 1 too.) */
export function exitCode(report: ImportReport): 0 | 1 {
  return report.added + report.changed + report.unchanged > 0 ? 0 : 1
}

/** The report for a person: a line of sums, then what they should know. */
export function reportText(report: ImportReport): string {
  return [headline(report), ...priceLines(report), ...report.notes, ...rejectionLines(report)].join('\n')
}

function headline(report: ImportReport): string {
  const { added, changed, unchanged, rejected, dryRun } = report
  const went = added + changed + unchanged
  if (went + rejected === 0) return `${report.file} has no rows.`
  const where = report.rejectsPath === undefined ? '' : ` (see ${report.rejectsPath})`
  const sums = `${grouped(went)}${dryRun ? ' would go' : ''} in, ${grouped(rejected)} not${where}.`
  const isNew = `${grouped(added)} new`
  if (dryRun) return `${sums} ${isNew}, ${grouped(unchanged)} known already. Nothing was written.`
  const parts = report.unit === 'SKU' ? `${isNew}, ${grouped(changed)} changed` : isNew
  return `${sums} ${parts}, ${grouped(unchanged)} as before. It took ${(report.elapsedMs / 1000).toFixed(1)} s.`
}

function priceLines({ prices, dryRun }: ImportReport): string[] {
  if (prices === undefined || prices.set + prices.same + prices.refused === 0) return []
  const refused = prices.refused === 0 ? '' : `, ${grouped(prices.refused)} refused`
  return [`Prices: ${grouped(prices.set)} ${dryRun ? 'to set' : 'set'}, ${grouped(prices.same)} as before${refused}.`]
}

function rejectionLines({ rejections, rejected, dryRun }: ImportReport): string[] {
  if (rejections.length === 0) return []
  const lines = rejections.map(rejectionText)
  const first =
    rejected > rejections.length
      ? `The first ${rejections.length} that ${dryRun ? 'would' : 'did'} not go in:`
      : 'Not in:'
  return [first, ...lines.map((line) => `  ${line}`)]
}

// A cell may hold what a terminal would obey.
const printable = (text: string): string => text.replace(/\p{Cc}/gu, ' ')

/** `line 12, price_nok "12,5": not an amount ...` */
function rejectionText({ line, column, value, reason }: Rejection): string {
  const shown = value === '' ? '' : ` "${printable(value)}"`
  return (
    printable(column === '' ? `line ${grouped(line)}: ${reason}` : `line ${grouped(line)}, ${column}`) +
    (column === '' ? '' : `${shown}: ${reason}`)
  )
}
