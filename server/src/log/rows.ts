import type { LogChanges } from './changes.ts'

/** One committed transaction, as the log carries it. */
export interface LogRow {
  readonly position: number
  readonly atMs: number
  readonly changes: LogChanges
}

/** The same as PostgreSQL keeps it: `json` keeps its text to the letter, so that two copies can be compared by it. */
export interface RowText {
  readonly position: number
  /** microseconds since 1970 */
  readonly atUs: number
  readonly changes: string
}

/** A row that its writer knows to be committed, with the log that it is of. */
export interface CommittedRow extends RowText {
  readonly epoch: string
}

/** Throws where the text is no JSON. */
export function parseRow({ position, atUs, changes }: RowText): LogRow {
  return { position, atMs: Math.floor(atUs / 1_000), changes: JSON.parse(changes) as LogChanges }
}

/** The log's rows cannot be followed: positions are missing, or a row could not be applied. What follows it has to begin anew from a snapshot. */
export class LogBroken extends Error {
  override readonly name: string = 'LogBroken'
}

/** A row that was taken as committed is not what PostgreSQL has at its position. */
export class HeardWrong extends LogBroken {
  override readonly name = 'HeardWrong'
}

/** Throws LogBroken unless the rows carry the positions right after `after`, one by one. */
export function assertGapless(rows: readonly { readonly position: number }[], after: number): void {
  rows.forEach((row, index) => {
    const expected = after + 1 + index
    if (row.position !== expected) throw new LogBroken(`the log goes from ${expected - 1} to ${row.position}`)
  })
}
