import type pg from 'pg'
import { installedSecret } from '../access/access.ts'
import { openConduct, type Conduct, type ConductDoor, type Paces } from '../conduct/conduct.ts'
import type { LogWatcher } from '../replica/replica.ts'
import type { Config } from '../platform/config.ts'
import { systemClock } from '../platform/ids.ts'
import { createSeal } from '../platform/seal.ts'

/** Conduct as the settings have it. Where it does not matter who asks, nobody is watched. */
export async function openConfiguredConduct(
  config: Pick<Config, 'auth' | 'suspicionPercent'>,
  pool: pg.Pool,
  door: Pick<ConductDoor, 'paces' | 'signal' | 'onError'>,
): Promise<Conduct> {
  const conduct = openConduct(pool, {
    ...systemClock,
    percent: config.auth === 'off' ? 0 : config.suspicionPercent,
    seal: createSeal(await installedSecret(pool, 'conduct')),
    ...door,
  })
  await conduct.ready
  return conduct
}

/** A watcher of the log that tells of levels on the way. */
export const withPaces = (watcher: LogWatcher, paces: Paces): LogWatcher => ({
  begins: (epoch, position) => watcher.begins(epoch, position),
  follows(rows) {
    watcher.follows(rows)
    for (const { changes } of rows) paces.follows(changes)
  },
})
