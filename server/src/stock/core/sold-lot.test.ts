import { describe, expect, test } from 'vitest'
import { contentsOfLot, openWorld, worldContents, type CellarWorld } from '../../../test/cellar-world.ts'
import type { RecipeState } from '../../log/log.ts'
import type { Command } from './command.ts'

/** C is an original case, and CASE the case of it whose number is X. */
const recipe: RecipeState = { sku: 'CASE', kind: 'lot', components: [{ sku: 'C', quantity: 1 }], lot: 'X' }
const contents = [...worldContents, contentsOfLot(recipe)]

const receive = (quantity: number, lot?: string, bin?: string): Command => ({
  kind: 'receive',
  location: 'shop',
  lines: [{ sku: 'C', quantity, ...(lot ? { lot: { id: lot, condition: 'perfect' } } : {}), ...(bin ? { bin } : {}) }],
})
const offer = (quantity?: number): Command => ({
  kind: 'relabel',
  location: 'shop',
  sku: 'C',
  as: 'CASE',
  lot: 'X',
  contents,
  ...(quantity === undefined ? {} : { quantity }),
})
const withdraw = (quantity?: number): Command => ({
  kind: 'relabel',
  location: 'shop',
  sku: 'CASE',
  as: 'C',
  contents,
  ...(quantity === undefined ? {} : { quantity }),
})
const hold = (quantity: number, line: object = {}): Command => ({
  kind: 'hold',
  ttlSeconds: 60,
  lines: [{ sku: 'C', quantity, channel: 'counter', ...line }],
})
const sale = (quantity: number, line: object = {}): Command => ({
  kind: 'sale',
  location: 'shop',
  lines: [{ sku: 'C', quantity, ...line }],
})

/** Two cases of lot X in a bin and three of Y. */
function stocked(): CellarWorld {
  const world = openWorld({}, [recipe])
  world.done(receive(3, 'Y'))
  world.done(receive(2, 'X', 'A/1'))
  return world
}

const available = (world: CellarWorld) => [world.level('C').available, world.level('CASE').available]

/** The parcels of a SKU in the shop, as `lot/bin: quantity`. */
function parcels(world: CellarWorld, sku: string): Record<string, number> {
  const found = world.context.parcels.get(`${sku}@shop`) ?? []
  return Object.fromEntries(found.map(({ lot, bin, quantity }) => [`${lot}/${bin}`, quantity]))
}

function refusal(world: CellarWorld, command: Command) {
  const decision = world.tell(command)
  if (decision.kind !== 'refusal') throw new Error(`not refused: ${JSON.stringify(decision)}`)
  return decision.refusal
}

