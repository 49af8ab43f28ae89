import type pg from 'pg'
import { installedSecret } from '../access/access.ts'
import { readCertificates } from '../platform/certificates.ts'
import { settings, type Config } from '../platform/config.ts'
import type { Log } from '../platform/logger.ts'
import { must } from '../platform/must.ts'
import { SetupError } from '../platform/setup-error.ts'
import { openRemoteStock } from '../remote-stock/remote-stock.ts'
import type { Stock } from '../stock/stock.ts'

/** The secret that opens the inner door of stock: whoever is on the database has it. */
export const stockDoorSecret = (pool: pg.Pool): Promise<string> => installedSecret(pool, 'stock-door')

/** A gateway without stock is none. */
export function requireStockUrl({ stockUrl }: Config): void {
  if (stockUrl !== undefined) return
  throw new SetupError(
    `serve gateway needs ${settings.stockUrl.env}: where serve stock is, such as grpc://127.0.0.1:7001.`,
  )
}

/** Stock in another process, at the address of the settings. */
export async function openStockElsewhere(config: Config, pool: pg.Pool, log: Log): Promise<Stock> {
  return openRemoteStock(must(config.stockUrl, 'the address of stock'), {
    nowMs: () => performance.now(),
    secret: await stockDoorSecret(pool),
    ca: await readCertificates(config.stockCa, 'stock'),
    deadlineMs: config.commandDeadlineMs,
    maxQueue: config.batchQueueMax,
    onTrouble: (error) => log.warn({ err: error }, 'the line to stock was lost'),
  })
}
