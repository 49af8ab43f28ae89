import { RolledBack } from './transaction.ts'
import { LevelsMissing, OrdersMoved, SettingsMoved } from './load.ts'

/** What to do about a batch that failed. Nobody of it has been told anything, and nothing of it is committed unless `lost`. */
export type Remedy =
  /** Make the rows, and again. */
  | 'insert-levels'
  /** Read the settings, and again. */
  | 'read-settings'
  /** It is known by now which orders it names: again, with their levels. */
  | 'lock-orders'
  /** Some level is held by another: find it, set its commands aside, and again with the others. */
  | 'set-aside'
  /** Somebody else's turn came first: again as it is. */
  | 'again'
  /** The connection is gone, and with it perhaps the answer of a commit: connect, and again. The keys tell what had happened. */
  | 'lost'
  /** The database has no room: nothing is committed, and trying at once would not help. */
  | 'no-room'
  /** One of the commands is at fault: halve the batch until it stands alone. */
  | 'bisect'

const byCode: ReadonlyMap<string, Remedy> = new Map([
  ['55P03', 'set-aside'],
  ['40P01', 'again'],
  ['40001', 'again'],
  // Our guard (see stock.expect): a row was not as it was under the lock. Again shows whether that lasts.
  ['CH001', 'again'],
  // A key that another process wrote in the meantime: this time it will be found.
  ['23505', 'again'],
  ['57014', 'again'],
  ['25006', 'lost'],
])

const byClass: ReadonlyMap<string, Remedy> = new Map([
  ['53', 'no-room'],
  ['57', 'lost'],
  ['08', 'lost'],
  ['58', 'no-room'],
])

/** Tells failures apart by PostgreSQL's SQLSTATE; without one it was the connection that failed, or our own code. */
export function remedyFor(error: unknown, sessionAlive: boolean): Remedy {
  if (error instanceof LevelsMissing) return 'insert-levels'
  if (error instanceof SettingsMoved) return 'read-settings'
  if (error instanceof OrdersMoved) return 'lock-orders'
  if (error instanceof RolledBack) return 'again'
  const code = (error as { code?: unknown }).code
  if (typeof code === 'string' && code.length === 5 && !/^E[A-Z]+$/.test(code)) {
    return byCode.get(code) ?? byClass.get(code.slice(0, 2)) ?? 'bisect'
  }
  if (!sessionAlive || typeof code === 'string') return 'lost'
  return isDriverError(error) ? 'lost' : 'bisect'
}

function isDriverError(error: unknown): boolean {
  return error instanceof Error && /timeout|connection|not queryable|client was closed/i.test(error.message)
}
