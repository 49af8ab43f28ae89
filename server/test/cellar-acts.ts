import fc from 'fast-check'
import type { Command, RepackLine } from '../src/stock/core/command.ts'
import { locations, skus, tenEuros, worldContents, type CellarWorld } from './cellar-world.ts'
import { orderActs } from './order-acts.ts'

/** Something to do in a world, whatever it is like then: holds and commitments are picked by number among those there are. */
export interface Act {
  /** Milliseconds that pass before it. */
  readonly afterMs: number
  readonly command: (world: CellarWorld) => Command
  readonly toString: () => string
}

const sku = fc.constantFrom(...skus)
const location = fc.constantFrom(...locations)
const quantity = fc.integer({ min: 1, max: 6 })
const line = fc.record({ sku, quantity })
const lines = fc.array(line, { minLength: 1, maxLength: 3 })
const arrival = fc.record({ sku, quantity: fc.nat(6), missing: fc.constantFrom(0, 0, 1, 2) })
const pick = fc.nat(7)
/** Milliseconds before now; below zero: in the future. Undefined: now. */
const ago = fc.option(fc.integer({ min: -3, max: 30 }), { nil: undefined })

const sellable = fc.constantFrom(...skus, 'SET')

const holdLine = fc.oneof(
  fc.record({ sku: sellable, quantity, channel: fc.constantFrom('web', 'counter', 'bonded') }),
  fc.record({ sku: sellable, quantity, channel: fc.constantFrom('web', 'counter', 'nowhere'), location }),
  fc.record({
    sku: sellable,
    quantity,
    channel: fc.constantFrom('web', 'counter'),
    allotment: fc.constantFrom('club', 'market'),
  }),
  fc.record({ sku, quantity, channel: fc.constantFrom('web', 'counter'), from: fc.constant('incoming' as const) }),
)

/** Those that come out even, and whatever else. */
const repackLines: fc.Arbitrary<readonly RepackLine[]> = fc.oneof(
  fc.constantFrom<(readonly RepackLine[])[]>(
    [
      { sku: 'B', quantity: 1, part: 'broken' },
      { sku: 'A', quantity: 2, part: 'built' },
    ],
    [
      { sku: 'A', quantity: 4, part: 'broken' },
      { sku: 'B', quantity: 2, part: 'built' },
    ],
    [
      { sku: 'B', quantity: 2, part: 'broken' },
      { sku: 'A', quantity: 3, part: 'built' },
      { sku: 'A', quantity: 1, part: 'lost', reason: 'breakage' },
    ],
  ),
  fc.array(
    fc.record({ sku, quantity, part: fc.constantFrom('broken' as const, 'broken' as const, 'built' as const) }),
    { minLength: 1, maxLength: 3 },
  ),
)

const allotment = fc.constantFrom('club', 'market')
const lot = fc.constantFrom('L1', 'L2')
const bin = fc.constantFrom('A/1', 'B/2')
const maybe = { nil: undefined }
const details = fc.record({ id: lot, drinkBy: fc.constantFrom(2030, 2040) })
const lotLine = fc
  .record({ sku, quantity, lot: fc.option(details, maybe), bin: fc.option(bin, maybe) })
  .map(withoutAbsent)
const pickedLine = fc
  .record({ sku, quantity, lot: fc.option(lot, maybe), bin: fc.option(bin, maybe) })
  .map(withoutAbsent)
const movedLine = fc
  .record({
    sku,
    quantity,
    lot: fc.option(lot, maybe),
    fromBin: fc.option(bin, maybe),
    toBin: fc.option(bin, maybe),
  })
  .map(withoutAbsent)

/** Commands leave out what they do not say. */
function withoutAbsent<T extends object>(parts: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as never
}

