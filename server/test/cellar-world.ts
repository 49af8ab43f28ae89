import { expect } from 'vitest'
import { isOnHand, isPhysical, movementsOfKind, stateAccounts } from '../src/stock/core/accounts.ts'
import type { Command, Price } from '../src/stock/core/command.ts'
import {
  allotmentKey,
  emptyLevel,
  levelKey,
  onHand,
  priceKey,
  settingsContext,
  type Context,
  type LevelState,
} from '../src/stock/core/context.ts'
import { decide, evolve, physicalChanges } from '../src/stock/core/decide.ts'
import { inTransit } from '../src/stock/core/transfer.ts'
import type { Decision, Effect } from '../src/stock/core/effect.ts'
import type { SettingsState } from '../src/log/log.ts'

/** 2026-01-01, in microseconds: when worlds begin. */
export const worldBeganUs = 1_767_225_600_000_000
export const skus = ['A', 'B', 'C'] as const
export const locations = ['shop', 'cellar', 'bond'] as const
export const tenEuros: Price = { amountMinor: 1_000, currency: 'EUR', taxIncluded: true, dutyIncluded: true }

const channel = { name: 'A channel', currency: 'EUR', duty: 'paid', showMax: 24, lowAt: 6 } as const
const bonded = { kind: 'bonded', duty: 'in_bond' } as const
const place = { name: 'A place', kind: 'shop', duty: 'paid', owner: 'house' } as const

/** Channel `web` sells from the shop, then the cellar, and never the last two; `counter` from the shop, all of it; `bonded` from the bonded store. */
export const worldSettings: SettingsState = {
  version: 1,
  locations: locations.map((id) => ({ id, ...place, ...(id === 'bond' ? bonded : {}) })),
  channels: [
    { id: 'web', ...channel, locations: ['shop', 'cellar'], safetyStock: 2 },
    { id: 'counter', ...channel, locations: ['shop'], safetyStock: 0 },
    { id: 'bonded', ...channel, duty: 'in_bond', locations: ['bond'], safetyStock: 0 },
  ],
}

/** The pure core with everything locked, as the shell would drive it: one command a batch unless told otherwise. */
export interface CellarWorld {
  readonly context: Context
  readonly effects: readonly Effect[]
  nowUs: number
  /** Decides and takes over. The context is frozen meanwhile: a decision that writes to it throws. */
  tell(command: Command, how?: { source?: string; sameBatch?: boolean }): Decision
  /** The effect of what must be granted. */
  done(command: Command, how?: { source?: string; sameBatch?: boolean }): Effect
  level(sku: string, location?: string): LevelState
  /** The id of the newest hold. */
  lastHold(): string
  /** Throws where a promise of the ledger is broken. */
  audit(): void
}

/** Everything locked and read: every level, price and allotment. */
function openContext(start: Readonly<Record<string, Partial<LevelState>>>, journalAfter: Map<string, number>): Context {
  const context: Context = {
    ...settingsContext(worldSettings),
    holdLifeMaxS: 3_600,
    levels: new Map(),
    holds: new Map(),
    commitments: new Map(),
    documents: new Map(),
    prices: new Map(skus.flatMap((sku) => ['web', 'counter', 'bonded'].map((id) => [priceKey(sku, id), tenEuros]))),
    allotments: new Map(
      ['club', 'market'].flatMap((allotment) =>
        skus.flatMap((sku) =>
          locations.map((location) => [allotmentKey(allotment, levelKey(sku, location)), 0] as const),
        ),
      ),
    ),
    parcels: new Map(),
    lots: new Map(),
    journalAfter,
    batchPhysical: new Map(),
  }
  for (const sku of skus) {
    for (const location of locations) {
      const key = levelKey(sku, location)
      context.parcels.set(key, [])
      context.levels.set(key, freeze({ ...emptyLevel(sku, location), ...start[key] }))
    }
  }
  return context
}

/** What is in transit is what transfers have on their way. */
function auditTransit(context: Context, effects: readonly Effect[]): void {
  const moved = effects
    .flatMap((effect) => effect.movements)
    .reduce(
      (sum, { from, to, quantity }) => sum + (to === 'transit' ? quantity : from === 'transit' ? -quantity : 0),
      0,
    )
  const onTheirWay = [...context.documents.values()]
    .flatMap((document) => (document.kind === 'transfer' ? document.body.lines : []))
    .reduce((sum, line) => sum + inTransit(line), 0)
  expect(moved).toBe(onTheirWay)
}

