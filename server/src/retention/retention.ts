import type pg from 'pg'
import { dueLogParts, logTable, makeLogParts, readLogParts } from '../log/log.ts'
import { every } from '../platform/loop.ts'
import { connectToDrop, dropPart, finishDrops, type AgedPart } from '../platform/postgres/partitions.ts'
import { answersTable, beginAnswerPeriod, dueAnswerParts, readAnswerParts } from '../stock/stock.ts'

// The module's door: keeps the log and the answers under keys for as long as they are wanted, partition by partition, and no writer waits.
export type { AgedPart } from '../platform/postgres/partitions.ts'

/** For how long: days at least, and 0 for ever. */
export interface Keep {
  readonly logRetentionDays: number
  readonly keyRetentionDays: number
}

/** Once a minute: a log grows by tens of thousands of positions in it, and has two million in hand. */
const LOOK_EVERY_MS = 60_000

/** Makes what has to be there before it is written to. To be called before a server takes commands, and every so often. */
export async function makeReady(pool: pg.Pool, keep: Keep): Promise<void> {
  await makeLogParts(pool)
  await beginAnswerPeriod(pool, keep.keyRetentionDays)
}

/** Every partition, as it is, and what is to become of it. Changes nothing. */
export async function readAged(database: Pick<pg.ClientBase, 'query'>, keep: Keep): Promise<AgedPart[]> {
  const log = await readLogParts(database, keep.logRetentionDays)
  return [...log, ...(await readAnswerParts(database, keep.keyRetentionDays))]
}

/**
 * Drops what is older than what is to be kept, and ends what a kill has left of such. One process at a time.
 *
 * @param options.onDropped told of each, by its name
 * @param options.signal cuts the connection off; what is half done is ended by the next
 * @returns false where another process is at it
 */
export async function dropOld(
  url: string,
  keep: Keep,
  options: { onDropped: (name: string) => void; signal?: AbortSignal },
): Promise<boolean> {
  const client = await connectToDrop(url)
  const stop = () => void client.end().catch(() => {})
  options.signal?.addEventListener('abort', stop, { once: true })
  try {
    const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock(1280262987, 4) as taken')
    if (!rows[0]?.taken) return false
    // Whoever reads one of them for hours keeps the other from nothing.
    const ends = [
      await settled(dropDue(client, logTable, () => dueLogParts(client, keep.logRetentionDays), options.onDropped)),
      await settled(
        dropDue(client, answersTable, () => dueAnswerParts(client, keep.keyRetentionDays), options.onDropped),
      ),
    ]
    for (const end of ends) if (end.status === 'rejected') throw end.reason
    return true
  } catch (error) {
    options.signal?.throwIfAborted()
    throw error
  } finally {
    options.signal?.removeEventListener('abort', stop)
    await client.end().catch(() => {})
  }
}

async function settled(work: Promise<void>): Promise<PromiseSettledResult<void>> {
  const [end] = await Promise.allSettled([work])
  return end
}

async function dropDue(
  client: pg.Client,
  table: string,
  due: () => Promise<AgedPart[]>,
  onDropped: (name: string) => void,
): Promise<void> {
  for (const name of await finishDrops(client, table)) onDropped(name)
  for (const part of await due()) {
    await dropPart(client, table, part)
    onDropped(part.name)
  }
}

/** Looks after all of it until `signal` aborts. To be run by every server. */
export function keepRetention(
  url: string,
  pool: pg.Pool,
  keep: Keep,
  options: { signal: AbortSignal; onError: (error: unknown) => void; onDropped: (name: string) => void },
): Promise<void> {
  const { signal, onDropped } = options
  const look = async () => {
    await makeReady(pool, keep)
    if (!signal.aborted) await dropOld(url, keep, { signal, onDropped })
  }
  const onError = (error: unknown) => {
    if (!signal.aborted) options.onError(error)
  }
  return every(LOOK_EVERY_MS, look, { signal, onError })
}
