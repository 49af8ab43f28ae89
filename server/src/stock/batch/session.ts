import type pg from 'pg'
import { readEpoch } from '../../log/log.ts'
import { connectPipelined } from '../../platform/postgres/database.ts'
import type { Statement } from './statement.ts'

/** The batcher's one connection, in pipeline mode. */
export interface Session {
  readonly epoch: string
  /** Sends a statement without waiting for those before it. */
  send(statement: Statement, values?: readonly unknown[]): Promise<pg.QueryResult>
  /** What `sends` sends leaves at once: a write to the socket each took more of a batch's time than deciding it. */
  together<T>(sends: () => T): T
  /** False once the connection is lost. */
  alive(): boolean
  close(): Promise<void>
}

/** Longer than any lock wait; a database that says nothing for this long is treated as lost. */
const STATEMENT_TIMEOUT_MS = 5_000

export async function openSession(url: string, lockTimeoutMs: number): Promise<Session> {
  let alive = true
  const client = await connectPipelined(url, {
    applicationName: 'cellarhand batcher',
    lockTimeoutMs,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    onError: () => {
      alive = false
    },
  })
  client.on('end', () => {
    alive = false
  })
  try {
    // Every look-up here is by key, a few rows each: a plan made while a table was empty must not become a scan of it.
    await client.query('set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off')
    await client.query('set plan_cache_mode = force_generic_plan; set jit = off')
    const epoch = await readEpoch(client)
    return {
      epoch,
      send: (statement, values) => client.query({ ...statement, values: values as unknown[] }),
      together: (sends) => {
        const { stream } = client.connection
        stream.cork()
        try {
          return sends()
        } finally {
          stream.uncork()
        }
      },
      alive: () => alive,
      close: async () => {
        alive = false
        await client.end().catch(() => {})
      },
    }
  } catch (error) {
    await client.end().catch(() => {})
    throw error
  }
}

/**
 * Waits for all of a pipeline, and throws its first cause. Statements behind a failed one only say that the transaction is
 * aborted (25P02): what failed stands before them.
 */
export async function settle(results: readonly Promise<pg.QueryResult>[]): Promise<pg.QueryResult[]> {
  const settled = await Promise.allSettled(results)
  const failure = settled.find((result) => result.status === 'rejected')
  if (failure) throw failure.reason
  return settled.map((result) => (result as PromiseFulfilledResult<pg.QueryResult>).value)
}
