import type pg from 'pg'
import type { Config } from '../platform/config.ts'
import { systemIds } from '../platform/ids.ts'
import { sleep } from '../platform/loop.ts'
import type { ChannelState, CommittedRow } from '../log/log.ts'
import { openStock, putChannel, readPrices, readSettings, type SalesPolicy, type Stock } from '../stock/stock.ts'

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
