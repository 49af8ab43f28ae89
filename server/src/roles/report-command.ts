import { minorUnits } from '@cellarhand/protocol/money'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createCatalogue } from '../catalogue/catalogue.ts'
import { readEpoch } from '../log/log.ts'
import type { Config } from '../platform/config.ts'
import { SetupError } from '../platform/setup-error.ts'
import type pg from 'pg'
import {
  addTotals,
  createReports,
  instantUs,
  noFigures,
  type Figures,
  type Moment,
  type MonthEnd,
  type Reports,
  type ValueReport,
  type ValueTotals,
} from '../report/report.ts'
import { say, withDatabase } from './tools.ts'

export interface ReportFlags {
  readonly timezone: string
  readonly out: string
}

/** Between two lines of progress. */
const PROGRESS_EVERY_MS = 2_000

/** `report month-end MONTH`. Resolves with the exit code. */
export function runMonthEnd(config: Config, month: string, flags: ReportFlags): Promise<number> {
  return withDatabase(config, async ({ pool }) => {
    const reports = createReports(pool, createCatalogue(pool))
    const report = await reports.month(month, flags.timezone, await epochOf(pool))
    if (report.kind === 'refused') throw new SetupError(report.detail)
    await writeReport(reports, report, flags.out)
    return 0
  })
}

async function epochOf(pool: pg.Pool): Promise<string> {
  const client = await pool.connect()
  return readEpoch(client).finally(() => client.release())
}

export interface ValueFlags {
  readonly out: string
  readonly at?: string
  readonly position?: string
  readonly sku?: string
  readonly location?: string
  readonly owner?: string
}

/** `report value`. Resolves with the exit code. */
export function runValue(config: Config, flags: ValueFlags): Promise<number> {
  const moment = momentOf(flags)
  const { location, owner, sku } = flags
  if (location !== undefined && owner !== undefined) {
    throw new SetupError('Name an owner or a location, and not both: a location has one.')
  }
  return withDatabase(config, async ({ pool }) => {
    const reports = createReports(pool, createCatalogue(pool))
    const whose =
      location === undefined
        ? ({ kind: 'owner', owner: owner ?? 'house' } as const)
        : ({ kind: 'location', location } as const)
    const report = await reports.value(moment, await epochOf(pool), { whose, ...(sku === undefined ? {} : { sku }) })
    if (report.kind === 'refused') throw new SetupError(report.detail)
    await writeValue(reports, report, flags.out)
    return 0
  })
}

function momentOf({ at, position }: ValueFlags): Moment {
  if (at !== undefined && position !== undefined) throw new SetupError('Name a time or a position, and not both.')
  if (position !== undefined) return { kind: 'position', position }
  if (at === undefined) return { kind: 'now' }
  const atUs = /T.*(Z|[+-]\d\d:\d\d)$/i.test(at) ? instantUs(at) : undefined
  if (atUs === undefined) throw new SetupError(`${at} is no time. Write it as 2026-10-31T23:00:00Z.`)
  return { kind: 'at', atUs }
}

async function writeValue(reports: Reports, report: ValueReport, out: string): Promise<void> {
  const progress = tellProgress(await reports.countLevels(), 'SKUs')
  let totals: ValueTotals = { byLot: noFigures, inTransit: noFigures, fifo: noFigures, average: noFigures }
  const csv = reports.valueCsv(report, (rows) => {
    progress.rows(rows.length)
    totals = addTotals(totals, rows)
  })
  await writeWhole(Readable.from(csv), out)
  say(`${out}: ${progress.text()}. It tells of the books up to position ${report.position}.`)
  say(`By lot             ${totalText(totals.byLot)}`)
  say(`  of that on its way ${totalText(totals.inTransit)}`)
  if (report.location !== undefined) return
  say(`First-in first-out ${totalText(totals.fifo)}`)
  say(`Average            ${totalText(totals.average)}`)
}

/** As `EUR 123.45 for 17 bottles, 3 bottles without a cost`. */
function totalText({ values, unvalued }: Figures): string {
  const parts = values.map((one) => `${amountText(one)} for ${one.bottles.toLocaleString('en')} bottles`)
  if (unvalued !== 0) parts.push(`${unvalued.toLocaleString('en')} bottles without a cost`)
  return parts.length === 0 ? 'nothing' : parts.join(', ')
}

/** By its code and not its sign: stock may have been paid for in several dollars. */
function amountText({ amountMinor, currency }: { amountMinor: bigint; currency: string }): string {
  const decimals = minorUnits(currency)
  const style = { minimumFractionDigits: decimals, maximumFractionDigits: decimals }
  return `${currency} ${(Number(amountMinor) / 10 ** decimals).toLocaleString('en', style)}`
}

async function writeReport(reports: Reports, report: MonthEnd, out: string): Promise<void> {
  const progress = tellProgress(await reports.countLevels())
  const text = Readable.from(reports.monthCsv(report, (rows) => progress.rows(rows.length)))
  await writeWhole(text, out)
  const { month, timezone, complete, openingPosition, position } = report
  say(
    `${out}: ${progress.text()}. It tells of ${month} (${timezone}), after position ${openingPosition} and up to ${position}.`,
  )
  if (!complete) say(`${month} is not over: this is what has been so far.`)
}

/** The file is there whole, or not at all: what was begun bears another name until it is done. */
async function writeWhole(text: Readable, out: string): Promise<void> {
  const begun = `${out}.part`
  try {
    await pipeline(text, createWriteStream(begun))
    await rename(begun, out)
  } catch (error) {
    await rm(begun, { force: true })
    const { code } = error as { code?: unknown }
    if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR' || code === 'ENOSPC') {
      throw new SetupError(`The report cannot be written to ${out}: ${(error as Error).message}`)
    }
    throw error
  }
}

function tellProgress(levels: number, what = 'rows') {
  const beganMs = performance.now()
  let nextMs = beganMs + PROGRESS_EVERY_MS
  let written = 0
  say(`Reading the journal of ${levels.toLocaleString('en')} levels ...`)
  return {
    rows(count: number) {
      written += count
      if (performance.now() < nextMs) return
      nextMs = performance.now() + PROGRESS_EVERY_MS
      say(`${written.toLocaleString('en')} ${what}`)
    },
    text: () => `${written.toLocaleString('en')} ${what} in ${((performance.now() - beganMs) / 1_000).toFixed(1)} s`,
  }
}
