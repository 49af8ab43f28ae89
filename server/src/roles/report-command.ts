import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createCatalogue } from '../catalogue/catalogue.ts'
import { readEpoch } from '../log/log.ts'
import type { Config } from '../platform/config.ts'
import { SetupError } from '../platform/setup-error.ts'
import { createReports, type MonthEnd, type Reports } from '../report/report.ts'
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
    const client = await pool.connect()
    const epoch = await readEpoch(client).finally(() => client.release())
    const report = await reports.month(month, flags.timezone, epoch)
    if (report.kind === 'refused') throw new SetupError(report.detail)
    await writeReport(reports, report, flags.out)
    return 0
  })
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

function tellProgress(levels: number) {
  const beganMs = performance.now()
  let nextMs = beganMs + PROGRESS_EVERY_MS
  let written = 0
  say(`Reading the journal of ${levels.toLocaleString('en')} levels ...`)
  return {
    rows(count: number) {
      written += count
      if (performance.now() < nextMs) return
      nextMs = performance.now() + PROGRESS_EVERY_MS
      say(`${written.toLocaleString('en')} rows`)
    },
    text: () => `${written.toLocaleString('en')} rows in ${((performance.now() - beganMs) / 1_000).toFixed(1)} s`,
  }
}