const requests: fc.Arbitrary<(world: CellarWorld) => Command>[] = [
  fc
    .record({ lines: fc.array(holdLine, { minLength: 1, maxLength: 3 }), ttlSeconds: fc.constantFrom(1, 60, 3_600) })
    .map((parts) => () => ({ kind: 'hold', ...parts })),
  fc
    .record({ kind: fc.constantFrom('release' as const, 'commit' as const, 'expire' as const, 'free' as const), pick })
    .map(({ kind, pick: n }) => (world) => ({ kind, holdId: holdAt(world, n) })),
  fc.record({ pick, ttlSeconds: fc.constantFrom(1, 60, 4_000) }).map(({ pick: n, ttlSeconds }) => (world) => ({
    kind: 'extend',
    holdId: holdAt(world, n),
    ttlSeconds,
  })),
  fc
    .record({
      kind: fc.constantFrom('ship' as const, 'cancel' as const),
      pick,
      lines: fc.option(lines, { nil: undefined }),
      location: fc.option(location, { nil: undefined }),
    })
    .map(({ kind, pick: n, lines: wanted, location: at }) => (world) => ({
      kind,
      commitmentId: commitmentAt(world, n),
      ...(wanted ? { lines: wanted.map((one) => (at === undefined ? one : { ...one, location: at })) } : {}),
    })),
  fc
    .record({ sku, location, delta: fc.integer({ min: -6, max: 6 }) })
    .map((parts) => () => ({ kind: 'adjust', reason: 'found', ...parts })),
  fc
    .record({ kind: fc.constantFrom('allocate' as const, 'deallocate' as const), allotment, location, lines })
    .map((parts) => () => parts),
  fc.record({ location, lines }).map((parts) => () => ({ kind: 'reinstate', ...parts })),
  fc
    .record({ location, lines: fc.array(movedLine, { minLength: 1, maxLength: 2 }) })
    .map((parts) => () => ({ kind: 'move', ...parts })),
  fc
    .record({ sku, location, quantity, lot: details, bin: fc.option(bin, maybe) })
    .map((parts) => () => ({ kind: 'openLot', ...withoutAbsent(parts) })),
  fc
    .record({ fromLocation: location, toLocation: location, lines })
    .map((parts) => () => ({ kind: 'transfer', ...parts })),
  fc
    .record({ location, lines: repackLines })
    .map((parts) => () => ({ kind: 'repack', ...parts, contents: worldContents })),
  fc.record({ toLocation: fc.constantFrom('shop', 'cellar'), lines }).map(({ lines: cleared, ...parts }) => () => ({
    kind: 'clearDuty',
    fromLocation: 'bond',
    currency: 'EUR',
    ...parts,
    lines: cleared.map((one) => ({ ...one, dutyMinor: 300 })),
  })),
  fc.record({ pick }).map(({ pick: n }) => (world) => ({ kind: 'cancelTransfer', documentId: documentAt(world, n) })),
  fc.record({ location, lines, unitCostMinor: fc.option(fc.constant(900), maybe) }).map((parts) => () => ({
    kind: 'purchase',
    location: parts.location,
    currency: 'EUR',
    lines: parts.lines.map((one) => withoutAbsent({ ...one, unitCostMinor: parts.unitCostMinor })),
  })),
  fc.record({ pick, lines: fc.option(lines, { nil: undefined }) }).map(({ pick: n, lines: wanted }) => (world) => ({
    kind: 'cancelPurchase',
    documentId: documentAt(world, n),
    ...(wanted ? { lines: wanted } : {}),
  })),
  fc.record({ pick }).map(({ pick: n }) => (world) => ({
    kind: 'reschedulePurchase',
    documentId: documentAt(world, n),
    expectedAtMs: Math.ceil(world.nowUs / 1_000),
  })),
  fc.record({ sku }).map((one) => () => ({ kind: 'setPrice', lines: [{ ...one, channel: 'web', price: tenEuros }] })),
]

const openBottles: fc.Arbitrary<(world: CellarWorld) => Command>[] = [
  fc
    .record({ location, sku, ago, formatMl: fc.constantFrom(375, 750), isServed: fc.boolean() })
    .map(({ isServed, ...parts }) => (world) => ({
      kind: 'openBottle',
      ...inTime(world, parts),
      ...(isServed ? { servingMl: 125 } : {}),
    })),
  fc
    .record({ pick, ago, ml: fc.option(fc.constantFrom(25, 125, 300), { nil: undefined }) })
    .map(({ pick: n, ml, ...parts }) => (world) => ({
      kind: 'pour',
      documentId: documentAt(world, n),
      ...inTime(world, parts),
      ...(ml === undefined ? {} : { ml }),
    })),
  fc.record({ pick, ago }).map(({ pick: n, ...parts }) => (world) => ({
    kind: 'discard',
    documentId: documentAt(world, n),
    reason: 'oxidised',
    ...inTime(world, parts),
  })),
]

