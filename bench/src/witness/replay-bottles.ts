import type { Act } from './history.ts'
import { sameRevoked, type Fault } from './replay-fault.ts'
import { keyOf, take, type ReplayBottle, type World } from './world.ts'

/** What a bottle has by its format and was not poured. */
function rest({ formatMl, pouredMl }: ReplayBottle): number {
  return Math.max(0, formatMl - pouredMl)
}

/** Whether something could be thrown away. */
export function isLeft(world: World, bottleId: string): boolean {
  const bottle = world.bottles.get(bottleId)
  return bottle !== undefined && !bottle.isDiscarded && rest(bottle) > 0
}

export function open(world: World, act: Extract<Act, { kind: 'openBottle' }>): Fault | undefined {
  const revoked: string[] = []
  if (act.seen !== true) take(world, keyOf(act.at), 1, revoked)
  const { bottleId, formatMl } = act
  if (bottleId === undefined) return { kind: 'wrong-answer', what: 'an opened bottle names its id' }
  if (world.bottles.has(bottleId)) return { kind: 'twice', what: `the bottle ${bottleId} was opened twice` }
  world.bottles.set(bottleId, { formatMl, pouredMl: 0, isDiscarded: false })
  return sameRevoked(revoked, act.revoked)
}

export function pour(world: World, { bottleId, ml, told }: Extract<Act, { kind: 'pour' }>): Fault | undefined {
  const bottle = world.bottles.get(bottleId)
  if (!bottle) return { kind: 'granted-in-vain', what: `there is no open bottle ${bottleId}` }
  const over = ml - Math.min(ml, rest(bottle))
  bottle.pouredMl += ml
  if (!told || (told.over === over && told.poured === bottle.pouredMl)) return undefined
  const ours = `${bottle.pouredMl} ml poured and ${over} over`
  return {
    kind: 'wrong-answer',
    what: `of ${bottleId} ${told.poured} ml were poured and ${told.over} over, where the history leads to ${ours}`,
  }
}

export function throwAway(
  world: World,
  { bottleId, thrownAwayMl }: Extract<Act, { kind: 'discard' }>,
): Fault | undefined {
  const bottle = world.bottles.get(bottleId)
  if (!bottle || !isLeft(world, bottleId)) {
    return { kind: 'granted-in-vain', what: `nothing of the bottle ${bottleId} was left to throw away` }
  }
  bottle.isDiscarded = true
  return thrownAwayMl === undefined || thrownAwayMl === rest(bottle)
    ? undefined
    : {
        kind: 'wrong-answer',
        what: `${thrownAwayMl} ml of ${bottleId} were thrown away, where ${rest(bottle)} were left`,
      }
}
