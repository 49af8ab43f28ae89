import type { AskedLine, LevelLine } from './history.ts'

/** A level as the rules have it after what was replayed so far. Quantities may leave their bounds only after a violation. */
export interface ReplayLevel {
  available: number
  held: number
  committed: number
  short: number
  /** Holds with a live line here, oldest first; those that have ended are taken out when they are come across. */
  readonly holds: string[]
}

export interface ReplayLine extends LevelLine {
  freed: boolean
  /** Of a commitment: what is neither shipped nor cancelled. */
  outstanding: number
}

export interface ReplayHold {
  state: 'active' | 'revoked' | 'released' | 'expired' | 'committed'
  readonly lines: readonly ReplayLine[]
}

export interface World {
  readonly levels: Map<string, ReplayLevel>
  readonly holds: Map<string, ReplayHold>
}

export function keyOf(line: { readonly sku: string; readonly location: string }): string {
  return `${line.sku}@${line.location}`
}

export function levelOf(world: World, key: string): ReplayLevel {
  let level = world.levels.get(key)
  if (!level) {
    level = { available: 0, held: 0, committed: 0, short: 0, holds: [] }
    world.levels.set(key, level)
  }
  return level
}

/** Fills the asked lines in order; undefined when there are too few bottles. */
export function filled(world: World, asked: readonly AskedLine[]): LevelLine[] | undefined {
  const lines: LevelLine[] = []
  const taken = new Map<string, number>()
  for (const { sku, from, quantity, keep = 0 } of asked) {
    const left = (location: string) => {
      const key = `${sku}@${location}`
      return (world.levels.get(key)?.available ?? 0) - (taken.get(key) ?? 0)
    }
    let wanted = quantity
    if (from.reduce((sum, location) => sum + left(location), 0) - keep < quantity) return undefined
    for (const location of from) {
      const part = Math.min(wanted, Math.max(0, left(location)))
      if (part === 0) continue
      lines.push({ sku, location, quantity: part })
      taken.set(`${sku}@${location}`, (taken.get(`${sku}@${location}`) ?? 0) + part)
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

export function freeLine(level: ReplayLevel, line: ReplayLine): void {
  line.freed = true
  level.held -= line.quantity
  level.available += line.quantity
}

/** What is short is filled before anything is available. */
export function give(level: ReplayLevel, quantity: number): void {
  const part = Math.min(quantity, -level.short)
  level.short += part
  level.available += quantity - part
}

/** From available, then from the newest holds, then from short. Adds the holds it revoked. */
export function take(world: World, key: string, quantity: number, revoked: string[]): void {
  const level = levelOf(world, key)
  while (level.available < quantity && level.holds.length > 0) {
    const id = level.holds.pop() as string
    const hold = world.holds.get(id)
    const lines = hold?.lines.filter((line) => !line.freed && keyOf(line) === key) ?? []
    if (!hold || lines.length === 0) continue
    for (const line of lines) freeLine(level, line)
    hold.state = 'revoked'
    revoked.push(id)
  }
  const taken = Math.min(quantity, Math.max(0, level.available))
  level.available -= taken
  level.short -= quantity - taken
}

/** By line: how much of a commitment's outstanding bottles an act would take; undefined when there are too few. */
export function parts(hold: ReplayHold, lines: readonly LevelLine[] | undefined): Map<ReplayLine, number> | undefined {
  const takes = new Map<ReplayLine, number>()
  if (!lines) {
    for (const line of hold.lines) if (line.outstanding > 0) takes.set(line, line.outstanding)
    return takes.size > 0 ? takes : undefined
  }
  for (const wanted of lines) {
    let left = wanted.quantity
    for (const line of hold.lines) {
      if (keyOf(line) !== keyOf(wanted)) continue
      const part = Math.min(left, line.outstanding - (takes.get(line) ?? 0))
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
