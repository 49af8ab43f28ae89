import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openWorld, type CellarWorld } from '../../../test/cellar-world.ts'
import type { Command, PickedLine, ReceiptLine } from './command.ts'

const receive = (quantity: number, more: Partial<ReceiptLine> = {}, location = 'shop'): Command => ({
  kind: 'receive',
  location,
  lines: [{ sku: 'A', quantity, ...more }],
})
const sale = (quantity: number, more: Partial<PickedLine> = {}): Command => ({
  kind: 'sale',
  location: 'shop',
  lines: [{ sku: 'A', quantity, ...more }],
})
const count = (counted: number): Command => ({ kind: 'count', location: 'shop', lines: [{ sku: 'A', counted }] })

function refusal(world: CellarWorld, command: Command) {
  const decision = world.tell(command)
  if (decision.kind !== 'refusal') throw new Error(`not refused: ${JSON.stringify(decision)}`)
  return decision.refusal
}

/** A level's parcels, as `lot/bin: quantity`. */
function parcels(world: CellarWorld, location = 'shop'): Record<string, number> {
  const found = world.context.parcels.get(`A@${location}`) ?? []
  return Object.fromEntries(found.map(({ lot, bin, quantity }) => [`${lot}/${bin}`, quantity]))
}

describe('a lot', () => {
  test('is opened by a receipt, with what is known of it, and added to by the next', () => {
    const world = openWorld()
    const lot = { id: 'B7', supplier: 'Maison', costMinor: 1_200, currency: 'EUR', drinkBy: 2035 }
    const { lots } = world.done(receive(6, { lot, bin: 'A/1' }))
    expect(lots).toMatchObject([{ ...lot, sku: 'A' }])
    expect(world.done(receive(3, { lot: { id: 'B7' }, bin: 'B/2' })).lots).toEqual([])
    expect(parcels(world)).toEqual({ 'B7/A/1': 6, 'B7/B/2': 3 })
  })

  test('without a name of its own is given one', () => {
    const world = openWorld()
    const { lots, entry } = world.done(receive(6, { lot: { costMinor: 900, currency: 'EUR' } }))
    expect(lots).toMatchObject([{ id: `L${entry}-1` }])
  })

  test('is left by the oldest to drink first, then by the one that came first; what is of no lot goes last', () => {
    const world = openWorld()
    world.done(receive(2))
    world.done(receive(2, { lot: { id: 'LATE', drinkBy: 2040 } }))
    world.done(receive(2, { lot: { id: 'NOTSAID' } }))
    world.done(receive(2, { lot: { id: 'SOON', drinkBy: 2028 } }))
    world.done(sale(3))
    expect(parcels(world)).toEqual({ 'LATE/': 1, 'NOTSAID/': 2 })
    world.done(sale(3))
    expect(parcels(world)).toEqual({})
    expect(world.level('A').available).toBe(2)
  })

  test('is taken from by who names it, as far as it has bottles', () => {
    const world = openWorld()
    world.done(receive(4, { lot: { id: 'X', drinkBy: 2028 } }))
    world.done(receive(2, { lot: { id: 'Y', drinkBy: 2040 } }))
    world.done(sale(3, { lot: 'Y' }))
    expect(parcels(world)).toEqual({ 'X/': 3 })
  })

  test('loses nothing to a count as long as there are bottles of no lot', () => {
    const world = openWorld()
    world.done(receive(4, { lot: { id: 'X' } }))
    world.done(receive(2))
    world.done(count(5))
    expect(parcels(world)).toEqual({ 'X/': 4 })
    world.done(count(3))
    expect(parcels(world)).toEqual({ 'X/': 3 })
  })

  test('is not touched by what a count has seen already', () => {
    const world = openWorld()
    const before = Math.floor(world.nowUs / 1_000)
    world.nowUs += 5_000
    world.done(receive(4, { lot: { id: 'X' } }))
    world.done(count(4))
    world.done({ ...sale(2), occurredAtMs: before } as Command)
    expect(parcels(world)).toEqual({ 'X/': 4 })
  })

  test('travels with a transfer, in parts, and turns back with it', () => {
    const world = openWorld()
    world.done(receive(3, { lot: { id: 'X', drinkBy: 2028 } }))
    world.done(receive(3, { lot: { id: 'Y', drinkBy: 2040 } }))
    const transfer = { kind: 'transfer', fromLocation: 'shop', toLocation: 'cellar' } as const
    const documentId = world.done({ ...transfer, lines: [{ sku: 'A', quantity: 5 }] }).document?.id ?? ''
    const arrived = (quantity: number, bin: string): Command => ({
      kind: 'receiveTransfer',
      documentId,
      lines: [{ sku: 'A', quantity, bin }],
    })
    world.done(arrived(2, 'N/1'))
    world.done(arrived(2, 'N/2'))
    expect(parcels(world, 'cellar')).toEqual({ 'X/N/1': 2, 'X/N/2': 1, 'Y/N/2': 1 })
    world.done({ kind: 'cancelTransfer', documentId })
    expect(parcels(world)).toEqual({ 'Y/': 2 })
  })

  test('stays itself when duty is cleared', () => {
    const world = openWorld()
    world.done(receive(3, { lot: { id: 'X' } }, 'bond'))
    world.done({
      kind: 'clearDuty',
      fromLocation: 'bond',
      toLocation: 'shop',
      currency: 'EUR',
      lines: [
        {
          sku: 'A',
          quantity: 2,
          dutyMinor: 620,
          lot: 'X',
        },
      ],
    })
    expect([parcels(world), parcels(world, 'bond')]).toEqual([{ 'X/': 2 }, { 'X/': 1 }])
  })

  test('is what is shipped, if it is named and has as many', () => {
    const world = openWorld()
    world.done(receive(2, { lot: { id: 'X', drinkBy: 2028 } }))
    world.done(receive(2, { lot: { id: 'Y', drinkBy: 2040 } }))
    world.done({ kind: 'hold', ttlSeconds: 60, lines: [{ sku: 'A', quantity: 3, channel: 'counter' }] })
    const commitmentId = world.lastHold()
    world.done({ kind: 'commit', holdId: commitmentId })
    const ship = (quantity: number): Command => ({
      kind: 'ship',
      commitmentId,
      lines: [{ sku: 'A', quantity, lot: 'Y' }],
    })
    expect(refusal(world, ship(3))).toMatchObject({ slug: 'not-in-lot', members: { lot: 'Y', there: 2 } })
    world.done(ship(2))
    expect(parcels(world)).toEqual({ 'X/': 2 })
  })

  test('can be named afterwards, of bottles that are of none', () => {
    const world = openWorld()
    world.done(receive(4))
    const open = (quantity: number): Command => ({
      kind: 'openLot',
      sku: 'A',
      location: 'shop',
      quantity,
      lot: {
        id: 'OLD',
        provenance: 'the cellar of a friend',
      },
    })
    expect(refusal(world, open(5)).slug).toBe('not-in-bin')
    world.done(open(3))
    expect(parcels(world)).toEqual({ 'OLD/': 3 })
    expect(world.level('A')).toMatchObject({ available: 4, version: 1, revision: 1 })
  })
})