export function openWorld(start: Readonly<Record<string, Partial<LevelState>>> = {}): CellarWorld {
  const journalAfter = new Map<string, number>()
  const context = openContext(start, journalAfter)
  const before = new Map(context.levels)
  const effects: Effect[] = []
  let asked = 0
  const world: CellarWorld = {
    context,
    effects,
    nowUs: worldBeganUs,
    tell: (command, { source, sameBatch = false } = {}) => {
      asked += 1
      world.nowUs += 1
      if (!sameBatch) beginBatch(context, effects, journalAfter, command)
      const id = `hold-${String(asked).padStart(4, '0')}`
      const ask = { command: freeze(command), entry: asked, atUs: world.nowUs, id, source: source ?? `till|${asked}` }
      const decision = whileSealed(context, () => decide(context, ask))
      if (decision.kind !== 'effect') return decision
      effects.push(freeze(decision.effect))
      evolve(context, decision.effect)
      return decision
    },
    done: (command, how) => {
      const decision = world.tell(command, how)
      if (decision.kind !== 'effect') throw new Error(`not done: ${JSON.stringify(decision)}`)
      return decision.effect
    },
    level: (sku, location = 'shop') => context.levels.get(levelKey(sku, location)) as LevelState,
    lastHold: () => [...context.holds.keys()].at(-1) ?? 'none',
    audit: () => audit(context, effects, before),
  }
  return world
}

/** What the shell reads for a new batch: the journal so far, summed after each instant that a count names. */
function beginBatch(
  context: Context,
  effects: readonly Effect[],
  journalAfter: Map<string, number>,
  command: Command,
): void {
  context.batchPhysical.clear()
  journalAfter.clear()
  if (command.kind !== 'count' || command.occurredAtMs === undefined) return
  const afterUs = command.occurredAtMs * 1_000
  for (const { sku } of command.lines) {
    const sum = effects
      .flatMap(physicalChanges)
      .filter((change) => change.sku === sku && change.location === command.location && change.occurredAtUs > afterUs)
      .reduce((total, change) => total + change.delta, 0)
    journalAfter.set(`${levelKey(sku, command.location)}@${afterUs}`, sum)
  }
}

/** Freezes all the way down. */
export function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    Object.values(value).forEach(freeze)
  }
  return value
}

/** Frozen objects throw by themselves; a Map has to be told to. */
function whileSealed<T>(context: Context, run: () => T): T {
  const maps = Object.values(context).filter((value): value is Map<unknown, unknown> => value instanceof Map)
  const refuse = () => {
    throw new Error('a decision wrote to its context')
  }
  for (const map of maps) Object.assign(map, { set: refuse, delete: refuse, clear: refuse })
  try {
    return run()
  } finally {
    for (const map of maps) for (const name of ['set', 'delete', 'clear']) Reflect.deleteProperty(map, name)
  }
}

function audit(context: Context, effects: readonly Effect[], start: ReadonlyMap<string, LevelState>): void {
  for (const [key, level] of context.levels) {
    const before = start.get(key) as LevelState
    auditSums(level, before, effects)
    auditVersions(level, before, effects)
    auditClaims(context, level, before)
    auditParcels(context, level, effects)
    for (const state of stateAccounts)
      if (state !== 'short') expect(level[state], `${state} of ${key}`).toBeGreaterThanOrEqual(0)
    expect(level.short).toBeLessThanOrEqual(0)
    if (level.short < 0) expect([level.available, heldOfAvailable(context, level)], `${key} is short`).toEqual([0, 0])
  }
  auditTransit(context, effects)
  for (const effect of effects) {
    for (const { from, to, quantity } of effect.movements) {
      expect(movementsOfKind[effect.kind], `of a ${effect.kind}`).toContain(`${from}>${to}`)
      expect(Number.isSafeInteger(quantity) && quantity > 0).toBe(true)
    }
  }
}

