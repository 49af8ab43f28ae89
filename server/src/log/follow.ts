import type pg from 'pg'
import { must } from '../platform/must.ts'
import { connect } from '../platform/postgres/database.ts'
import { createBackoff } from './backoff.ts'
import { readEpoch } from './epoch.ts'
import { createIntake, type Heard, type Intake } from './intake.ts'
import { assertGapless, LogBroken, type CommittedRow, type LogRow, type RowText } from './rows.ts'
import type { Waker } from './waker.ts'

/** Why following ended: it was told to; another incarnation of the log; or the log is shorter than what was read of it (a restored copy). */
export type FollowEnd = 'aborted' | 'epoch' | 'rewound'

export interface FollowOptions {
  readonly epoch: string
  /** the position after which to begin */
  readonly from: number
  /** Called after each look, with whole transactions in order or none, and for each that is heard; `caughtUp`: there were no more. Synchronous: the next look waits for it. */
  readonly onRows: (rows: readonly LogRow[], caughtUp: boolean) => void
  /** Is given what takes rows that are heard of before a look finds them, for as long as this follows; the answer ends that. */
  readonly hear?: (take: (row: CommittedRow) => Heard) => () => void
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

const lookSql = `
  select position, (extract(epoch from at) * 1000000)::bigint as "atUs", changes::text as changes
  from log.log where position > $1 order by position limit ${rowsMax}`

/**
 * Follows the log from a position: every transaction after it, whole, in order, none left out and none twice, through lost connections and
 * restarts of the database. Resolves with why it ended; rejects with LogBroken only.
 *
 * @param url the primary's
 */
export async function followLog(url: string, options: FollowOptions): Promise<FollowEnd> {
  const intake = createIntake(options.from, options.onRows)
  const stopHearing = options.hear?.((row) => take(row, intake, options))
  try {
    return await followThrough(url, intake, options)
  } finally {
    stopHearing?.()
  }
}

/** Rows that are missing before one make PostgreSQL be asked at once; so do as many rows as a look proves. */
function take(row: CommittedRow, intake: Intake, { epoch, waker }: FollowOptions): Heard {
  const heard = row.epoch === epoch ? intake.hear(row) : 'garbage'
  if (heard === 'ahead' || intake.unproven() >= rowsMax) waker.wake()
  return heard
}

async function followThrough(url: string, intake: Intake, options: FollowOptions): Promise<FollowEnd> {
  const backoff = createBackoff()
  while (!options.signal.aborted) {
    let client: pg.Client | undefined
    try {
      client = await connect(url, { applicationName: 'cellarhand log', statementTimeoutMs: lookTimeoutMs })
      const end = await checkIncarnation(client, options.epoch, intake.position())
      if (end !== undefined) return end
      backoff.reset()
      await lookUntilAborted(client, intake, options)
    } catch (error) {
      if (error instanceof LogBroken) throw error
      intake.doubt()
      if (!options.signal.aborted) options.onError?.(error)
    } finally {
      await client?.end().catch(() => {})
    }
    await backoff.wait(options.signal)
  }
  return 'aborted'
}

async function checkIncarnation(client: pg.Client, epoch: string, position: number): Promise<FollowEnd | undefined> {
  if ((await readEpoch(client)) !== epoch) return 'epoch'
  const { rows } = await client.query<{ head: number }>('select log.head() as head')
  return must(rows[0], 'the head of the log').head < position ? 'rewound' : undefined
}

async function lookUntilAborted(client: pg.Client, intake: Intake, options: FollowOptions) {
  while (!options.signal.aborted) {
    const asked = intake.position()
    const rows = await look(client, intake.proven())
    const caughtUp = rows.length < rowsMax
    intake.prove(rows, { asked, caughtUp })
    if (caughtUp) await options.waker.wait(lookEveryMs, options.signal)
  }
}

/** The next rows after a position. */
async function look(client: pg.Client, after: number): Promise<RowText[]> {
  const { rows } = await client.query<RowText>({ name: 'log-look', text: lookSql, values: [after] })
  assertGapless(rows, after)
  return rows
}
