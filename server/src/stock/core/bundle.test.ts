import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openWorld, tenEuros, type CellarWorld } from '../../../test/cellar-world.ts'
import { sharesOf } from './bundle.ts'
import type { Command, HoldLineRequest, Price } from './command.ts'
import { priceKey } from './context.ts'
import type { OrderBody } from './order.ts'
import { planOf } from './plan.ts'

/** SET is one A and two B, in all channels for ten euros. Channel `counter` sells from the shop, `web` from the shop and then the cellar, and keeps two. */
const hold = (line: Partial<HoldLineRequest> = {}): Command => ({
  kind: 'hold',
  ttlSeconds: 60,
  lines: [{ sku: 'SET', quantity: 1, channel: 'counter', ...line }],
})

const stocked = (a: number, b: number, more = {}): CellarWorld =>
  openWorld({ 'A@shop': { available: a }, 'B@shop': { available: b }, ...more })

function refusalOf(world: CellarWorld, command: Command) {
  const decision = world.tell(command)
  return decision.kind === 'refusal' ? decision.refusal : undefined
}

const linesOf = (world: CellarWorld, command: Command) =>
  (world.done(command).newHold?.lines ?? []).map(({ sku, location, quantity, price, requestLine }) => [
    requestLine,
    sku,
    location,
    quantity,
    price.amountMinor,
  ])

describe('a bundle that is held', () => {
  test('takes its components, whose prices come to its own, and says on each line what was asked for', () => {
    const world = stocked(3, 5)
    expect(linesOf(world, hold({ quantity: 2 }))).toEqual([
      [0, 'A', 'shop', 2, 333],
      [0, 'B', 'shop', 2, 334],
      [0, 'B', 'shop', 2, 333],
    ])
    const [line] = world.context.holds.get(world.lastHold())?.lines ?? []
    expect(line).toMatchObject({ bundle: { sku: 'SET', quantity: 2 } })
    expect([world.level('A').available, world.level('B').available]).toEqual([1, 1])
    world.audit()
  })

  test('is filled from several locations, each component by itself', () => {
    const world = stocked(2, 5, { 'A@cellar': { available: 3 }, 'B@cellar': { available: 9 } })
    const lines = linesOf(world, hold({ quantity: 3, channel: 'web' }))
    expect(lines.map(([, ...rest]) => rest.slice(0, 3))).toEqual([
      ['A', 'shop', 2],
      ['A', 'cellar', 1],
      ['B', 'shop', 3],
      ['B', 'shop', 2],
      ['B', 'cellar', 1],
    ])
  })

  test('is all or nothing, and says how many there are: the least of its components, each without the safety stock', () => {
    const world = stocked(5, 9)
    expect(refusalOf(world, hold({ quantity: 5 }))).toMatchObject({
      slug: 'insufficient-stock',
      members: { lines: [{ sku: 'SET', requested: 5, available: 4 }] },
    })
    // web keeps two of A and two of B: three and seven are left.
    expect(refusalOf(world, hold({ quantity: 4, channel: 'web' }))).toMatchObject({
      members: { lines: [{ sku: 'SET', requested: 4, available: 3 }] },
    })
    expect([world.level('A').held, world.level('B').held]).toEqual([0, 0])
    world.done(hold({ quantity: 3, channel: 'web' }))
  })

  test('has what other lines of the same hold have left', () => {
    const world = stocked(2, 4)
    const line = { channel: 'counter', sku: 'SET', quantity: 1 }
    const refusal = refusalOf(world, { kind: 'hold', ttlSeconds: 60, lines: [line, { ...line, sku: 'A' }, line] })
    expect(refusal).toMatchObject({ members: { lines: [{ sku: 'SET', requested: 1, available: 2 }] } })
  })

  test('costs what it costs, whatever its components cost, and `expectedPrice` is of it', () => {
    const world = stocked(9, 9)
    world.done({
      kind: 'setPrice',
      lines: [{ sku: 'SET', channel: 'counter', price: { ...tenEuros, amountMinor: 700 } }],
    })
    const expecting = (amountMinor: number) => hold({ expectedPrice: { amountMinor, currency: 'EUR' } })
    expect(refusalOf(world, expecting(1_000))).toMatchObject({ slug: 'price-changed', members: { sku: 'SET' } })
    const lines = world.done(expecting(700)).newHold?.lines ?? []
    expect(lines.reduce((sum, { quantity, price }) => sum + quantity * price.amountMinor, 0)).toBe(700)
  })

  test('becomes a commitment that is shipped and cancelled by its components', () => {
    const world = stocked(2, 4)
    const { newHold } = world.done(hold({ quantity: 2 }))
    const { newCommitment } = world.done({ kind: 'commit', holdId: newHold?.id ?? '' })
    expect(newCommitment?.lines[0]).toMatchObject({ bundle: { sku: 'SET', quantity: 2 } })
    const commitmentId = newHold?.id ?? ''
    world.done({ kind: 'ship', commitmentId, lines: [{ sku: 'B', quantity: 3 }] })
    world.done({ kind: 'cancel', commitmentId, lines: [{ sku: 'B', quantity: 1 }] })
    const { answer } = world.done({ kind: 'ship', commitmentId })
    expect(answer).toMatchObject({ state: 'closed', lines: [{ sku: 'A', bundle: { sku: 'SET' }, shipped: 2 }, {}, {}] })
    expect([world.level('A').committed, world.level('B').available]).toEqual([0, 1])
    world.audit()
  })

  test('is refused where a line would be beyond its bound, and where a hold would come to too many components', () => {
    const world = stocked(0, 0)
    expect(refusalOf(world, hold({ quantity: 500_001 }))).toMatchObject({ slug: 'quantity-overflow' })
    const lines = Array.from({ length: 251 }, () => ({ sku: 'SET', quantity: 1, channel: 'counter' }))
    expect(refusalOf(world, { kind: 'hold', ttlSeconds: 60, lines })).toMatchObject({ slug: 'quantity-overflow' })
  })
})

