import { expect, test } from 'vitest'
import { openWorld, type CellarWorld } from '../../../test/cellar-world.ts'
import type { Command } from './command.ts'
import type { OrderBody } from './order.ts'

/** A world with two bottles of each lot at the shop, of which OLD is the first to be drunk; and an order of so many of them. */
function ordered(quantity: number) {
  const world = openWorld()
  for (const [id, drinkBy] of [
    ['OLD', 2027],
    ['FINE', 2060],
  ] as const) {
    world.done({ kind: 'receive', location: 'shop', lines: [{ sku: 'A', quantity: 2, lot: { id, drinkBy } }] })
  }
  world.done({ kind: 'hold', ttlSeconds: 60, lines: [{ sku: 'A', quantity, channel: 'counter' }] })
  const terms = { fulfilment: 'ship', destination: { country: 'DE' } } as const
  const id = world.done({ kind: 'order', holdId: world.lastHold(), terms }).document?.id ?? ''
  return { world, id }
}

const bodyOf = (world: CellarWorld, id: string) => world.context.documents.get(id)?.body as OrderBody
const line = (quantity: number, lot?: string) => ({ sku: 'A', quantity, ...(lot === undefined ? {} : { lot }) })
const pick = (documentId: string, ...lines: ReturnType<typeof line>[]): Command => ({
  kind: 'pickOrder',
  documentId,
  lines,
})

function parcels(world: CellarWorld, location = 'shop'): Record<string, number> {
  const found = world.context.parcels.get(`A@${location}`) ?? []
  return Object.fromEntries(found.map(({ lot, quantity }) => [lot, quantity]))
}

function slugOf(world: CellarWorld, command: Command): string | undefined {
  const decision = world.tell(command)
  return decision.kind === 'refusal' ? decision.refusal.slug : undefined
}

test('what was picked is what leaves, though other bottles are older; the rest are the oldest to drink', () => {
  const { world, id } = ordered(3)
  world.done(pick(id, line(1, 'FINE')))
  world.done({ kind: 'shipOrder', documentId: id, lines: [line(2)], tracking: {} })
  expect(parcels(world)).toEqual({ OLD: 1, FINE: 1 })
  const { shipments, lots } = bodyOf(world, id)
  expect(shipments[0]?.lines).toEqual([
    {
      sku: 'A',
      location: 'shop',
      quantity: 2,
      lots: [
        { lot: 'FINE', quantity: 1 },
        { lot: 'OLD', quantity: 1 },
      ],
    },
  ])
  expect(lots.map(({ lot, quantity }) => [lot, quantity])).toEqual([
    ['FINE', 1],
    ['OLD', 1],
  ])
  // What was picked has left: the next is the oldest again.
  world.done({ kind: 'collectOrder', documentId: id })
  expect(parcels(world)).toEqual({ FINE: 1 })
  world.audit()
})

test('who ships says which, if need be, and is refused where there are fewer', () => {
  const { world, id } = ordered(3)
  world.done(pick(id, line(1, 'OLD')))
  expect(slugOf(world, { kind: 'shipOrder', documentId: id, lines: [line(3, 'FINE')], tracking: {} })).toBe(
    'not-in-lot',
  )
  world.done({ kind: 'shipOrder', documentId: id, lines: [line(2, 'FINE')], tracking: {} })
  expect(parcels(world)).toEqual({ OLD: 2 })
})

test('a picked bottle that is gone meanwhile holds nobody up', () => {
  const { world, id } = ordered(2)
  world.done(pick(id, line(2, 'FINE')))
  world.done({ kind: 'sale', location: 'shop', lines: [line(1, 'FINE')] })
  world.done({ kind: 'collectOrder', documentId: id })
  expect(parcels(world)).toEqual({ OLD: 1 })
  world.audit()
})

