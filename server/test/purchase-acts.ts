import fc from 'fast-check'
import type { Command } from '../src/stock/core/command.ts'
import type { Act } from './cellar-acts.ts'
import type { CellarWorld } from './cellar-world.ts'

const quantity = fc.integer({ min: 1, max: 5 })
const pick = fc.nat(4)
const one = (bottles: number) => [{ sku: 'A', quantity: bottles }]
const newest = (ids: Iterable<string>, n: number) => {
  const known = [...ids]
  return known.at(-1 - (n % Math.max(1, known.length))) ?? 'nobody'
}
/** A hold that has not ended, if there is any. */
const live = ({ context }: CellarWorld, n: number) =>
  newest(
    [...context.holds.values()].filter(({ state }) => state === 'active').map(({ id }) => id),
    n,
  )
/** Milliseconds before now; undefined: now. */
const ago = fc.option(fc.nat(20), { nil: undefined })
const inTime = (world: CellarWorld, ms: number | undefined) =>
  ms === undefined ? {} : { occurredAtMs: Math.ceil(world.nowUs / 1_000) - ms }

type Make = (world: CellarWorld) => Command

const hold: fc.Arbitrary<Make> = fc
  .record({
    bottles: fc.integer({ min: 1, max: 3 }),
    isAwaited: fc.constantFrom(true, true, true, false),
    isSplit: fc.constantFrom(false, false, false, true),
  })
  .map(({ bottles, isAwaited, isSplit }) => {
    const from = isAwaited ? { from: 'incoming' as const } : {}
    const line = { sku: 'A', quantity: bottles, channel: 'counter', ...from }
    const more = { sku: 'A', quantity: 1, channel: 'counter' }
    return () => ({ kind: 'hold', ttlSeconds: 3_600, lines: isSplit ? [line, more] : [line] })
  })

const ending: fc.Arbitrary<Make> = fc
  .record({ kind: fc.constantFrom('commit' as const, 'commit' as const, 'commit' as const, 'release' as const), pick })
  .map(({ kind, pick: n }) => (world) => ({ kind, holdId: live(world, n) }))

const free: fc.Arbitrary<Make> = pick.map((n) => (world) => ({
  kind: 'free',
  holdId: newest(world.context.holds.keys(), n),
}))

const fulfilment: fc.Arbitrary<Make> = fc
  .record({ kind: fc.constantFrom('ship' as const, 'cancel' as const), pick, bottles: quantity })
  .map(({ kind, pick: n, bottles }) => (world) => ({
    kind,
    commitmentId: newest(world.context.commitments.keys(), n),
    lines: one(bottles),
  }))

const delivery: fc.Arbitrary<Make> = fc
  .record({
    pick,
    bottles: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 6 }),
    ago,
    isLast: fc.constantFrom(false, false, false, false, false, true),
  })
  .map(({ pick: n, bottles, ago: ms, isLast }) => (world) => ({
    kind: 'receivePurchase',
    documentId: newest(world.context.documents.keys(), n),
    ...(bottles === undefined ? {} : { lines: one(bottles) }),
    ...inTime(world, ms),
    ...(isLast ? { close: true as const } : {}),
  }))

const stock: fc.Arbitrary<Make> = fc
  .record({ kind: fc.constantFrom('receive' as const, 'sale' as const, 'sale' as const), bottles: quantity, ago })
  .map(({ kind, bottles, ago: ms }) => (world) => ({
    kind,
    location: 'shop',
    lines: one(bottles),
    ...inTime(world, ms),
  }))

const make = fc.oneof(
  {
    arbitrary: quantity.map((n): Make => () => ({ kind: 'purchase', location: 'shop', lines: one(n + 6) })),
    weight: 3,
  },
  { arbitrary: hold, weight: 6 },
  { arbitrary: ending, weight: 6 },
  { arbitrary: delivery, weight: 5 },
  { arbitrary: free, weight: 1 },
  { arbitrary: fulfilment, weight: 2 },
  { arbitrary: stock, weight: 3 },
  {
    arbitrary: fc.record({ counted: fc.nat(8), ago }).map(({ counted, ago: ms }): Make => (world) => ({
      kind: 'count',
      location: 'shop',
      lines: [{ sku: 'A', counted }],
      ...inTime(world, ms),
    })),
    weight: 2,
  },
  {
    arbitrary: fc.record({ pick, bottles: quantity }).map(({ pick: n, bottles }): Make => (world) => ({
      kind: 'cancelPurchase',
      documentId: newest(world.context.documents.keys(), n),
      lines: one(bottles),
    })),
    weight: 1,
  },
)

/** What happens around orders of one SKU for one shop: so few bottles that they are promised to more than they come for. */
const purchaseAct: fc.Arbitrary<Act> = fc
  .record({ afterMs: fc.constantFrom(0, 1, 5), command: make })
  .map(({ afterMs, command }) => ({
    afterMs,
    command,
    toString: () => `after ${afterMs} ms: ${command.toString()}`,
  }))

/** Enough of it that several wait at once. */
export const purchaseDays = fc.array(purchaseAct, { minLength: 20, maxLength: 60, size: 'max' })
