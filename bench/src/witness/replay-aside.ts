import { handOverAtTill, tillFault } from './replay-orders.ts'
import type { Act } from './history.ts'
import { sameRevoked, type Fault } from './replay-fault.ts'
import { allot, give, keyOf, levelOf, take, type ReplayLevel, type World } from './world.ts'

type Taking = Extract<Act, { kind: 'receive' | 'sale' | 'writeOff' | 'quarantine' }>

/** Bottles that went, or were set aside: of what stood aside first where the fact says so. What a count has seen changes nothing on hand. */
export function takeAll(world: World, act: Taking): Fault | undefined {
  const { kind, lines, seen, aside, revoked: told, order, orderId } = act
  const fault = kind === 'sale' ? tillFault(world, { order, orderId, lines }) : undefined
  const revoked: string[] = []
  for (const line of lines) {
    const level = levelOf(world, keyOf(line))
    const ordered = handOverAtTill(world, orderId, line)
    const asideOnes = aside === undefined ? 0 : Math.min(line.quantity - ordered, standingAside(level, aside))
    if (aside !== undefined) moveAside(level, aside, -asideOnes)
    const there = ordered + asideOnes
    if (kind === 'quarantine') level.quarantined += line.quantity
    if (seen === true) give(level, there)
    else take(world, keyOf(line), line.quantity - there, revoked)
  }
  return fault ?? sameRevoked(revoked, told)
}

type Aside = NonNullable<Taking['aside']>

function standingAside(level: ReplayLevel, aside: Aside): number {
  return aside === 'quarantined' ? level.quarantined : (level.allotments.get(aside.slice('allotted '.length)) ?? 0)
}

function moveAside(level: ReplayLevel, aside: Aside, delta: number): void {
  if (aside === 'quarantined') level.quarantined += delta
  else if (delta !== 0) allot(level, aside.slice('allotted '.length), delta)
}

type SettingAside = Extract<Act, { kind: 'reinstate' | 'allocate' | 'deallocate' }>

/** Why it could not be, if it could not. */
export function asideFault(world: World, act: SettingAside): Fault | undefined {
  const wanted = new Map<string, number>()
  for (const line of act.lines) wanted.set(keyOf(line), (wanted.get(keyOf(line)) ?? 0) + line.quantity)
  const few = [...wanted].some(([key, quantity]) => {
    const level = levelOf(world, key)
    if (act.kind === 'allocate') return level.available < quantity
    return standingAside(level, asideOf(act)) < quantity
  })
  return few ? { kind: 'oversold', what: `a ${act.kind} took more than there was` } : undefined
}

function asideOf(act: SettingAside): Aside {
  return act.kind === 'reinstate' ? 'quarantined' : `allotted ${act.allotment}`
}

export function setAside(world: World, act: SettingAside): Fault | undefined {
  const fault = asideFault(world, act)
  for (const line of act.lines) {
    const level = levelOf(world, keyOf(line))
    if (act.kind === 'allocate') level.available -= line.quantity
    else give(level, line.quantity)
    moveAside(level, asideOf(act), act.kind === 'allocate' ? line.quantity : -line.quantity)
  }
  return fault
}
