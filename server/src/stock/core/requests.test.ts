import { describe, expect, test } from 'vitest'
import { openWorld, tenEuros, type CellarWorld } from '../../../test/cellar-world.ts'
import type { Command, HoldLineRequest } from './command.ts'

const line = (quantity: number, more: Partial<HoldLineRequest> = {}): HoldLineRequest => ({
  sku: 'A',
  quantity,
  channel: 'counter',
  ...more,
})
const hold = (...lines: HoldLineRequest[]): Command => ({ kind: 'hold', ttlSeconds: 60, lines })

/** Four bottles of A in the shop and five in the cellar; three of B in the shop. */
function stocked(): CellarWorld {
  const world = openWorld()
  const receive = (sku: string, location: string, quantity: number) =>
    world.done({ kind: 'receive', location, lines: [{ sku, quantity }] })
  receive('A', 'shop', 4)
  receive('A', 'cellar', 5)
  receive('B', 'shop', 3)
  return world
}

/** Tells, and sees that a refusal left everything as it was. */
function refusal(world: CellarWorld, command: Command) {
  const before = new Map(world.context.levels)
  const decision = world.tell(command)
  if (decision.kind !== 'refusal') throw new Error(`not refused: ${JSON.stringify(decision)}`)
  expect(world.context.levels).toEqual(before)
  return decision.refusal
}

describe('a hold', () => {
  test('is filled from the locations of its channel in order, and split over them', () => {
    const world = stocked()
    const { answer, status } = world.done(hold(line(6, { channel: 'web' })))
    expect(status).toBe(201)
    expect(answer).toMatchObject({
      state: 'active',
      lines: [
        { line: 0, location: 'shop', quantity: 4, price: tenEuros },
        { line: 0, location: 'cellar', quantity: 2 },
      ],
    })
    expect(world.level('A')).toMatchObject({ available: 0, held: 4 })
    expect(world.level('A', 'cellar')).toMatchObject({ available: 3, held: 2 })
  })

  test('leaves the safety stock of its channel, over all its locations together', () => {
    const world = stocked()
    expect(refusal(world, hold(line(8, { channel: 'web' })))).toMatchObject({
      slug: 'insufficient-stock',
      members: { lines: [{ sku: 'A', requested: 8, available: 7 }] },
    })
    world.done(hold(line(7, { channel: 'web' })))
  })

  test('at a named location is exempt from safety stock, and takes nothing elsewhere', () => {
    const world = stocked()
    world.done(hold(line(4, { channel: 'web', location: 'shop' })))
    expect(refusal(world, hold(line(1, { channel: 'web', location: 'shop' })))).toMatchObject({
      members: { lines: [{ available: 0 }] },
    })
  })

  test('is all or nothing, and names every line that wants', () => {
    const world = stocked()
    const refused = refusal(world, hold(line(1), line(9), line(8, { sku: 'B' })))
    expect(refused.members).toEqual({
      lines: [
        { sku: 'A', requested: 9, available: 4 },
        { sku: 'B', requested: 8, available: 3 },
      ],
    })
    expect(refused.detail).toContain('9')
  })

  test('of one SKU in two lines cannot take the same bottle twice', () => {
    const world = stocked()
    expect(refusal(world, hold(line(3), line(2))).slug).toBe('insufficient-stock')
    world.done(hold(line(3), line(1)))
    expect(world.level('A')).toMatchObject({ available: 0, held: 4 })
  })

  test('is refused where nothing is sold, and where the channel does not sell from', () => {
    const world = stocked()
    world.context.prices.delete('B@counter')
    expect(refusal(world, hold(line(1, { channel: 'nowhere' }))).slug).toBe('unknown-channel')
    expect(refusal(world, hold(line(1, { location: 'moon' }))).slug).toBe('unknown-location')
    expect(refusal(world, hold(line(1, { location: 'cellar' }))).slug).toBe('location-not-in-channel')
    expect(refusal(world, hold(line(1, { sku: 'B' }))).slug).toBe('not-for-sale')
  })

  test('that expects another price is told the price, and one that expects this one is granted', () => {
    const world = stocked()
    const expecting = (amountMinor: number, currency = 'EUR') =>
      hold(line(1, { expectedPrice: { amountMinor, currency } }))
    expect(refusal(world, expecting(999))).toMatchObject({
      slug: 'price-changed',
      members: { sku: 'A', price: tenEuros },
    })
    expect(refusal(world, expecting(1_000, 'CHF')).slug).toBe('price-changed')
    world.done(expecting(1_000))
  })

  test('keeps the price it was made at', () => {
    const world = stocked()
    world.done(hold(line(1)))
    const price = { ...tenEuros, amountMinor: 1_500 }
    world.done({ kind: 'setPrice', lines: [{ sku: 'A', channel: 'counter', price }] })
    expect(world.done({ kind: 'commit', holdId: world.lastHold() }).answer).toMatchObject({
      lines: [{ price: tenEuros }],
    })
    expect(world.done(hold(line(1))).answer).toMatchObject({ lines: [{ price }] })
  })
})