describe('a bin', () => {
  test('is changed by a move, and nothing else is', () => {
    const world = openWorld()
    world.done(receive(4))
    const move = (quantity: number, more: object): Command => ({
      kind: 'move',
      location: 'shop',
      lines: [{ sku: 'A', quantity, ...more }],
    })
    world.done(move(3, { toBin: 'A/1' }))
    world.done(move(1, { fromBin: 'A/1', toBin: 'B/2' }))
    expect(parcels(world)).toEqual({ '/A/1': 2, '/B/2': 1 })
    expect(refusal(world, move(2, { toBin: 'A/1' }))).toMatchObject({ slug: 'not-in-bin', members: { there: 1 } })
    world.done(move(2, { fromBin: 'A/1' }))
    expect(parcels(world)).toEqual({ '/B/2': 1 })
    expect(world.level('A')).toMatchObject({ available: 4, version: 1, revision: 1 })
  })
})

/** One label a bottle on hand, kept by hand: what parcels come to. */
interface Label {
  readonly lot: string
  readonly bin: string
}

const drinkBy: Readonly<Record<string, number>> = { X: 2028, Y: 2040 }
const rank = ({ lot, bin }: Label) =>
  `${lot === '' ? 2 : 1} ${drinkBy[lot] ?? 0} ${lot} ${bin === '' && lot === '' ? '~' : bin}`

const quantity = fc.integer({ min: 1, max: 5 })
const lot = fc.constantFrom('X', 'Y')
const bin = fc.constantFrom('', 'A/1', 'B/2')
const step = fc.oneof(
  fc.record({
    what: fc.constant('receive' as const),
    quantity,
    lot: fc.option(lot),
    bin,
  }),
  fc.record({
    what: fc.constant('sale' as const),
    quantity,
    lot: fc.option(lot),
    bin,
  }),
  fc.record({
    what: fc.constant('count' as const),
    quantity: fc.nat(9),
    lot: fc.constant(null),
    bin: fc.constant(''),
  }),
)

test('parcels come to what a label on each bottle would', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
      const world = openWorld()
      let labels: Label[] = []
      for (const { what, quantity, lot: name, bin: where } of steps) {
        const picked = { ...(name === null ? {} : { lot: name }), ...(where === '' ? {} : { bin: where }) }
        if (what === 'receive') {
          const details = name === null ? {} : { lot: { id: name, drinkBy: drinkBy[name] ?? 0 } }
          world.done(receive(quantity, { ...details, ...(where === '' ? {} : { bin: where }) }))
          labels = labels.concat(Array.from({ length: quantity }, () => ({ lot: name ?? '', bin: where })))
        } else if (what === 'sale') {
          world.done(sale(quantity, picked))
          const meant = (one: Label) => (name ?? one.lot) === one.lot && (where || one.bin) === one.bin
          labels = taken(
            labels,
            quantity,
            (one) => `${Object.keys(picked).length > 0 && meant(one) ? 0 : 1} ${rank(one)}`,
          )
        } else {
          world.done(count(quantity))
          const missing = labels.length - quantity
          const found = Array.from({ length: Math.max(0, -missing) }, () => ({ lot: '', bin: '' }))
          labels = [...taken(labels, Math.max(0, missing), unknownFirst), ...found]
        }
        const onHand = Math.max(0, world.level('A').available + world.level('A').short)
        if (onHand < labels.length) labels = taken(labels, labels.length - onHand, unknownFirst)
        expect(parcels(world)).toEqual(counted(labels))
        world.audit()
      }
    }),
    { numRuns: 200 },
  )
})

const unknownFirst = (one: Label) => `${one.lot === '' && one.bin === '' ? 0 : one.lot === '' ? 1 : 2} ${rank(one)}`

function taken(labels: readonly Label[], quantity: number, order: (label: Label) => string): Label[] {
  return labels.toSorted((a, b) => (order(a) < order(b) ? -1 : 1)).slice(quantity)
}

function counted(labels: readonly Label[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { lot, bin } of labels)
    if (lot !== '' || bin !== '') sums[`${lot}/${bin}`] = (sums[`${lot}/${bin}`] ?? 0) + 1
  return sums
}