/** Bottles that holds have of what was available, and not of an allotment. */
function heldOfAvailable({ holds }: Context, { sku, location }: LevelState): number {
  return [...holds.values()]
    .flatMap((hold) => hold.lines)
    .filter((line) => !line.freed && line.sku === sku && line.location === location && line.allotment === undefined)
    .reduce((sum, line) => sum + line.quantity - line.pending, 0)
}

function movementsAt(level: LevelState, effects: readonly Effect[]) {
  return effects.flatMap((effect) =>
    effect.movements.filter(({ sku, location }) => sku === level.sku && location === level.location),
  )
}

/** Each state is what was there and what moved; on hand is what came from the world and went to it. */
function auditSums(level: LevelState, before: LevelState, effects: readonly Effect[]): void {
  const sums: Record<string, number> = {}
  for (const { from, to, quantity } of movementsAt(level, effects)) {
    sums[from] = (sums[from] ?? 0) - quantity
    sums[to] = (sums[to] ?? 0) + quantity
  }
  for (const state of stateAccounts) expect(level[state] - before[state], `${state}`).toBe(sums[state] ?? 0)
  const world = Object.entries(sums).filter(([account]) => !isOnHand(account as 'available'))
  expect(onHand(level) - onHand(before)).toBe(-world.reduce((sum, [, quantity]) => sum + quantity, 0) + 0)
}

function auditVersions(level: LevelState, before: LevelState, effects: readonly Effect[]): void {
  const touching = effects.filter((effect) =>
    effect.levels.some((one) => one.sku === level.sku && one.location === level.location),
  )
  const isPhysicalChange = (effect: Effect) =>
    movementsAt(level, [effect]).some(
      ({ from, to }) => isPhysical(from, to) || from === 'variance' || to === 'variance',
    )
  expect(level.revision - before.revision).toBe(touching.length)
  expect(level.version - before.version).toBe(touching.filter(isPhysicalChange).length)
}

/** Parcels are what came to them and left them, and have no more bottles than are on hand. */
function auditParcels(context: Context, level: LevelState, effects: readonly Effect[]): void {
  const moved = new Map<string, number>()
  for (const { sku, location, lot, bin, delta } of effects.flatMap((effect) => effect.parcels)) {
    if (sku === level.sku && location === level.location)
      moved.set(`${lot} ${bin}`, (moved.get(`${lot} ${bin}`) ?? 0) + delta)
  }
  const parcels = context.parcels.get(level.key) ?? []
  const there = new Map(parcels.map(({ lot, bin, quantity }) => [`${lot} ${bin}`, quantity]))
  for (const key of new Set([...moved.keys(), ...there.keys()])) expect(there.get(key) ?? 0).toBe(moved.get(key) ?? 0)
  for (const quantity of there.values()) expect(quantity).toBeGreaterThan(0)
  const all = [...there.values()].reduce((sum, quantity) => sum + quantity, 0)
  expect(all).toBeLessThanOrEqual(Math.max(0, onHand(level)))
}

/** Held is the live lines of holds, committed is what of commitments is outstanding. */
function auditClaims(context: Context, level: LevelState, before: LevelState): void {
  const here = <T extends { sku: string; location: string }>(lines: readonly T[]) =>
    lines.filter((line) => line.sku === level.sku && line.location === level.location)
  const held = [...context.holds.values()].flatMap((hold) => here(hold.lines)).filter((line) => !line.freed)
  const committed = [...context.commitments.values()].flatMap((commitment) => here(commitment.lines))
  expect(level.held - before.held).toBe(held.reduce((sum, line) => sum + line.quantity - line.pending, 0))
  expect(level.committed - before.committed).toBe(
    committed.reduce((sum, line) => sum + line.quantity - line.shipped - line.cancelled - line.pending, 0),
  )
  const pending = [...held, ...committed].reduce((sum, line) => sum + line.pending, 0)
  expect(level.incomingCommitted - before.incomingCommitted).toBe(pending)
  const allotted = [...context.allotments].filter(([key]) => key.endsWith(`@${level.key}`))
  expect(level.allocated - before.allocated).toBe(allotted.reduce((sum, [, left]) => sum + left, 0))
  for (const hold of context.holds.values()) {
    const isLive = hold.lines.some((line) => !line.freed)
    expect(isLive, `${hold.id} is ${hold.state}`).toBe(hold.state === 'active' || hold.loose)
  }
}