describe('a live hold', () => {
  test('can be extended, within its longest life', () => {
    const world = stocked()
    world.done(hold(line(1)))
    const holdId = world.lastHold()
    world.nowUs += 1_800_000_000
    const { expiresAtUs } = world.done({ kind: 'extend', holdId, ttlSeconds: 1_700 }).holds[0]!
    expect(expiresAtUs).toBe(world.nowUs + 1_700_000_000)
    expect(refusal(world, { kind: 'extend', holdId, ttlSeconds: 1_900 })).toMatchObject({ slug: 'hold-life-exceeded' })
  })

  test('goes back once its time has come, not before, and not twice', () => {
    const world = stocked()
    world.done(hold(line(2)))
    const holdId = world.lastHold()
    expect(world.tell({ kind: 'expire', holdId }).kind).toBe('nothing')
    world.nowUs += 60_000_000
    world.done({ kind: 'expire', holdId })
    expect(world.level('A')).toMatchObject({ available: 4, held: 0 })
    expect(world.tell({ kind: 'expire', holdId }).kind).toBe('nothing')
    expect(refusal(world, { kind: 'commit', holdId })).toMatchObject({
      slug: 'hold-ended',
      members: { state: 'expired' },
    })
  })

  test('past its time is committed when that is decided first', () => {
    const world = stocked()
    world.done(hold(line(2)))
    world.nowUs += 90_000_000
    world.done({ kind: 'commit', holdId: world.lastHold() })
    expect(world.tell({ kind: 'expire', holdId: world.lastHold() }).kind).toBe('nothing')
    expect(world.level('A')).toMatchObject({ available: 2, held: 0, committed: 2 })
  })

  test.each(['release', 'commit', 'extend'] as const)('that was released cannot be given a %s', (kind) => {
    const world = stocked()
    world.done(hold(line(2)))
    const holdId = world.lastHold()
    world.done({ kind: 'release', holdId })
    expect(refusal(world, { kind, holdId, ttlSeconds: 60 } as Command)).toMatchObject({
      slug: 'hold-ended',
      members: { state: 'released' },
    })
    expect(refusal(world, { kind, holdId: 'nobody', ttlSeconds: 60 } as Command).slug).toBe('not-found')
  })
})