describe('a bundle elsewhere', () => {
  test('sold at a till takes its components: a fact, whatever the books say', () => {
    const world = stocked(1, 5)
    world.done({ kind: 'sale', location: 'shop', lines: [{ sku: 'SET', quantity: 2 }] })
    expect(world.level('A')).toMatchObject({ available: 0, short: -1 })
    expect(world.level('B')).toMatchObject({ available: 1, short: 0 })
  })

  test.each<Command>([
    { kind: 'receive', location: 'shop', lines: [{ sku: 'SET', quantity: 1 }] },
    { kind: 'count', location: 'shop', lines: [{ sku: 'SET', counted: 1 }] },
    { kind: 'adjust', location: 'shop', sku: 'SET', delta: 1, reason: 'found' },
    { kind: 'allocate', allotment: 'club', location: 'shop', lines: [{ sku: 'SET', quantity: 1 }] },
    { kind: 'repack', location: 'shop', lines: [{ sku: 'SET', quantity: 1, part: 'broken' }], contents: [] },
  ])('has no stock: $kind is refused, and names what it is made of', (command) => {
    expect(refusalOf(stocked(9, 9), command)).toMatchObject({
      slug: 'is-a-bundle',
      members: {
        sku: 'SET',
        components: [
          { sku: 'A', quantity: 1 },
          { sku: 'B', quantity: 2 },
        ],
      },
    })
  })

  test('is priced under the locks of its components, which its holds have too', () => {
    const { context } = openWorld()
    const planned = (command: Command) => planOf({ ...context, linesOf: () => [], orderOf: () => undefined }, command)
    const components = ['A@shop', 'A@cellar', 'B@shop', 'B@cellar']
    const line = { sku: 'SET', channel: 'web' }
    expect(planned({ kind: 'setPrice', lines: [{ ...line, price: tenEuros }] }).levels).toEqual(components)
    const held = planned(hold({ channel: 'web', quantity: 2 }))
    expect([held.levels, held.takes, held.prices]).toEqual([components, [2, 2, 4, 4], ['SET@web', 'A@web', 'B@web']])
  })
})

