import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Contents } from '@cellarhand/protocol/repack'
import { openWorld, worldContents, type CellarWorld } from '../../../test/cellar-world.ts'
import type { Command, LotDetails, RepackLine } from './command.ts'

const broken = (sku: string, quantity: number, lot?: string): RepackLine => ({
  sku,
  quantity,
  part: 'broken',
  ...(lot === undefined ? {} : { lot }),
})
const built = (sku: string, quantity: number): RepackLine => ({ sku, quantity, part: 'built' })
const lost = (sku: string, quantity: number): RepackLine => ({ sku, quantity, part: 'lost', reason: 'breakage' })

function repack(lines: readonly RepackLine[], contents: readonly Contents[] = worldContents): Command {
  return { kind: 'repack', location: 'shop', lines, contents }
}

function receive(world: CellarWorld, sku: string, quantity: number, lot?: LotDetails): void {
  const line = { sku, quantity, ...(lot === undefined ? {} : { lot }) }
  world.done({ kind: 'receive', location: 'shop', lines: [line] })
}

const cost = (costMinor: number, currency = 'EUR') => ({ costMinor, currency })

/** Bottles (or cases) of each lot of a SKU in the shop. */
function lotsOf(world: CellarWorld, sku: string): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { lot, quantity } of world.context.parcels.get(`${sku}@shop`) ?? [])
    sums[lot] = (sums[lot] ?? 0) + quantity
  return sums
}

const known = ({ context }: CellarWorld, sku: string, lot: string) => context.lots.get(`${lot}@${sku}`)

/** C as a plain carton, so that it may be built. */
const cartons = worldContents.map((one): Contents => (one.sku === 'C' ? { ...one, packaging: 'carton' } : one))
const halves = cartons.map((one): Contents => {
  return one.sku === 'B' ? { ...one, bottles: [{ wine: 'v', vintage: 2020, formatMl: 750, bottles: 1 }] } : one
})

describe('a repack of lots', () => {
  test('keeps the number of a lot, what is known of it, its age and each bottle’s part of the cost', () => {
    const world = openWorld()
    const told = { supplier: 'Maison', condition: 'perfect', provenance: 'ex-château', drinkBy: 2035 }
    receive(world, 'B', 2, { id: 'B7', ...told, ...cost(2_401) })
    const opened = known(world, 'B', 'B7')?.openedAtUs
    const { document } = world.done(repack([broken('B', 2), built('A', 4)]))
    expect(lotsOf(world, 'B')).toEqual({})
    expect(lotsOf(world, 'A')).toEqual({ B7: 4 })
    expect(known(world, 'A', 'B7')).toMatchObject({ ...told, ...cost(1_201), openedAtUs: opened })
    expect(document?.body).toMatchObject({
      break: [{ sku: 'B', quantity: 2, lots: [{ lot: 'B7', quantity: 2 }] }],
      build: [{ sku: 'A', quantity: 4, lots: [{ lot: 'B7', quantity: 4 }] }],
    })
    world.audit()
  })

  test('breaks the lot that is named, or the oldest to drink; what is of no lot goes last', () => {
    const world = openWorld()
    receive(world, 'B', 1)
    receive(world, 'B', 1, { id: 'LATE', drinkBy: 2040 })
    receive(world, 'B', 1, { id: 'SOON', drinkBy: 2030 })
    world.done(repack([broken('B', 1, 'LATE'), built('A', 2)]))
    expect(lotsOf(world, 'A')).toEqual({ LATE: 2 })
    world.done(repack([broken('B', 2), built('A', 4)]))
    expect(lotsOf(world, 'A')).toEqual({ LATE: 2, SOON: 2 })
    expect(world.level('A').available).toBe(6)
  })

  test('breaks no more of a lot than there is', () => {
    const world = openWorld()
    receive(world, 'B', 3, { id: 'X' })
    const decision = world.tell(repack([broken('B', 2, 'Y'), built('A', 4)]))
    expect(decision).toMatchObject({ kind: 'refusal', refusal: { slug: 'not-in-lot', members: { there: 0 } } })
    expect(lotsOf(world, 'B')).toEqual({ X: 3 })
  })

  test('takes what is lost from what is taken last', () => {
    const world = openWorld()
    receive(world, 'B', 1, { id: 'X' })
    receive(world, 'B', 1)
    world.done(repack([broken('B', 2), lost('A', 1), built('A', 3)]))
    expect(lotsOf(world, 'A')).toEqual({ X: 2 })
    expect(world.level('A').available).toBe(3)
  })

  test('puts nothing in a lot that only fills what is short', () => {
    const world = openWorld({ 'A@shop': { short: -3, committed: 3 } })
    receive(world, 'B', 2, { id: 'X' })
    world.done(repack([broken('B', 2), built('A', 4)]))
    expect(world.level('A')).toMatchObject({ available: 1, short: 0 })
    expect(lotsOf(world, 'A')).toEqual({ X: 4 })
    world.audit()
  })

  test('makes a lot of its own of bottles of several lots, at the sum of their costs and the earliest last year', () => {
    const world = openWorld()
    receive(world, 'A', 3, { id: 'L1', supplier: 'Maison', drinkBy: 2030, ...cost(1_000) })
    receive(world, 'A', 3, { id: 'L2', supplier: 'Maison', drinkBy: 2040, condition: 'low fill', ...cost(1_500) })
    const { entry } = world.done(repack([broken('A', 6), built('B', 3)]))
    const own = `L${entry}-2`
    expect(lotsOf(world, 'B')).toEqual({ L1: 1, [own]: 1, L2: 1 })
    expect(known(world, 'B', 'L1')).toMatchObject(cost(2_000))
    expect(known(world, 'B', own)).toMatchObject({ supplier: 'Maison', drinkBy: 2030, ...cost(2_500) })
    expect(known(world, 'B', own)?.condition).toBeUndefined()
    expect(known(world, 'B', 'L2')).toMatchObject(cost(3_000))
  })

  test.each<[string, LotDetails | undefined]>([
    ['of which one is of no lot', undefined],
    ['of which one has no cost', { id: 'L2' }],
    ['that cost in two currencies', { id: 'L2', ...cost(900, 'GBP') }],
  ])('says no cost of a case of bottles %s', (_what, second) => {
    const world = openWorld()
    receive(world, 'A', 1, { id: 'L1', ...cost(1_000) })
    receive(world, 'A', 1, second)
    const { entry } = world.done(repack([broken('A', 2), built('B', 1)]))
    expect(lotsOf(world, 'B')).toEqual({ [`L${entry}-1`]: 1 })
    expect(known(world, 'B', `L${entry}-1`)?.costMinor).toBeUndefined()
  })

  test('divides the cost of a mixed case by bottles, and keeps it together where it is built again', () => {
    const world = openWorld()
    receive(world, 'C', 1, { id: 'M', ...cost(3_100) })
    receive(world, 'C', 1, { id: 'N', ...cost(5_000) })
    world.done(repack([broken('C', 1, 'M'), built('C', 1)], cartons))
    expect(lotsOf(world, 'C')).toEqual({ M: 1, N: 1 })
    // B holds a bottle of v here: A is of M's bottles, B of N's, and what is built again is of both.
    const { entry } = world.done(repack([broken('C', 2), built('A', 2), built('C', 1), built('B', 1)], halves))
    expect([lotsOf(world, 'A'), lotsOf(world, 'B')]).toEqual([{ M: 2 }, { N: 1 }])
    expect([known(world, 'A', 'M'), known(world, 'B', 'N')]).toMatchObject([cost(1_033), cost(1_667)])
    expect(lotsOf(world, 'C')).toEqual({ [`L${entry}-2`]: 1 })
    expect(known(world, 'C', `L${entry}-2`)).toMatchObject(cost(4_367))
  })

  test('comes to what a lot of that number costs already, but for what division leaves', () => {
    const world = openWorld()
    receive(world, 'B', 1, { id: 'X', ...cost(2_001) })
    world.done(repack([broken('B', 1), built('A', 2)]))
    expect(known(world, 'A', 'X')).toMatchObject(cost(1_001))
    world.done(repack([broken('A', 2), built('B', 1)]))
    expect(lotsOf(world, 'B')).toEqual({ X: 1 })
    expect(known(world, 'B', 'X')).toMatchObject(cost(2_001))
  })

  test('leaves a lot of that number alone that costs something else', () => {
    const world = openWorld()
    receive(world, 'A', 1, { id: 'X', ...cost(5_000) })
    receive(world, 'B', 1, { id: 'X', ...cost(2_000) })
    const { entry } = world.done(repack([broken('B', 1), built('A', 2)]))
    expect(lotsOf(world, 'A')).toEqual({ X: 1, [`L${entry}-1`]: 2 })
    expect(known(world, 'A', `L${entry}-1`)).toMatchObject(cost(1_000))
  })
})

