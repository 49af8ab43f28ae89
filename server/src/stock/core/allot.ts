import type { Command } from './command.ts'
import type { Context } from './context.ts'
import { draftLevel, give, inAllotment, move, noteAllotment, openDraft } from './draft.ts'
import { refuse, type Ask, type Decision } from './effect.ts'
import { settled } from './settle.ts'

/**
 * Sets bottles aside for a purpose (a marketplace, a club, a campaign), or gives them back. Requests: an allotment takes no more than is
 * available, and gives no more than it has.
 */
export function decideAllotment(
  context: Context,
  ask: Ask,
  command: Extract<Command, { kind: 'allocate' | 'deallocate' }>,
): Decision {
  const { allotment, location } = command
  if (!context.locations.has(location)) return refuse('unknown-location', `There is no location ${location}.`)
  const draft = openDraft(context)
  for (const { sku, quantity } of command.lines) {
    const level = draftLevel(draft, sku, location)
    const left = command.kind === 'allocate' ? level.available : inAllotment(draft, level, allotment)
    if (left < quantity) {
      return command.kind === 'allocate'
        ? refuse('insufficient-stock', `Of ${sku} ${quantity} were asked for and ${left} are available.`, {
            lines: [{ sku, requested: quantity, available: left }],
          })
        : refuse('insufficient-allotment', `Of ${sku} ${left} are left in ${allotment}, fewer than ${quantity}.`, {
            lines: [{ sku, requested: quantity, available: left }],
          })
    }
    if (command.kind === 'allocate') move(draft, level, 'available', 'allocated', quantity)
    else give(draft, level, 'allocated', quantity)
    noteAllotment(draft, level, allotment, command.kind === 'allocate' ? quantity : -quantity)
  }
  return settled(ask, draft, command)
}
