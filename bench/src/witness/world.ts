import type { AskedLine, LevelLine } from './history.ts'

/** A level as the rules have it after what was replayed so far. Quantities may leave their bounds only after a violation. */
export interface ReplayLevel {
  available: number
  held: number
  committed: number
  quarantined: number
  short: number
  /** Expected, and promised to nobody. */
  incoming: number
  incomingCommitted: number
  /** What is left in each allotment. */
  readonly allotments: Map<string, number>
  /** Holds with a live line here, oldest first; those that have ended are taken out when they are come across. */
  readonly holds: string[]
}

export interface ReplayLine extends LevelLine {
  freed: boolean
  /** Of a commitment: what is neither shipped nor cancelled. */
  outstanding: number
  /** Bottles of it that are expected, and not there yet; of `outstanding` too. */
  pending: number
  /** Of a commitment: what was handed over and did not come back. */
  outside: number
  /** Where it goes back to. */
  readonly allotment?: string | undefined
}

export interface ReplayHold {
  state: 'active' | 'revoked' | 'released' | 'expired' | 'committed'
  readonly lines: readonly ReplayLine[]
}

/** What is on its way, by SKU. */
export interface ReplayTransfer {
  readonly from: string
  readonly to: string
  readonly left: Map<string, number>
}

/** What a supplier still owes, line by line. */
export interface ReplayPurchase {
  readonly location: string
  readonly lines: readonly { readonly sku: string; left: number }[]
}

/** An open bottle, in ml. */
export interface ReplayBottle {
  readonly formatMl: number
  pouredMl: number
  isDiscarded: boolean
}

export interface World {
  readonly levels: Map<string, ReplayLevel>
  readonly holds: Map<string, ReplayHold>
  readonly transfers: Map<string, ReplayTransfer>
  readonly purchases: Map<string, ReplayPurchase>
  /** Commitments that may wait for what is expected, oldest first. */
  waiting: string[]
  /** Holds that are orders, and which of them has a reference. */
  readonly orders: Set<string>
  readonly references: Map<string, string>
  readonly bottles: Map<string, ReplayBottle>
}

export function keyOf(line: { readonly sku: string; readonly location: string }): string {
  return `${line.sku}@${line.location}`
}

export function emptyLevel(): ReplayLevel {
  const states = { available: 0, held: 0, committed: 0, quarantined: 0, short: 0, incoming: 0, incomingCommitted: 0 }
  return { ...states, allotments: new Map(), holds: [] }
}

export function allocated(level: ReplayLevel): number {
  return [...level.allotments.values()].reduce((sum, left) => sum + left, 0)
}

/** What a level has, state by state. */
export function quantitiesOf(level: ReplayLevel) {
  const { available, held, committed, quarantined, short, incoming, incomingCommitted } = level
  return { available, held, committed, allocated: allocated(level), quarantined, short, incoming, incomingCommitted }
}

/** More or fewer bottles in an allotment. */
export function allot(level: ReplayLevel, allotment: string, delta: number): void {
  level.allotments.set(allotment, (level.allotments.get(allotment) ?? 0) + delta)
}

/** What a level has for a line: what is available, or what is expected, or what is left in an allotment. */
function free(level: ReplayLevel | undefined, { allotment, awaited }: AskedLine): number {
  if (awaited) return level?.incoming ?? 0
  return (allotment === undefined ? level?.available : level?.allotments.get(allotment)) ?? 0
}

export function levelOf(world: World, key: string): ReplayLevel {
  let level = world.levels.get(key)
  if (!level) {
    level = emptyLevel()
    world.levels.set(key, level)
  }
  return level
}

export type FilledLine = LevelLine & { readonly allotment: string | undefined; readonly awaited: boolean }

/** Fills the asked lines in order; undefined when there are too few bottles. */
export function filled(world: World, asked: readonly AskedLine[]): FilledLine[] | undefined {
  const lines: FilledLine[] = []
  const taken = new Map<string, number>()
  for (const line of asked) {
    const { sku, from, quantity, keep = 0, allotment, awaited = false } = line
    const source = `${allotment} ${awaited}`
    const left = (location: string) => {
      const key = `${sku}@${location}`
      return free(world.levels.get(key), line) - (taken.get(`${key} ${source}`) ?? 0)
    }
    let wanted = quantity
    if (from.reduce((sum, location) => sum + left(location), 0) - keep < quantity) return undefined
    for (const location of from) {
      const part = Math.min(wanted, Math.max(0, left(location)))
      if (part === 0) continue
      lines.push({ sku, location, quantity: part, allotment, awaited })
      const key = `${sku}@${location} ${source}`
      taken.set(key, (taken.get(key) ?? 0) + part)
      wanted -= part
    }
  }
  return lines
}

