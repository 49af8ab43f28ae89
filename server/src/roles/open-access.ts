import type pg from 'pg'
import { openAccess, openToAll, type Access } from '../access/access.ts'
import type { Config } from '../platform/config.ts'
import { systemIds } from '../platform/ids.ts'

/** Accounts as the settings want them. */
export function openConfiguredAccess(
  config: Config,
  pool: pg.Pool,
  door: { signal: AbortSignal; onError: (error: unknown) => void },
): Promise<Access> {
  if (config.auth === 'off') return Promise.resolve(openToAll())
  return openAccess(pool, { ...door, nowMs: Date.now, newId: systemIds.newId, issuer: undefined })
}
