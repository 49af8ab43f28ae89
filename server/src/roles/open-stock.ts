import type pg from 'pg'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { ChannelState, CommittedRow, Notifier } from '../log/log.ts'
import type { Config } from '../platform/config.ts'
import { systemIds } from '../platform/ids.ts'
import { sleep } from '../platform/loop.ts'
import type { Replica } from '../replica/replica.ts'
import { stockStarterCellar } from '../starter/starter.ts'
import {
  openStock,
  putChannel,
  putLocation,
  putRecipe,
  readPrices,
  readSettings,
  type SalesPolicy,
  type Stock,
} from '../stock/stock.ts'
import type { Base } from './serving.ts'

/** Stock with the limits of the settings, on the machine's clock. */
export function openConfiguredStock(
  config: Config,
  url: string,
  policy: SalesPolicy,
  tell: {
    onCommitted: (commands: number, effects: number, row: CommittedRow | undefined) => void
    onTrouble: (error: unknown, what: string) => void
  },
): Stock {
  return openStock(url, {
    nowMs: () => performance.now(),
    newId: systemIds.newId,
    sleep,
    later: (work) => void setImmediate(work),
    limits: {
      maxCommands: config.batchMaxCommands,
      maxLines: config.batchMaxCommands,
      maxQueue: config.batchQueueMax,
      deadlineMs: config.commandDeadlineMs,
      holdLifeMaxS: config.holdLifeMaxS,
    },
    policy,
    onCommitted: (done, commands) => tell.onCommitted(commands, done.effects.length, done.row),
    onTrouble: tell.onTrouble,
  })
}

/** Who is told of commits in this process. */
interface Listeners {
  readonly notifier: Notifier
  /** undefined: this process has none */
  readonly replica?: Replica
}

/** Stock whose commits the replicas here and elsewhere are told of at once. */
export function openStockTelling(
  { config, url, policy, log, measures, sharing }: Base,
  { notifier, replica }: Listeners,
): Stock {
  return openConfiguredStock(config, url, policy, {
    onCommitted(commands, effects, row) {
      measures.committed(commands, effects)
      if (!row) return
      sharing?.bus.tell(row)
      replica?.committed(row)
      notifier.committed(row.position)
    },
    onTrouble(error, what) {
      measures.trouble(what)
      log.warn({ err: error, remedy: what }, 'a batch met trouble')
    },
  })
}

/** The starter cellar, the first time. */
export async function fillStarter({
  pool,
  stock,
  catalogue,
  say,
}: {
  readonly pool: pg.Pool
  readonly stock: Stock
  readonly catalogue: Catalogue
  readonly say: (line: string) => void
}): Promise<void> {
  const beganMs = performance.now()
  const stocked = await stockStarterCellar({
    pool,
    stock,
    catalogue,
    ...importDoors(pool),
    putLocation: (location) => putLocation(pool, location),
    putChannel: (channel) => putChannel(pool, channel),
    putRecipe: (recipe) => putRecipe(pool, recipe),
  })
  if (stocked.kind === 'already') return
  const seconds = ((performance.now() - beganMs) / 1000).toFixed(1)
  say(`Stocked the starter cellar: ${stocked.skus} SKUs, ${stocked.counts} levels (${seconds} s).`)
}

/** What an import needs of stock beside the batcher: settings and current prices. */
export function importDoors(pool: pg.Pool) {
  return {
    settings: () => readSettings(pool),
    ensureChannel: async (channel: ChannelState) => {
      const { channels } = await readSettings(pool)
      if (!channels.some((one) => one.id === channel.id)) await putChannel(pool, channel)
    },
    currentPrices: (skus: readonly string[], channel: string) => readPrices(pool, channel, skus),
    nowMs: () => Date.now(),
  }
}
