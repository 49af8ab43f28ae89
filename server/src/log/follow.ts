import type pg from 'pg'
import { must } from '../platform/must.ts'
import { connect } from '../platform/postgres/database.ts'
import { createBackoff } from './backoff.ts'
import type { LogChanges } from './changes.ts'
import { readEpoch } from './epoch.ts'
import type { Waker } from './waker.ts'

/** One committed transaction, as the log carries it. */
export interface LogRow {
  readonly position: number
  readonly atMs: number
  readonly changes: LogChanges
}

/** Why following ended: it was told to; another incarnation of the log; or the log is shorter than what was read of it (a restored copy). */
export type FollowEnd = 'aborted' | 'epoch' | 'rewound'

export interface FollowOptions {
  readonly epoch: string
  /** the position after which to begin */
  readonly from: number
  /** Called after each look, with whole transactions in order or none; `caughtUp`: there were no more. Synchronous: the next look waits for it. */
  readonly onRows: (rows: readonly LogRow[], caughtUp: boolean) => void
  /** Told of lost connections; each is healed. */
  readonly onError?: (error: unknown) => void
  readonly waker: Waker
  readonly signal: AbortSignal
}

/** Rows of one look. A row is at most some 30 KB (500 lines of 60 bytes), so that a look stays within a few megabytes. */
const rowsMax = 128
/** How long a follower that heard nothing waits before it looks anyway: the bound on what a lost hint can cost. */
const lookEveryMs = 200
/** A look takes a millisecond. One without an answer after this long has lost its connection. */
const lookTimeoutMs = 5_000

const lookSql = `select position, at, changes from log.log where position > $1 order by position limit ${rowsMax}`

/**
 * Follows the log from a position: every transaction after it, whole, in order, none left out and none twice, through lost connections and
 * restarts of the database. Resolves with why it ended; rejects with LogBroken only.
 *
 * @param url the primary's
 */
export async function followLog(url: string, options: FollowOptions): Promise<FollowEnd> {
  const backoff = createBackoff()
  const progress = { position: options.from }
  while (!options.signal.aborted) {
    let client: pg.Client | undefined
    try {
      client = await connect(url, { applicationName: 'cellarhand log', statementTimeoutMs: lookTimeoutMs })
      const end = await checkIncarnation(client, options.epoch, progress.position)
      if (end !== undefined) return end
      backoff.reset()
      await lookUntilAborted(client, progress, options)
    } catch (error) {
      if (error instanceof LogBroken) throw error
      if (!options.signal.aborted) options.onError?.(error)
    } finally {
      await client?.end().catch(() => {})
    }
    await backoff.wait(options.signal)
  }
  return 'aborted'
}

/** The log's rows cannot be followed: positions are missing, or a row could not be applied. What follows it has to begin anew from a snapshot. */
export class LogBroken extends Error {
  override readonly name = 'LogBroken'
}

async function checkIncarnation(client: pg.Client, epoch: string, position: number): Promise<FollowEnd | undefined> {
  if ((await readEpoch(client)) !== epoch) return 'epoch'
  const { rows } = await client.query<{ head: number }>('select log.head() as head')
  return must(rows[0], 'the head of the log').head < position ? 'rewound' : undefined
}

async function lookUntilAborted(client: pg.Client, progress: { position: number }, options: FollowOptions) {
  while (!options.signal.aborted) {
    const rows = await look(client, progress.position)
    handOver(rows, options.onRows)
    progress.position = rows.at(-1)?.position ?? progress.position
    if (rows.length < rowsMax) await options.waker.wait(lookEveryMs, options.signal)
  }
}

/** A row that could not be applied may have been applied in part: it is not tried again. */
function handOver(rows: readonly LogRow[], onRows: FollowOptions['onRows']) {
  try {
    onRows(rows, rows.length < rowsMax)
  } catch (cause) {
    throw new LogBroken(`the log could not be applied after ${(rows[0]?.position ?? 0) - 1}`, { cause })
  }
}

/** The next rows after a position. */
async function look(client: pg.Client, after: number): Promise<LogRow[]> {
  const { rows } = await client.query<{ position: number; at: Date; changes: LogChanges }>({
    name: 'log-look',
    text: lookSql,
    values: [after],
  })
  assertGapless(rows, after)
  return rows.map((row) => ({ position: row.position, atMs: row.at.getTime(), changes: row.changes }))
}

/** Throws LogBroken unless the rows carry the positions right after `after`, one by one. */
export function assertGapless(rows: readonly { readonly position: number }[], after: number): void {
  rows.forEach((row, index) => {
    const expected = after + 1 + index
    if (row.position !== expected) throw new LogBroken(`the log goes from ${expected - 1} to ${row.position}`)
  })
}