describe('a lot that is sold by itself', () => {
  test('stands under a SKU of its own, in its bin, and is what it was: an original case is not opened', () => {
    const world = stocked()
    const { document } = world.done(offer())
    expect(available(world)).toEqual([3, 2])
    expect([parcels(world, 'C'), parcels(world, 'CASE')]).toEqual([{ 'Y/': 3 }, { 'X/A/1': 2 }])
    expect(world.context.lots.get('X@CASE')).toEqual({ ...world.context.lots.get('X@C'), sku: 'CASE' })
    expect(document).toMatchObject({
      kind: 'repack',
      body: {
        break: [{ sku: 'C', quantity: 2, lot: 'X', lots: [{ lot: 'X', quantity: 2 }] }],
        build: [{ sku: 'CASE', quantity: 2, lots: [{ lot: 'X', quantity: 2 }] }],
        losses: [],
      },
    })
    world.audit()
  })

  test('is held by its number, as what it is sold as and at its price', () => {
    const world = stocked()
    world.done(offer())
    const price = { amountMinor: 99_000, currency: 'EUR', taxIncluded: true, dutyIncluded: true }
    world.done({ kind: 'setPrice', lines: [{ sku: 'CASE', channel: 'counter', price }] })
    const { answer } = world.done(hold(1, { lot: 'X' }))
    const line = { sku: 'CASE', quantity: 1, price, lot: { of: 'C', lot: 'X' } }
    expect(answer).toMatchObject({ lines: [line] })
    const sold = world.done({ kind: 'commit', holdId: world.lastHold() })
    expect(sold.answer).toMatchObject({ lines: [line] })
    expect(world.level('CASE')).toMatchObject({ available: 1, committed: 1 })
    world.audit()
  })

  test('is never given to who holds the SKU, whatever the lot', () => {
    const world = stocked()
    world.done(offer())
    expect(refusal(world, hold(4))).toMatchObject({ slug: 'insufficient-stock' })
    const { answer } = world.done(hold(3))
    expect(answer).toMatchObject({ lines: [{ sku: 'C', quantity: 3 }] })
    expect(available(world)).toEqual([0, 2])
  })

  test('is not held beyond what there is of it, however much there is of the SKU', () => {
    const world = stocked()
    world.done(offer(1))
    expect(refusal(world, hold(2, { lot: 'X' }))).toMatchObject({
      slug: 'insufficient-stock',
      members: { lines: [{ sku: 'CASE', requested: 2, available: 1 }] },
    })
  })

  test('that is not sold by itself cannot be held: the refusal says what to do', () => {
    const { slug, detail, members } = refusal(stocked(), hold(1, { lot: 'Y' }))
    expect([slug, members]).toEqual(['lot-not-offered', { sku: 'C', lot: 'Y' }])
    expect(detail).toContain('/v1/lot-offers')
  })

  test('goes back to the others, of the same lot and in the same bin', () => {
    const world = stocked()
    const before = parcels(world, 'C')
    world.done(offer())
    world.done(withdraw(1))
    expect(available(world)).toEqual([4, 1])
    world.done(withdraw())
    expect(available(world)).toEqual([5, 0])
    expect([parcels(world, 'C'), parcels(world, 'CASE')]).toEqual([before, {}])
    expect(refusal(world, withdraw())).toMatchObject({ slug: 'insufficient-stock' })
    world.audit()
  })

  test('is no more than is available, and no more than there is of the lot', () => {
    const world = stocked()
    expect(refusal(world, offer(3))).toMatchObject({ slug: 'not-in-lot', members: { there: 2 } })
    world.done(hold(4))
    expect(refusal(world, offer())).toMatchObject({
      slug: 'insufficient-stock',
      members: { lines: [{ available: 1 }] },
    })
    world.done(offer(1))
    expect(available(world)).toEqual([0, 1])
    expect(refusal(openWorld({}, [recipe]), offer())).toMatchObject({ slug: 'not-in-lot' })
  })

  test('is of that lot alone: other bottles do not become it', () => {
    const world = stocked()
    const other = { ...offer(1), lot: 'Y' } as Command
    expect(refusal(world, other)).toMatchObject({ slug: 'lot-not-offered' })
    const cartons = contents.map((one) => ({ ...one, packaging: 'carton' as const }))
    const lines = [
      { sku: 'C', quantity: 1, part: 'broken' },
      { sku: 'CASE', quantity: 1, part: 'built' },
    ] as const
    const repack: Command = { kind: 'repack', location: 'shop', lines, contents: cartons }
    expect(refusal(world, repack)).toMatchObject({ slug: 'invalid-lot-offer' })
  })

  test('is not what holds other bottles, or comes in another box', () => {
    const world = stocked()
    const other = contents.map((one) => (one.sku === 'CASE' ? { ...one, packaging: 'carton' as const } : one))
    expect(refusal(world, { ...offer(), contents: other } as Command)).toMatchObject({ slug: 'invalid-lot-offer' })
  })

  test('is broken up as any case is, and its bottles are of its lot', () => {
    const world = stocked()
    world.done(offer())
    world.done({
      kind: 'repack',
      location: 'shop',
      contents: contents.map((one) =>
        one.sku === 'B' ? { ...one, bottles: [{ wine: 'v', vintage: 2020, formatMl: 750, bottles: 1 }] } : one,
      ),
      lines: [
        { sku: 'CASE', quantity: 1, part: 'broken' },
        { sku: 'A', quantity: 2, part: 'built' },
        { sku: 'B', quantity: 1, part: 'built' },
      ],
    })
    expect([parcels(world, 'A'), parcels(world, 'CASE')]).toEqual([{ 'X/': 2 }, { 'X/A/1': 1 }])
  })
})

describe('a till that sells a lot by the SKU it came as', () => {
  test('has sold the bottles that stand under the SKU it is sold as', () => {
    const world = stocked()
    world.done(offer())
    const { levels } = world.done(sale(1, { lot: 'X' }))
    expect(levels.map(({ sku }) => sku)).toEqual(['CASE'])
    expect(available(world)).toEqual([3, 1])
    expect(parcels(world, 'CASE')).toEqual({ 'X/A/1': 1 })
    world.audit()
  })

  test('has sold those of the SKU as long as some of the lot stand there, and where none is sold by itself', () => {
    const world = stocked()
    world.done(offer(1))
    world.done(sale(1, { lot: 'X' }))
    expect(available(world)).toEqual([3, 1])
    world.done(sale(1, { lot: 'X' }))
    expect(available(world)).toEqual([3, 0])
    world.done(sale(1, { lot: 'X' }))
    expect(available(world)).toEqual([2, 0])
    world.audit()
  })
})
