import type pg from 'pg'
import { sleep } from '../platform/loop.ts'
import { connect } from '../platform/postgres/database.ts'
import { createBackoff } from './backoff.ts'
import { createWaker } from './waker.ts'

const channel = 'cellarhand_log'

/** A LISTEN connection whose other side is gone is silent, so it is asked this often whether it lives. */
const heartbeatEveryMs = 5_000
const heartbeatTimeoutMs = 2_000
/** At most one NOTIFY in this time: in every transaction it took the commit rate from 5,607 to 2,305 a second. */
const notifyEveryMs = 5

export interface HintOptions {
  readonly signal: AbortSignal
  readonly onError?: (error: unknown) => void
  /**
   * A name of this process, of letters, digits and hyphens: its notices carry it, and who listens under the same name passes them over. It knows of
   * its own commits, and would look at the log twice for each.
   */
  readonly self?: string
}

/**
 * Listens for other processes' commits and calls `onHint` for each notice, with the position that it tells of, and once after each (re)connection, without
 * one, for what was missed. Heals by itself; hints are only ever a matter of speed. Resolves after the signal aborted.
 */
export async function listenForHints(
  url: string,
  onHint: (position?: number) => void,
  options: HintOptions,
): Promise<void> {
  const { signal } = options
  const backoff = createBackoff()
  while (!signal.aborted) {
    let client: pg.Client | undefined
    try {
      client = await connect(url, { applicationName: 'cellarhand listen', statementTimeoutMs: heartbeatTimeoutMs })
      client.on('notification', ({ payload = '' }) => {
        const [self, position] = payload.split(' ')
        if (options.self === undefined || self !== options.self) onHint(position ? Number(position) : undefined)
      })
      await client.query(`listen ${channel}`)
      backoff.reset()
      onHint()
      await beatUntilLost(client, signal)
    } catch (error) {
      if (!signal.aborted) options.onError?.(error)
    } finally {
      await client?.end().catch(() => {})
    }
    await backoff.wait(signal)
  }
}

/** Resolves when the connection ends or the signal aborts; rejects when a heartbeat is not answered. */
async function beatUntilLost(client: pg.Client, signal: AbortSignal) {
  const lost = new AbortController()
  client.once('end', () => lost.abort())
  const stop = AbortSignal.any([signal, lost.signal])
  while (!stop.aborted) {
    await client.query('select 1')
    await sleep(heartbeatEveryMs, stop)
  }
}

/** Tells other processes that the log has grown. */
export interface Notifier {
  /** To be called after a commit, as often as one likes. Who has seen the position already need not look. */
  committed(position?: number): void
  /** Resolves when its connection is closed. */
  readonly done: Promise<void>
}

/** Sends coalesced notices on a connection of its own, until the signal aborts. What cannot be sent is dropped: followers look anyway. */
export function startNotifier(url: string, options: HintOptions): Notifier {
  const waker = createWaker()
  const news: News = { position: undefined }
  return {
    committed(position) {
      news.position = position
      waker.wake()
    },
    done: runNotifier(url, waker, news, options),
  }
}

interface News {
  /** of the last commit; undefined: nobody knows */
  position: number | undefined
}

async function runNotifier(
  url: string,
  waker: ReturnType<typeof createWaker>,
  news: News,
  options: HintOptions,
): Promise<void> {
  const { signal } = options
  const backoff = createBackoff()
  while (!signal.aborted) {
    let client: pg.Client | undefined
    try {
      client = await connect(url, { applicationName: 'cellarhand notify', statementTimeoutMs: heartbeatTimeoutMs })
      backoff.reset()
      while (!signal.aborted) {
        await waker.wait(heartbeatEveryMs, signal)
        const payload = `${options.self ?? ''} ${news.position ?? ''}`
        if (!signal.aborted) await client.query('select pg_notify($1, $2)', [channel, payload])
        await sleep(notifyEveryMs, signal)
      }
    } catch (error) {
      if (!signal.aborted) options.onError?.(error)
    } finally {
      await client?.end().catch(() => {})
    }
    await backoff.wait(signal)
  }
}