/** Keeps a level's list short where holds end in the order they were made in, or the newest first. */
export function tidyHolds(world: World, key: string): void {
  const { holds } = levelOf(world, key)
  for (let last = holds.at(-1); last !== undefined; last = holds.at(-1)) {
    if (world.holds.get(last)?.lines.some((line) => !line.freed && keyOf(line) === key)) return
    holds.pop()
  }
}

/** A line's bottles go back to where it had them from. */
export function freeLine(level: ReplayLevel, line: ReplayLine): void {
  const held = unpromise(level, line)
  if (line.allotment === undefined) give(level, held)
  else allot(level, line.allotment, held)
}

/** A line of a hold ends, and what it waits for is anybody's. Returns what it had, which is still to be given to somebody. */
function unpromise(level: ReplayLevel, line: ReplayLine): number {
  const held = line.quantity - line.pending
  line.freed = true
  level.held -= held
  level.incomingCommitted -= line.pending
  level.incoming += line.pending
  return held
}

/** A fact needs a line's bottles: they fill what is short, and the rest is anybody's. */
function revokeLine(level: ReplayLevel, line: ReplayLine): void {
  give(level, unpromise(level, line))
}

/** What is short is filled before anything is available, or back in its allotment. */
export function give(level: ReplayLevel, quantity: number, allotment?: string): void {
  const part = Math.min(quantity, -level.short)
  level.short += part
  if (allotment === undefined) level.available += quantity - part
  else allot(level, allotment, quantity - part)
}

function liveLines(world: World, id: string, key: string): readonly ReplayLine[] {
  return world.holds.get(id)?.lines.filter((line) => !line.freed && keyOf(line) === key) ?? []
}

/** A hold loses what it has and waits for at a level. */
export function revoke(world: World, id: string, key: string): void {
  const level = levelOf(world, key)
  for (const line of liveLines(world, id, key)) revokeLine(level, line)
  const hold = world.holds.get(id)
  if (hold) hold.state = 'revoked'
  level.holds.splice(level.holds.lastIndexOf(id), 1)
}

/** From available, then from the newest holds, then from short. Adds the holds it revoked. */
export function take(world: World, key: string, quantity: number, revoked: string[]): void {
  const level = levelOf(world, key)
  while (level.available < quantity) {
    tidyHolds(world, key)
    const newest = level.holds.findLast((id) => liveLines(world, id, key).some((line) => line.pending < line.quantity))
    if (newest === undefined) break
    revoke(world, newest, key)
    revoked.push(newest)
  }
  const taken = Math.min(quantity, Math.max(0, level.available))
  level.available -= taken
  level.short -= quantity - taken
}

/** By line: how much of a commitment's outstanding bottles an act would take, which has to be there to be shipped; undefined when there are too few. */
export function parts(
  hold: ReplayHold,
  lines: readonly LevelLine[] | undefined,
  kind: 'ship' | 'cancel',
): Map<ReplayLine, number> | undefined {
  const takes = new Map<ReplayLine, number>()
  if (!lines) {
    for (const line of hold.lines) if (line.outstanding > 0) takes.set(line, line.outstanding)
    if (kind === 'ship' && hold.lines.some((line) => line.pending > 0)) return undefined
    return takes.size > 0 ? takes : undefined
  }
  for (const wanted of lines) {
    let left = wanted.quantity
    for (const line of hold.lines) {
      if (keyOf(line) !== keyOf(wanted)) continue
      const there = kind === 'ship' ? line.outstanding - line.pending : line.outstanding
      const part = Math.min(left, there - (takes.get(line) ?? 0))
      if (part > 0) takes.set(line, (takes.get(line) ?? 0) + part)
      left -= part
    }
    if (left > 0) return undefined
  }
  return takes
}

/** Closes a switch over a union: a new member that is not handled does not compile. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`)
}
