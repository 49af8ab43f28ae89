import type { Act } from './history.ts'
import type { Fault } from './replay-fault.ts'
import { give, keyOf, levelOf, type World } from './world.ts'

type Repack = Extract<Act, { kind: 'repack' }>

/** Whether fewer are available than are to be broken. */
export function isFewToBreak(world: World, { broken }: Repack): boolean {
  const wanted = new Map<string, number>()
  for (const line of broken) wanted.set(keyOf(line), (wanted.get(keyOf(line)) ?? 0) + line.quantity)
  return [...wanted].some(([key, quantity]) => levelOf(world, key).available < quantity)
}

/** What is broken leaves what is available; what is built of it fills what is short first. */
export function repack(world: World, act: Repack): Fault | undefined {
  const few = isFewToBreak(world, act)
  for (const line of act.broken) levelOf(world, keyOf(line)).available -= line.quantity
  for (const line of act.built) give(levelOf(world, keyOf(line)), line.quantity)
  return few ? { kind: 'oversold', what: 'a repack broke more than was available' } : undefined
}