test('a till hands over what was picked, or the lot it says itself', () => {
  const { world, id } = ordered(3)
  world.done(pick(id, line(1, 'FINE')))
  world.done({ kind: 'sale', orderRef: id, location: 'shop', lines: [line(1)] })
  expect(parcels(world)).toEqual({ OLD: 2, FINE: 1 })
  // Two of the three are the order's, the third is anybody's; all are of the lot that was scanned, as far as there were any.
  world.done({ kind: 'sale', orderRef: id, location: 'shop', lines: [line(2, 'FINE')] })
  expect(bodyOf(world, id).lots).toMatchObject([{ lot: 'FINE', quantity: 2, returned: 0 }])
  expect(world.context.documents.get(id)?.state).toBe('collected')
  world.audit()
})

test('bottles that come back are of the lot they left as, in quarantine too, wherever they come to', () => {
  const { world, id } = ordered(4)
  world.done({ kind: 'shipOrder', documentId: id, tracking: {} })
  expect(parcels(world)).toEqual({})
  world.done({ kind: 'returnOrder', documentId: id, lines: [line(1, 'FINE')] })
  expect(parcels(world)).toEqual({ FINE: 1 })
  expect(world.level('A').quarantined).toBe(1)
  expect(slugOf(world, { kind: 'returnOrder', documentId: id, lines: [line(2, 'FINE')] })).toBe('not-in-lot')
  expect(slugOf(world, { kind: 'returnOrder', documentId: id, lines: [line(1, 'NOBODY')] })).toBe('not-in-lot')
  world.done({ kind: 'returnOrder', documentId: id, location: 'cellar', to: 'available' })
  expect(parcels(world, 'cellar')).toEqual({ OLD: 2, FINE: 1 })
  expect(bodyOf(world, id).lots.every(({ quantity, returned }) => quantity === returned)).toBe(true)
  world.audit()
})

test('what a count has seen come back changes no parcel', () => {
  const { world, id } = ordered(2)
  world.done({ kind: 'collectOrder', documentId: id })
  const before = Math.floor(world.nowUs / 1_000)
  world.nowUs += 5_000_000
  world.done({ kind: 'count', location: 'shop', lines: [{ sku: 'A', counted: 4 }] })
  world.nowUs += 1_000_000
  world.done({ kind: 'returnOrder', documentId: id, to: 'available', occurredAtMs: before })
  expect(parcels(world)).toEqual({ FINE: 2 })
  expect(world.level('A')).toMatchObject({ available: 4, committed: 0 })
  world.audit()
})

test('what has not arrived can neither be picked nor shipped; once it has it can', () => {
  const { world } = ordered(1)
  const { document } = world.done({ kind: 'purchase', location: 'shop', lines: [{ sku: 'A', quantity: 6 }] })
  const wanted = { sku: 'A', quantity: 2, channel: 'counter', from: 'incoming' as const }
  world.done({ kind: 'hold', ttlSeconds: 60, lines: [wanted, { sku: 'A', quantity: 1, channel: 'counter' }] })
  const terms = { fulfilment: 'ship', destination: { country: 'DE' } } as const
  const id = world.done({ kind: 'order', holdId: world.lastHold(), terms }).document?.id ?? ''
  expect(slugOf(world, pick(id, line(2)))).toBe('nothing-outstanding')
  world.done({ kind: 'pickOrder', documentId: id })
  expect(bodyOf(world, id).picks).toEqual([{ sku: 'A', location: 'shop', quantity: 1 }])
  expect(slugOf(world, { kind: 'shipOrder', documentId: id, tracking: {} })).toBe('nothing-outstanding')
  world.done({ kind: 'shipOrder', documentId: id, lines: [line(1)], tracking: {} })
  world.done({ kind: 'receivePurchase', documentId: document?.id ?? '', lines: [{ sku: 'A', quantity: 2 }] })
  world.done({ kind: 'pickOrder', documentId: id })
  world.done({ kind: 'shipOrder', documentId: id, tracking: {} })
  expect(world.context.documents.get(id)?.state).toBe('shipped')
  world.audit()
})
