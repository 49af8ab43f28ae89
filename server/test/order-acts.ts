import fc from 'fast-check'
import type { Command } from '../src/stock/core/command.ts'
import { locations, skus, type CellarWorld } from './cellar-world.ts'

const sku = fc.constantFrom(...skus)
const location = fc.constantFrom(...locations)
const line = fc.record({ sku, quantity: fc.integer({ min: 1, max: 3 }) })
const lines = fc.option(fc.array(line, { minLength: 1, maxLength: 2 }), { nil: undefined })
const pick = fc.nat(3)

/** Orders are picked by number among those there are, the newest first. */
export function orderAt(world: CellarWorld, n: number): string {
  const ids = [...world.context.documents.values()].flatMap(({ id, kind }) => (kind === 'order' ? [id] : []))
  return ids.at(-1 - (n % Math.max(1, ids.length))) ?? 'nobody'
}

function holdAt(world: CellarWorld, n: number): string {
  const ids = [...world.context.holds.keys()]
  return ids.at(-1 - (n % Math.max(1, ids.length))) ?? 'nobody'
}

const bare = fc.constantFrom('payOrder' as const, 'pickOrder' as const, 'readyOrder' as const, 'deliverOrder' as const)
const partly = fc.constantFrom('shipOrder' as const, 'collectOrder' as const, 'cancelOrder' as const)

/** What is asked of orders. */
export const orderActs: fc.Arbitrary<(world: CellarWorld) => Command>[] = [
  fc
    .record({
      pick,
      reference: fc.option(fc.constantFrom('W-1', 'W-2', 'W-3'), { nil: undefined }),
      fulfilment: fc.constantFrom('ship' as const, 'ship' as const, 'collect' as const),
    })
    .map(({ pick: n, reference, fulfilment }) => (world) => ({
      kind: 'order',
      holdId: holdAt(world, n),
      ...(reference === undefined ? {} : { reference }),
      terms: { fulfilment, ...(fulfilment === 'ship' ? { destination: { country: 'DE' } } : {}) },
    })),
  fc.record({ kind: bare, pick }).map(({ kind, pick: n }) => (world) => ({ kind, documentId: orderAt(world, n) })),
  fc
    .record({ kind: partly, pick, lines, location: fc.option(location, { nil: undefined }) })
    .map(({ kind, pick: n, lines: some, location: at }) => (world) => ({
      kind,
      documentId: orderAt(world, n),
      ...(some ? { lines: some.map((one) => (at === undefined ? one : { ...one, location: at })) } : {}),
      ...(kind === 'shipOrder' ? { tracking: {} } : ({} as { tracking: object })),
    })),
  fc
    .record({
      pick,
      lines,
      location: fc.option(location, { nil: undefined }),
      isSound: fc.boolean(),
      ago: fc.option(fc.integer({ min: -3, max: 3_000 }), { nil: undefined }),
    })
    .map(({ pick: n, lines: some, location: at, isSound, ago }) => (world) => ({
      kind: 'returnOrder',
      documentId: orderAt(world, n),
      ...(some ? { lines: some } : {}),
      ...(at === undefined ? {} : { location: at }),
      ...(isSound ? { to: 'available' as const } : {}),
      ...(ago === undefined ? {} : { occurredAtMs: Math.ceil(world.nowUs / 1_000) - ago + (ago < 0 ? 1 : 0) }),
    })),
  fc
    .record({ pick, location, lines: fc.array(line, { minLength: 1, maxLength: 2 }), byReference: fc.boolean() })
    .map(({ pick: n, byReference, ...sale }) => (world) => ({
      kind: 'sale',
      orderRef: byReference ? `W-${(n % 3) + 1}` : orderAt(world, n),
      ...sale,
    })),
]
