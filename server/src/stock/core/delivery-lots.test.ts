import { describe, expect, test } from 'vitest'
import { openWorld, type CellarWorld } from '../../../test/cellar-world.ts'
import type { Command, PurchaseLineRequest, ReceiptLine } from './command.ts'

/** A world in which the shop has ordered, and the order's id. */
function ordered(lines: readonly PurchaseLineRequest[], world = openWorld()): { world: CellarWorld; id: string } {
  const order: Command = { kind: 'purchase', location: 'shop', supplier: 'Maison', currency: 'EUR', lines }
  return { world, id: world.done(order).document?.id ?? '' }
}

const receive = (documentId: string, ...lines: ReceiptLine[]): Command => ({
  kind: 'receivePurchase',
  documentId,
  ...(lines.length > 0 ? { lines } : {}),
})

/** The parcels of A in the shop, as `lot/bin: quantity`. */
function parcels(world: CellarWorld): Record<string, number> {
  const found = world.context.parcels.get('A@shop') ?? []
  return Object.fromEntries(found.map(({ lot, bin, quantity }) => [`${lot}/${bin}`, quantity]))
}

const known = ({ context }: CellarWorld, lot: string) => context.lots.get(`${lot}@A`)

describe('a delivery of a purchase order', () => {
  test('is of one lot, at what the order costs, in however many deliveries it comes', () => {
    const { world, id } = ordered([{ sku: 'A', quantity: 6, unitCostMinor: 900 }])
    expect(world.done(receive(id, { sku: 'A', quantity: 2 })).lots).toHaveLength(1)
    expect(world.done(receive(id, { sku: 'A', quantity: 5, bin: 'A/1' })).lots).toEqual([])
    expect(parcels(world)).toEqual({ [`PO-${id}/`]: 2, [`PO-${id}/A/1`]: 5 })
    expect(known(world, `PO-${id}`)).toMatchObject({ supplier: 'Maison', costMinor: 900, currency: 'EUR' })
    world.audit()
  })

  test('is of no lot where nobody knows what it cost', () => {
    const { world, id } = ordered([{ sku: 'A', quantity: 6 }])
    world.done(receive(id))
    expect(parcels(world)).toEqual({})
  })

  test('is of the lot that is told, with the supplier and the cost of the order where nothing else is', () => {
    const { world, id } = ordered([{ sku: 'A', quantity: 6, unitCostMinor: 900 }])
    world.done(receive(id, { sku: 'A', quantity: 2, lot: { id: 'X', provenance: 'ex-château' }, bin: 'B/2' }))
    world.done(
      receive(id, { sku: 'A', quantity: 2, lot: { id: 'Y', supplier: 'Other', costMinor: 7, currency: 'GBP' } }),
    )
    expect(parcels(world)).toEqual({ 'X/B/2': 2, 'Y/': 2 })
    const x = { supplier: 'Maison', costMinor: 900, currency: 'EUR', provenance: 'ex-château' }
    expect(known(world, 'X')).toMatchObject(x)
    expect(known(world, 'Y')).toMatchObject({ supplier: 'Other', costMinor: 7, currency: 'GBP' })
  })

  test('costs the average where the order has a SKU at several costs', () => {
    const { world, id } = ordered([
      { sku: 'A', quantity: 2, unitCostMinor: 900 },
      { sku: 'A', quantity: 1, unitCostMinor: 1_001 },
      { sku: 'A', quantity: 9 },
    ])
    world.done(receive(id))
    expect(parcels(world)).toEqual({ [`PO-${id}/`]: 12 })
    expect(known(world, `PO-${id}`)).toMatchObject({ costMinor: 934 })
  })

  test('is of a lot whoever of those who wait has its bottles', () => {
    const { world, id } = ordered([{ sku: 'A', quantity: 3, unitCostMinor: 900 }])
    const line = { sku: 'A', quantity: 2, channel: 'counter', from: 'incoming' } as const
    world.done({ kind: 'hold', ttlSeconds: 60, lines: [line] })
    world.done(receive(id))
    expect(world.level('A')).toMatchObject({ held: 2, available: 1 })
    expect(parcels(world)).toEqual({ [`PO-${id}/`]: 3 })
  })

  test('puts nothing anywhere that a count has seen', () => {
    const { world, id } = ordered([{ sku: 'A', quantity: 6, unitCostMinor: 900 }])
    const occurredAtMs = Math.floor(world.nowUs / 1_000)
    world.nowUs += 5_000
    world.done({ kind: 'count', location: 'shop', lines: [{ sku: 'A', counted: 6 }] })
    const { rebased, lots } = world.done({
      ...receive(id, { sku: 'A', quantity: 6, bin: 'A/1' }),
      occurredAtMs,
    } as Command)
    expect([rebased, lots, parcels(world)]).toEqual([true, [], {}])
    world.audit()
  })
})