describe('a commitment', () => {
  /** Five of A, four from the shop and one from the cellar, sold. */
  function sold(): { world: CellarWorld; commitmentId: string } {
    const world = stocked()
    world.done(hold(line(5, { channel: 'web' })))
    const commitmentId = world.lastHold()
    world.done({ kind: 'commit', holdId: commitmentId, reference: 'order 7' })
    return { world, commitmentId }
  }

  test('has its hold’s id, lines and reference', () => {
    const { world, commitmentId } = sold()
    expect(world.effects.at(-1)).toMatchObject({
      reference: 'order 7',
      answer: {
        id: commitmentId,
        holdId: commitmentId,
        state: 'open',
        reference: 'order 7',
        lines: [{ quantity: 4 }, { quantity: 1 }],
      },
    })
    expect(world.level('A')).toMatchObject({ held: 0, committed: 4 })
  })

  test('ships by parts until it is closed', () => {
    const { world, commitmentId } = sold()
    const some = world.done({ kind: 'ship', commitmentId, lines: [{ sku: 'A', quantity: 3 }] })
    expect(some.answer).toMatchObject({ state: 'open', lines: [{ shipped: 3 }, { shipped: 0 }] })
    expect(
      refusal(world, { kind: 'ship', commitmentId, lines: [{ sku: 'A', location: 'shop', quantity: 2 }] }),
    ).toMatchObject({
      slug: 'nothing-outstanding',
      members: { requested: 2, outstanding: 1 },
    })
    expect(world.done({ kind: 'ship', commitmentId }).answer).toMatchObject({ state: 'closed' })
    expect(world.level('A').committed).toBe(0)
    expect(refusal(world, { kind: 'ship', commitmentId }).slug).toBe('nothing-outstanding')
  })

  test('cancelled fills what is short first', () => {
    const { world, commitmentId } = sold()
    world.done({ kind: 'sale', location: 'shop', lines: [{ sku: 'A', quantity: 1 }] })
    const effect = world.done({ kind: 'cancel', commitmentId, lines: [{ sku: 'A', location: 'shop', quantity: 3 }] })
    expect(effect.movements.map(({ to, quantity }) => [to, quantity])).toEqual([
      ['short', 1],
      ['available', 2],
    ])
    expect(effect.answer).toMatchObject({ state: 'open', lines: [{ cancelled: 3 }, { cancelled: 0 }] })
  })

  test('nobody knows is not found', () => {
    expect(refusal(stocked(), { kind: 'cancel', commitmentId: 'nobody' }).slug).toBe('not-found')
  })
})

describe('an adjustment', () => {
  const adjust = (delta: number, version?: number): Command => ({
    kind: 'adjust',
    sku: 'A',
    location: 'shop',
    delta,
    reason: 'found in the back',
    ...(version === undefined ? {} : { version }),
  })

  test('takes only what is available', () => {
    const world = stocked()
    world.done(hold(line(3)))
    expect(refusal(world, adjust(-2))).toMatchObject({ slug: 'below-zero', members: { available: 1 } })
    world.done(adjust(-1))
    expect(world.level('A').available).toBe(0)
  })

  test('based on another version is refused; a claim does not move the version', () => {
    const world = stocked()
    const { version } = world.level('A')
    world.done(hold(line(1)))
    world.done(adjust(1, version))
    expect(refusal(world, adjust(1, version))).toMatchObject({
      slug: 'version-stale',
      members: { version: version + 1 },
    })
  })

  test('that brings bottles fills what is short first', () => {
    const world = openWorld()
    world.done({ kind: 'sale', location: 'shop', lines: [{ sku: 'A', quantity: 2 }] })
    expect(world.done(adjust(3)).answer).toMatchObject({
      shortfalls: [{ short: 0 }],
      levels: [{ available: 1, short: 0 }],
    })
  })

  test('is refused at a place nobody knows', () => {
    expect(refusal(stocked(), { kind: 'adjust', sku: 'A', location: 'moon', delta: 1, reason: 'x' }).slug).toBe(
      'unknown-location',
    )
  })
})

describe('a price', () => {
  test('is set in a channel that exists, in its currency', () => {
    const world = stocked()
    const set = (channel: string, currency: string): Command => ({
      kind: 'setPrice',
      lines: [{ sku: 'A', channel, price: { ...tenEuros, currency } }],
    })
    expect(refusal(world, set('nowhere', 'EUR')).slug).toBe('unknown-channel')
    expect(refusal(world, set('web', 'JPY'))).toMatchObject({ slug: 'currency-mismatch', members: { sku: 'A' } })
    expect(world.done(set('web', 'EUR'))).toMatchObject({
      movements: [],
      levels: [],
      prices: [{ sku: 'A', channel: 'web' }],
    })
  })
})