/** Bottles of w that are of lots, and what they cost together. */
function inLots(world: CellarWorld): { bottles: number; costMinor: number } {
  const rows = (['A', 'B'] as const).flatMap((sku) =>
    Object.entries(lotsOf(world, sku)).map(([lot, quantity]) => ({ sku, lot, quantity })),
  )
  return {
    bottles: rows.reduce((sum, { sku, quantity }) => sum + quantity * (sku === 'B' ? 2 : 1), 0),
    costMinor: rows.reduce((sum, row) => sum + row.quantity * (known(world, row.sku, row.lot)?.costMinor ?? 0), 0),
  }
}

test('bottles of lots stay bottles of lots whatever they are repacked into, and neither make money nor lose it', () => {
  const receipt = fc.record({
    sku: fc.constantFrom('A', 'B'),
    quantity: fc.integer({ min: 1, max: 5 }),
    id: fc.constantFrom('L1', 'L2', 'L3'),
    costMinor: fc.integer({ min: 0, max: 3_000 }),
  })
  const repacks = fc.array(fc.record({ pairs: fc.integer({ min: 1, max: 4 }), isBroken: fc.boolean() }))
  fc.assert(
    fc.property(fc.array(receipt, { minLength: 1, maxLength: 6 }), repacks, (receipts, turns) => {
      const world = openWorld()
      for (const { sku, quantity, ...lot } of receipts) receive(world, sku, quantity, { ...lot, currency: 'EUR' })
      for (const { pairs, isBroken } of turns) {
        const [pair, bottles] = [pairs, 2 * pairs]
        const lines = isBroken ? [broken('B', pair), built('A', bottles)] : [broken('A', bottles), built('B', pair)]
        const before = inLots(world)
        const isDone = world.tell(repack(lines)).kind === 'effect'
        const after = inLots(world)
        expect(after.bottles).toBe(before.bottles)
        expect(Math.abs(after.costMinor - before.costMinor)).toBeLessThanOrEqual(isDone ? bottles : 0)
      }
      world.audit()
    }),
  )
})
