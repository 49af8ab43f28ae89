import type { OrderRequest } from '@cellarhand/protocol/order'
import type { HoldRequest } from '@cellarhand/protocol/stock'
import type { Config } from '../platform/config.ts'
import type { Command } from '../stock/stock.ts'

/** Where a hold line goes that names no channel. */
export const DEFAULT_CHANNEL = 'web'

/** The command of a request that its schema has passed; or what is wrong with it that no schema could say. */
export type CommandOr<Wrong> = Command | Wrong

/** How long holds may live. */
type HoldLife = Pick<Config, 'holdTtlDefaultS' | 'holdTtlMaxS'>

/** A hold, as the configuration lets it live; or what is wrong with the request. */
export function holdCommand(config: HoldLife, body: HoldRequest): CommandOr<string> {
  const { ttlSeconds = config.holdTtlDefaultS, lines, customer } = body
  if (lines.some((line) => line.allotment !== undefined && line.from !== undefined)) {
    return 'A line draws on an allotment or on what is expected, not on both.'
  }
  const tooLong = ttlProblem(config, ttlSeconds)
  if (tooLong !== undefined) return tooLong
  return {
    kind: 'hold',
    lines: lines.map((line) => ({
      sku: line.sku,
      quantity: line.quantity,
      channel: line.channel ?? DEFAULT_CHANNEL,
      ...(line.location === undefined ? {} : { location: line.location }),
      ...(line.allotment === undefined ? {} : { allotment: line.allotment }),
      ...(line.from === undefined ? {} : { from: line.from }),
      ...(line.lot === undefined ? {} : { lot: line.lot }),
      ...(line.expectedPrice === undefined ? {} : { expectedPrice: line.expectedPrice }),
    })),
    ttlSeconds,
    ...(customer === undefined ? {} : { customer }),
  }
}

/** A longer life for a hold; or what is wrong with the request. */
export function extendCommand(config: HoldLife, holdId: string, ttlSeconds: number): CommandOr<string> {
  return ttlProblem(config, ttlSeconds) ?? { kind: 'extend', holdId, ttlSeconds }
}

function ttlProblem({ holdTtlMaxS }: HoldLife, ttlSeconds: number): string | undefined {
  return ttlSeconds > holdTtlMaxS ? `body/ttlSeconds must be <= ${holdTtlMaxS}.` : undefined
}

/** An order out of a hold; or what is wrong with the request. */
export function orderCommand({ holdId, externalRef, ...terms }: OrderRequest): CommandOr<string> {
  if (terms.fulfilment === 'ship' && terms.destination === undefined) {
    return 'Say where it is to be shipped, with body/destination.'
  }
  return { kind: 'order', holdId, ...(externalRef === undefined ? {} : { reference: externalRef }), terms }
}
