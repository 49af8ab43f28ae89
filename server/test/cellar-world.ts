import type { Contents } from '@cellarhand/protocol/repack'
import type { Command, Price } from '../src/stock/core/command.ts'
import {
  allotmentKey,
  emptyLevel,
  levelKey,
  priceKey,
  settingsContext,
  type Context,
  type LevelState,
} from '../src/stock/core/context.ts'
import { decide, evolve, physicalChanges } from '../src/stock/core/decide.ts'
import type { Decision, Effect } from '../src/stock/core/effect.ts'
import type { RecipeState, SettingsState } from '../src/log/log.ts'
import { audit } from './cellar-audit.ts'

/** 2026-01-01, in microseconds: when worlds begin. */
export const worldBeganUs = 1_767_225_600_000_000
export const skus = ['A', 'B', 'C'] as const
export const locations = ['shop', 'cellar', 'bond'] as const
export const tenEuros: Price = { amountMinor: 1_000, currency: 'EUR', taxIncluded: true, dutyIncluded: true }

const channel = { name: 'A channel', currency: 'EUR', duty: 'paid', showMax: 24, lowAt: 6 } as const
const bonded = { kind: 'bonded', duty: 'in_bond' } as const
const place = { name: 'A place', kind: 'shop', duty: 'paid', owner: 'house' } as const

/** What the bundle SET is made of: it is sold in all channels, and stands nowhere. */
export const worldBundle = [
  { sku: 'A', quantity: 1 },
  { sku: 'B', quantity: 2 },
] as const

/** Channel `web` sells from the shop, then the cellar, and never the last two; `counter` from the shop, all of it; `bonded` from the bonded store. */
export const worldSettings: SettingsState = {
  version: 1,
  locations: locations.map((id) => ({ id, ...place, ...(id === 'bond' ? bonded : {}) })),
  channels: [
    { id: 'web', ...channel, locations: ['shop', 'cellar'], safetyStock: 2 },
    { id: 'counter', ...channel, locations: ['shop'], safetyStock: 0 },
    { id: 'bonded', ...channel, duty: 'in_bond', locations: ['bond'], safetyStock: 0 },
  ],
  recipes: [{ sku: 'SET', kind: 'bundle', components: worldBundle }],
}

const bottles = { wine: 'w', vintage: 2020, formatMl: 750, bottles: 1 }

/** A is a bottle, B a carton of two of them, C an original case of two of them and one of another wine. */
export const worldContents: readonly Contents[] = [
  { sku: 'A', packaging: 'bottle', bottles: [bottles] },
  { sku: 'B', packaging: 'carton', bottles: [{ ...bottles, bottles: 2 }] },
  {
    sku: 'C',
    packaging: 'OWC',
    bottles: [
      { ...bottles, bottles: 2 },
      { ...bottles, wine: 'v' },
    ],
  },
]

/** What one of a SKU holds that is a lot of another: what that does. */
export function contentsOfLot({ sku, components }: RecipeState): Contents {
  const held = worldContents.find((one) => one.sku === components[0]?.sku)
  if (!held) throw new Error(`${sku} is a lot of nothing`)
  return { ...held, sku }
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
function openContext(
  start: Readonly<Record<string, Partial<LevelState>>>,
  journalAfter: Map<string, number>,
  lots: readonly RecipeState[],
): Context {
  const standing = [...skus, ...lots.map(({ sku }) => sku)]
  const context: Context = {
    ...settingsContext({ ...worldSettings, recipes: [...worldSettings.recipes, ...lots] }),
    holdLifeMaxS: 3_600,
    policy: () => undefined,
    levels: new Map(),
    holds: new Map(),
    commitments: new Map(),
    documents: new Map(),
    orders: new Map(),
    prices: new Map(
      [...standing, 'SET'].flatMap((sku) => ['web', 'counter', 'bonded'].map((id) => [priceKey(sku, id), tenEuros])),
    ),
    allotments: new Map(
      ['club', 'market'].flatMap((allotment) =>
        standing.flatMap((sku) =>
          locations.map((location) => [allotmentKey(allotment, levelKey(sku, location)), 0] as const),
        ),
      ),
    ),
    parcels: new Map(),
    lots: new Map(),
    journalAfter,
    batchPhysical: new Map(),
  }
  for (const sku of standing) {
    for (const location of locations) {
      const key = levelKey(sku, location)
      context.parcels.set(key, [])
      context.levels.set(key, freeze({ ...emptyLevel(sku, location), ...start[key] }))
    }
  }
  return context
}

/**
 * A world with so many bottles at its levels.
 *
 * @param lots what else is sold there: lots of A, B or C, by themselves
 */
export function openWorld(
  start: Readonly<Record<string, Partial<LevelState>>> = {},
  lots: readonly RecipeState[] = [],
): CellarWorld {
  const journalAfter = new Map<string, number>()
  const context = openContext(start, journalAfter, lots)
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
    audit: () => audit(context, effects, before, [...worldContents, ...lots.map(contentsOfLot)]),
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
