import type pg from 'pg'
import { installedSecret, openAccess, openToAll, type Access } from '../access/access.ts'
import { createLimits, type Limits } from '../limits/limits.ts'
import type { Config } from '../platform/config.ts'
import { createSeal } from '../platform/seal.ts'
import type { Sharing } from './sharing.ts'
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

/** How much anybody may ask for. Where it does not matter who asks, it does not matter how often. */
export async function openLimits(config: Config, pool: pg.Pool, sharing: Sharing | undefined): Promise<Limits> {
  return createLimits({
    nowMs: Date.now,
    percent: config.auth === 'off' ? 0 : config.ratePercent,
    seal: createSeal(await installedSecret(pool, 'rates')),
    sharing: sharing && { carrier: sharing.redis, seal: sharing.seal, self: sharing.self },
  })
}
