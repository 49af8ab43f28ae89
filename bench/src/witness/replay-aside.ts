import type { Act, ViolationKind } from './history.ts'
import { allot, give, keyOf, levelOf, take, type ReplayLevel, type World } from './world.ts'

/** What is wrong with an act at its place. */
export interface Fault {
  readonly kind: ViolationKind
  readonly what: string
}

type Taking = Extract<Act, { kind: 'receive' | 'sale' | 'writeOff' | 'quarantine' }>

/** Bottles that went, or were set aside: of what stood aside first where the fact says so. What a count has seen changes nothing on hand. */
export function takeAll(world: World, { kind, lines, seen, aside, revoked: told }: Taking): Fault | undefined {
  const revoked: string[] = []
  for (const line of lines) {
    const level = levelOf(world, keyOf(line))
    const there = aside === undefined ? 0 : Math.min(line.quantity, standingAside(level, aside))
    if (aside !== undefined) moveAside(level, aside, -there)
    if (kind === 'quarantine') level.quarantined += line.quantity
    if (seen === true) give(level, there)
    else take(world, keyOf(line), line.quantity - there, revoked)
  }
  return sameRevoked(revoked, told)
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

export function sameRevoked(revoked: readonly string[], told: readonly string[] | undefined): Fault | undefined {
  if (told === undefined) return undefined
  const [ours, theirs] = [new Set(revoked), new Set(told)]
  const same = ours.size === theirs.size && [...ours].every((id) => theirs.has(id))
  const what = () =>
    `revoked ${[...theirs].join(', ') || 'nothing'}, where the rules revoke ${[...ours].join(', ') || 'nothing'}`
  return same ? undefined : { kind: 'wrong-answer', what: what() }
}