const facts: fc.Arbitrary<(world: CellarWorld) => Command>[] = [
  fc
    .record({
      pick,
      ago,
      lines: fc.option(fc.array(arrival, { minLength: 1, maxLength: 3 }), { nil: undefined }),
      isTold: fc.boolean(),
    })
    .map(({ pick: n, isTold, lines: arrived, ...parts }) => (world) => ({
      kind: 'receiveTransfer',
      documentId: documentAt(world, n),
      ...inTime(world, parts),
      ...(arrived ? { lines: arrived } : {}),
      ...(isTold ? { reason: 'breakage' } : {}),
    })),
  fc
    .record({
      pick,
      ago,
      lines: fc.option(fc.oneof(lines, fc.array(lotLine, { minLength: 1, maxLength: 2 })), maybe),
      isLast: fc.boolean(),
    })
    .map(({ pick: n, lines: came, isLast, ...parts }) => (world) => ({
      kind: 'receivePurchase',
      documentId: documentAt(world, n),
      ...inTime(world, parts),
      ...(came ? { lines: came } : {}),
      ...(isLast ? { close: true as const } : {}),
    })),
  fc.record({ location, lines, ago }).map((parts) => (world) => ({ kind: 'receive', ...inTime(world, parts) })),
  fc
    .record({ location, lines: fc.array(lotLine, { minLength: 1, maxLength: 2 }), ago })
    .map((parts) => (world) => ({ kind: 'receive', ...inTime(world, parts) })),
  fc
    .record({ location, lines: fc.array(pickedLine, { minLength: 1, maxLength: 2 }), ago })
    .map((parts) => (world) => ({ kind: 'sale', ...inTime(world, parts) })),
  fc.record({ location, lines, ago }).map((parts) => (world) => ({ kind: 'sale', ...inTime(world, parts) })),
  fc
    .record({ location, lines: fc.array(fc.record({ sku: sellable, quantity }), { minLength: 1, maxLength: 2 }), ago })
    .map((parts) => (world) => ({ kind: 'sale', ...inTime(world, parts) })),
  fc
    .record({ location, ago })
    .map((parts) => (world) => ({ kind: 'receive', lines: [{ sku: 'SET', quantity: 1 }], ...inTime(world, parts) })),
  fc.record({ location, lines, ago, allotment }).map((parts) => (world) => ({ kind: 'sale', ...inTime(world, parts) })),
  fc
    .record({ location, lines, ago })
    .map((parts) => (world) => ({ kind: 'quarantine', reason: 'leaking', ...inTime(world, parts) })),
  fc.record({ location, lines, ago, isAside: fc.boolean() }).map(({ isAside, ...parts }) => (world) => ({
    kind: 'writeOff',
    reason: 'breakage',
    ...(isAside ? { from: 'quarantined' } : {}),
    ...inTime(world, parts),
  })),
  fc
    .record({ location, lines: fc.array(fc.record({ sku, counted: fc.nat(12) }), { minLength: 1, maxLength: 2 }), ago })
    .map((parts) => (world) => ({ kind: 'count', ...inTime(world, parts) })),
]

function documentAt(world: CellarWorld, n: number): string {
  const ids = [...world.context.documents.keys()]
  return ids.at(-1 - (n % Math.max(1, ids.length))) ?? 'nobody'
}

function inTime<T>(world: CellarWorld, { ago: ms, ...parts }: T & { ago: number | undefined }) {
  // A millisecond from now at least, so that what is meant to be in the future is.
  return ms === undefined ? parts : { ...parts, occurredAtMs: Math.ceil(world.nowUs / 1_000) - ms + (ms < 0 ? 1 : 0) }
}

function holdAt(world: CellarWorld, n: number): string {
  const ids = [...world.context.holds.keys()]
  // The newest are the likeliest to be live.
  return ids.at(-1 - (n % Math.max(1, ids.length))) ?? 'nobody'
}

function commitmentAt(world: CellarWorld, n: number): string {
  const ids = [...world.context.commitments.keys()]
  return ids.at(-1 - (n % Math.max(1, ids.length))) ?? 'nobody'
}

const command = fc.oneof(
  ...requests.map((arbitrary, i) => ({ arbitrary, weight: i < 2 ? 4 : 2 })),
  ...facts.map((arbitrary) => ({ arbitrary, weight: 2 })),
  ...orderActs.map((arbitrary) => ({ arbitrary, weight: 3 })),
  ...openBottles.map((arbitrary) => ({ arbitrary, weight: 1 })),
)

const actOf = (made: fc.Arbitrary<(world: CellarWorld) => Command>): fc.Arbitrary<Act> =>
  fc.record({ afterMs: fc.constantFrom(0, 1, 5, 2_000), command: made }).map(({ afterMs, command: make }) => ({
    afterMs,
    command: make,
    toString: () => `after ${afterMs} ms: ${make.toString()}`,
  }))

/** Anything that can be asked for or have happened. */
export const anyAct = actOf(command)

/** Mostly what is asked of orders, with holds for them and facts in between. */
export const orderAct = actOf(
  fc.oneof({ arbitrary: command, weight: 1 }, { arbitrary: fc.oneof(...orderActs), weight: 3 }),
)
