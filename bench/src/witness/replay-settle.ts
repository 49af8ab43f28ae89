import type { Act, LevelLine } from './history.ts'
import { sameRevoked, type Fault } from './replay-fault.ts'
import { give, keyOf, levelOf, quantitiesOf, take, type World } from './world.ts'

/** What was counted is there, unless a newer count is known. */
export function count(world: World, act: Extract<Act, { kind: 'count' }>): Fault | undefined {
  if (act.seen === true) return undefined
  const revoked: string[] = []
  for (const line of act.lines) {
    const level = levelOf(world, keyOf(line))
    const { available, held, committed, allocated: aside, quarantined, short } = quantitiesOf(level)
    const onHand = available + held + committed + aside + quarantined + short
    const difference = line.counted + (line.carried ?? 0) - onHand
    if (difference >= 0) give(level, difference)
    else take(world, keyOf(line), -difference, revoked)
  }
  return sameRevoked(revoked, act.revoked)
}

/** Somebody puts the books right. */
export function adjust(world: World, lines: readonly LevelLine[]): Fault | undefined {
  const tooFew = lines.some((line) => levelOf(world, keyOf(line)).available < -line.quantity)
  for (const line of lines) {
    const level = levelOf(world, keyOf(line))
    if (line.quantity < 0) level.available += line.quantity
    else give(level, line.quantity)
  }
  return tooFew ? { kind: 'oversold', what: 'an adjustment took more than was available' } : undefined
}
