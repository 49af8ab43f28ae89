import type { Act, LevelLine } from '@cellarhand/bench/src/witness/history.ts'
import type { Command } from '../../src/stock/core/command.ts'
import type { OrderCommand } from '../../src/stock/core/order.ts'
import { locations, skus } from '../cellar-world.ts'
import type { Known } from './draw.ts'
import type { Chance } from './chance.ts'

/** Few enough that two orders want the same, and that a till names one that is there. */
export const drawReference = (chance: Chance): string => `W-${chance.below(3)}`

export function drawOrder(chance: Chance, holdId: string): Command {
  const reference = chance.percent(60) ? { reference: drawReference(chance) } : {}
  return { kind: 'order', holdId, ...reference, terms: { fulfilment: 'ship', destination: { country: 'DE' } } }
}

/** Something of an order that is known, or of a commitment that is none. */
export function drawOrderAct(
  chance: Chance,
  { orders, commitments, handedOver }: Pick<Known, 'orders' | 'commitments' | 'handedOver'>,
  nowMs: number,
): Command {
  const documentId = (chance.percent(5) ? commitments.at(-1) : orders.at(-1 - chance.below(2))) ?? 'nobody'
  const some = [{ sku: chance.pick(skus), location: chance.pick(locations), quantity: 1 }]
  const lines = chance.percent(40) ? { lines: some } : {}
  switch (handedOver.length > 0 ? chance.below(10) : chance.below(6)) {
    case 0:
      return { kind: chance.pick(['payOrder', 'pickOrder', 'readyOrder', 'deliverOrder'] as const), documentId }
    case 1:
    case 2:
      return { kind: 'shipOrder', documentId, ...lines, tracking: {} }
    case 3:
      return { kind: 'collectOrder', documentId, ...lines }
    case 4:
      return { kind: 'cancelOrder', documentId, ...lines }
    case 5:
      return { kind: chance.pick(['ship', 'cancel'] as const), commitmentId: documentId }
    default:
      return {
        kind: 'returnOrder',
        documentId: handedOver.at(-1 - chance.below(2)) ?? documentId,
        // Late only of one line, so that whether a count had seen it can be told from the answer.
        ...(chance.percent(30)
          ? { lines: some, occurredAtMs: 1_767_225_600_000 + Math.round(nowMs) - chance.below(3_000) }
          : lines),
        ...(chance.percent(30) ? { location: 'cellar' } : {}),
        ...(chance.percent(40) ? { to: 'available' as const } : {}),
      }
  }
}

interface Answered {
  readonly rebased?: boolean
  readonly revokedHolds?: readonly string[]
}

export function isOfOrder(command: Command): command is OrderCommand {
  return command.kind === 'order' || command.kind.endsWith('Order')
}

/** The witness' words for what was asked of an order. */
export function orderActOf(command: OrderCommand, answer: Answered): Act {
  if (command.kind === 'order') {
    const { kind, holdId, reference } = command
    return { kind, holdId, ...(reference === undefined ? {} : { reference }) }
  }
  const { documentId: holdId } = command
  const lines = 'lines' in command && command.lines ? { lines: command.lines as readonly LevelLine[] } : {}
  switch (command.kind) {
    case 'shipOrder':
    case 'collectOrder':
      return { kind: 'ship', holdId, ...lines, isOrder: true }
    case 'cancelOrder':
      return { kind: 'cancel', holdId, ...lines, isOrder: true }
    case 'returnOrder': {
      const { to = 'quarantined' as const, location } = command
      const told = { seen: answer.rebased === true, revoked: answer.revokedHolds ?? [] }
      return { kind: 'returnOrder', holdId, ...lines, to, ...(location === undefined ? {} : { location }), ...told }
    }
    case 'payOrder':
    case 'pickOrder':
    case 'readyOrder':
    case 'deliverOrder':
      return { kind: 'prepareOrder', holdId }
  }
}
