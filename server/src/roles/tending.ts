import type pg from 'pg'
import type { Config } from '../platform/config.ts'
import type { Log } from '../platform/logger.ts'
import { createPool } from '../platform/postgres/database.ts'
import { keepRetention, makeReady } from '../retention/retention.ts'
import { expireHolds, type Stock } from '../stock/stock.ts'

// What somebody has to do for stock all the time, whoever asks for it.

interface Tended {
  readonly log: Log
  readonly signal: AbortSignal
  readonly onError: (error: unknown) => void
}

/**
 * Makes partitions and drops old ones until `signal` aborts; resolves with the promise of its end as soon as there are those that are needed.
 *
 * @param url as whoever owns the tables
 */
export async function startRetention(
  config: Config,
  url: string,
  { log, signal, onError }: Tended,
): Promise<{ readonly ended: Promise<unknown> }> {
  const pool = createPool(url, { applicationName: 'cellarhand retention', max: 1, onError })
  // What it could not make now it makes within the minute, and says so until then.
  await makeReady(pool, config).catch(onError)
  const onDropped = (name: string) => log.info({ name }, 'dropped what is older than what is to be kept')
  const ended = keepRetention(url, pool, config, { signal, onError, onDropped }).finally(() => pool.end())
  return { ended }
}

/** Ends holds whose time has come. The answer stops that. */
export function startExpiry(pool: pg.Pool, stock: Stock, onError: (error: unknown) => void): () => Promise<unknown> {
  const expiring = new AbortController()
  const expiry = expireHolds(pool, stock, { signal: expiring.signal, onError })
  return () => {
    expiring.abort()
    return expiry
  }
}
