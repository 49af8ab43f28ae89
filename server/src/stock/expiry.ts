import type pg from 'pg'
import { every } from '../platform/loop.ts'
import type { Stock } from './submission.ts'

/** Holds go back within a second of their time; four looks a second leave room for the batch itself. */
const LOOK_EVERY_MS = 250
/** Holds of one look: two transactions' worth. What is left over is taken at the next. */
const MOST_AT_ONCE = 1_000

/**
 * Gives expired holds back, through the same batcher as everything else, and frees what a revocation left at other levels. Any
 * number of processes may run it: who comes second finds nothing to do. Resolves when `signal` aborts.
 */
export function expireHolds(
  pool: pg.Pool,
  stock: Stock,
  options: { signal: AbortSignal; onError: (error: unknown) => void },
): Promise<void> {
  return every(LOOK_EVERY_MS, () => expireOnce(pool, stock), options)
}

async function expireOnce(pool: pg.Pool, stock: Stock): Promise<void> {
  const { rows } = await pool.query<{ id: string; kind: 'expire' | 'free' }>({
    name: 'due-holds',
    text: 'select id, kind from stock.due_holds($1)',
    values: [MOST_AT_ONCE],
  })
  const outcomes = await Promise.allSettled(
    rows.map(({ id, kind }) =>
      stock.submit({ command: { kind, holdId: id }, caller: 'cellarhand', actor: 'cellarhand' }),
    ),
  )
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed) throw failed.reason
}