describe('the shares of a bundle’s price', () => {
  const component = fc.record({ quantity: fc.integer({ min: 1, max: 24 }), own: fc.option(fc.nat(10_000_000)) })
  const price = (amountMinor: number): Price => ({ ...tenEuros, amountMinor })

  test('come to it exactly, and no bottle is two minor units from its part', () => {
    fc.assert(
      fc.property(
        fc.array(component, { minLength: 1, maxLength: 12 }),
        fc.oneof(fc.nat(1_000), fc.nat(1_000_000_000_000)),
        fc.integer({ min: 1, max: 40 }),
        (parts, amountMinor, quantity) => {
          const components = parts.map((part, at) => ({ sku: `C${at}`, quantity: part.quantity }))
          const prices = new Map(
            parts.flatMap(({ own }, at) => (own === null ? [] : [[priceKey(`C${at}`, 'web'), price(own)] as const])),
          )
          const bundle = { price: price(amountMinor), channel: 'web', quantity }
          const shares = sharesOf({ prices }, components, bundle)
          const sum = shares.flat().reduce((total, one) => total + one.quantity * one.price.amountMinor, 0)
          expect(sum).toBe(amountMinor * quantity)
          const isPriced = prices.size === parts.length && parts.some(({ own }) => own !== 0)
          const valueOf = (at: number) => (isPriced ? (parts[at]?.own ?? 0) : 1)
          const whole = parts.reduce((total, part, at) => total + part.quantity * valueOf(at), 0)
          for (const [at, some] of shares.entries()) {
            expect(some.reduce((total, one) => total + one.quantity, 0)).toBe((parts[at]?.quantity ?? 0) * quantity)
            const part = (amountMinor * valueOf(at)) / whole
            // Beside the rounding down, what a double cannot say of so large an amount.
            for (const one of some) expect(Math.abs(one.price.amountMinor - part)).toBeLessThan(1.5 + part * 1e-12)
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('an order of a bundle', () => {
  const terms = { fulfilment: 'ship', destination: { country: 'DE' } } as const

  function ordered() {
    const world = stocked(3, 6)
    world.done(hold({ quantity: 2 }))
    return { world, id: world.done({ kind: 'order', holdId: world.lastHold(), terms }).document?.id ?? '' }
  }

  test('is of its components, each line with what was asked for, and leaves by them', () => {
    const { world, id } = ordered()
    const body = world.context.documents.get(id)?.body as OrderBody
    expect(body.lines.map(({ sku, bundle }) => [sku, bundle])).toEqual([
      ['A', { sku: 'SET', quantity: 2 }],
      ['B', { sku: 'SET', quantity: 2 }],
      ['B', { sku: 'SET', quantity: 2 }],
    ])
    expect(
      refusalOf(world, { kind: 'shipOrder', documentId: id, lines: [{ sku: 'SET', quantity: 1 }], tracking: {} }),
    ).toMatchObject({ slug: 'nothing-outstanding' })
    world.done({ kind: 'shipOrder', documentId: id, lines: [{ sku: 'B', quantity: 3 }], tracking: {} })
    world.done({ kind: 'cancelOrder', documentId: id, lines: [{ sku: 'A', quantity: 1 }] })
    world.done({ kind: 'shipOrder', documentId: id, tracking: {} })
    world.done({ kind: 'returnOrder', documentId: id, to: 'available' })
    expect(world.context.documents.get(id)?.state).toBe('returned')
    expect([world.level('A').available, world.level('B').available]).toEqual([3, 6])
    world.audit()
  })

  test('is handed over by a till that sells the bundle, and what it sells besides is taken as any other', () => {
    const { world, id } = ordered()
    world.done({ kind: 'sale', location: 'shop', orderRef: id, lines: [{ sku: 'SET', quantity: 3 }] })
    expect(world.context.documents.get(id)?.state).toBe('collected')
    expect(world.level('A')).toMatchObject({ available: 0, committed: 0, short: 0 })
    expect(world.level('B')).toMatchObject({ available: 0, committed: 0, short: 0 })
    world.audit()
  })
})
