import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openWorld, type CellarWorld } from '../../../test/cellar-world.ts'
import type { Command } from './command.ts'
import { onHand } from './context.ts'

const receive = (quantity: number, ago?: number, world?: CellarWorld): Command => ({
  kind: 'receive',
  ...at(ago, world),
  location: 'shop',
  lines: [{ sku: 'A', quantity }],
})
const sale = (quantity: number, ago?: number, world?: CellarWorld): Command => ({
  kind: 'sale',
  ...at(ago, world),
  location: 'shop',
  lines: [{ sku: 'A', quantity }],
})
const count = (counted: number, ago?: number, world?: CellarWorld): Command => ({
  kind: 'count',
  ...at(ago, world),
  location: 'shop',
  lines: [{ sku: 'A', counted }],
})
const hold = (quantity: number): Command => ({
  kind: 'hold',
  ttlSeconds: 60,
  lines: [{ sku: 'A', quantity, channel: 'counter' }],
})

/** When it happened: so many milliseconds before now. */
function at(ago: number | undefined, world: CellarWorld | undefined): { occurredAtMs?: number } {
  return ago === undefined || !world ? {} : { occurredAtMs: Math.floor(world.nowUs / 1_000) - ago }
}

/** Six bottles in the shop, a day after the world began. */
function sixBottles(): CellarWorld {
  const world = openWorld()
  world.done(receive(6))
  world.nowUs += 86_400_000_000
  return world
}

const movements = (effect: { movements: readonly { from: string; to: string; quantity: number }[] }) =>
  effect.movements.map(({ from, to, quantity }) => `${quantity} ${from}>${to}`)

describe('a sale by the till', () => {
  test('takes what is available', () => {
    expect(movements(sixBottles().done(sale(2)))).toEqual(['2 available>customer'])
  })

  test('beyond what is available revokes the newest holds, no more of them than it needs', () => {
    const world = sixBottles()
    for (let i = 0; i < 3; i++) world.done(hold(2))
    const [oldest, , newest] = [...world.context.holds.keys()]
    const effect = world.done(sale(1))
    expect(effect.answer).toMatchObject({ revokedHolds: [newest] })
    expect(world.context.holds.get(newest!)).toMatchObject({ state: 'revoked', loose: false })
    expect(world.context.holds.get(oldest!)?.state).toBe('active')
    expect(world.level('A')).toMatchObject({ available: 1, held: 4, short: 0 })
  })

  test('of more than all leaves the level short, and raises a shortfall', () => {
    const world = sixBottles()
    world.done(hold(6))
    world.done({ kind: 'commit', holdId: world.lastHold() })
    const effect = world.done(sale(2))
    expect(world.level('A')).toMatchObject({ available: 0, held: 0, committed: 6, short: -2 })
    expect(effect.shortfalls).toEqual([{ sku: 'A', location: 'shop', delta: -2, short: -2 }])
    expect(effect.answer).toMatchObject({ shortfalls: [{ sku: 'A', location: 'shop', short: -2 }] })
  })

  test('frees only its own level of a hold, and leaves the rest to a command of its own', () => {
    const world = sixBottles()
    world.done({ kind: 'receive', location: 'shop', lines: [{ sku: 'B', quantity: 3 }] })
    world.done({
      kind: 'hold',
      ttlSeconds: 60,
      lines: ['A', 'B'].map((sku) => ({ sku, quantity: 3, channel: 'counter' })),
    })
    const holdId = world.lastHold()
    world.done(sale(4))
    expect(world.level('A')).toMatchObject({ available: 2, held: 0 })
    expect(world.level('B')).toMatchObject({ available: 0, held: 3 })
    expect(world.context.holds.get(holdId)).toMatchObject({ state: 'revoked', loose: true })
    expect(world.tell({ kind: 'commit', holdId })).toMatchObject({
      refusal: { slug: 'hold-ended', members: { state: 'revoked' } },
    })
    world.done({ kind: 'free', holdId })
    expect(world.level('B')).toMatchObject({ available: 3, held: 0 })
    expect(world.tell({ kind: 'free', holdId }).kind).toBe('nothing')
  })

  test('heard of after a count that had seen it changes nothing on hand, and corrects the variance', () => {
    const world = sixBottles()
    world.done(count(5))
    const effect = world.done(sale(1, 60_000, world))
    expect(movements(effect)).toEqual(['1 variance>available', '1 available>customer'])
    expect(effect).toMatchObject({ rebased: true, answer: { rebased: true } })
    expect(world.level('A').available).toBe(5)
  })

  test('from a till whose clock is an hour fast is taken to be now, and says so', () => {
    const world = sixBottles()
    const effect = world.done(sale(1, -3_600_000, world))
    expect(effect).toMatchObject({ clamped: true, occurredAtUs: world.nowUs, answer: { clamped: true } })
    expect(world.level('A').available).toBe(5)
  })

  test('is refused only at a place nobody knows', () => {
    expect(openWorld().tell({ kind: 'sale', location: 'moon', lines: [{ sku: 'A', quantity: 1 }] })).toMatchObject({
      refusal: { slug: 'unknown-location' },
    })
  })
})

describe('a receipt', () => {
  test('fills what is short before anything is available', () => {
    const world = openWorld()
    world.done(sale(5))
    expect(movements(world.done(receive(8)))).toEqual(['5 supplier>short', '3 supplier>available'])
    expect(world.effects.at(-1)?.shortfalls).toEqual([{ sku: 'A', location: 'shop', delta: 5, short: 0 }])
  })

  test('heard of after a count that had seen it changes nothing on hand', () => {
    const world = sixBottles()
    world.done(count(4))
    expect(movements(world.done(receive(2, 60_000, world)))).toEqual(['2 supplier>available', '2 available>variance'])
    expect(world.level('A').available).toBe(4)
  })
})

describe('a write-off', () => {
  test('names its reason as the account it goes to', () => {
    const effect = sixBottles().done({
      kind: 'writeOff',
      reason: 'corked',
      location: 'shop',
      lines: [{ sku: 'A', quantity: 1 }],
    })
    expect(effect.reason).toBe('corked')
    expect(movements(effect)).toEqual(['1 available>loss:corked'])
  })
})

describe('a count', () => {
  test('makes on hand what was counted, claims included', () => {
    const world = sixBottles()
    world.done(hold(2))
    expect(movements(world.done(count(9)))).toEqual(['3 variance>available'])
    expect(onHand(world.level('A'))).toBe(9)
  })

  test('of fewer than are held revokes the newest', () => {
    const world = sixBottles()
    world.done(hold(2))
    const oldest = world.lastHold()
    world.done(hold(2))
    const newest = world.lastHold()
    expect(world.done(count(3)).answer).toMatchObject({ revokedHolds: [newest] })
    expect(world.level('A')).toMatchObject({ available: 1, held: 2 })
    expect(world.context.holds.get(oldest)?.state).toBe('active')
  })

  test('of fewer than are committed leaves the level short', () => {
    const world = sixBottles()
    world.done(hold(6))
    world.done({ kind: 'commit', holdId: world.lastHold() })
    world.done(count(4))
    expect(world.level('A')).toMatchObject({ committed: 6, short: -2, available: 0 })
  })

  test('of the past is brought forward by what happened since', () => {
    const world = sixBottles()
    world.done(sale(1, 60_000, world))
    world.done(receive(3, 30_000, world))
    world.done(count(7, 90_000, world))
    expect(world.level('A').available).toBe(9)
  })

  test('of the past sees what is in its own batch', () => {
    const world = sixBottles()
    world.done(sale(1, 60_000, world))
    world.done(count(7, 90_000, world), { sameBatch: true })
    expect(world.level('A').available).toBe(6)
  })

  test('older than the latest is history', () => {
    const world = sixBottles()
    world.done(count(4))
    const effect = world.done(count(9, 60_000, world))
    expect(effect).toMatchObject({ rebased: true, movements: [], levels: [] })
    expect(world.level('A').available).toBe(4)
  })

  test('that found what the books say moves the revision, and not the version', () => {
    const world = sixBottles()
    const { version, revision } = world.level('A')
    world.done(count(6))
    expect(world.level('A')).toMatchObject({ version, revision: revision + 1, countedAtUs: world.nowUs })
  })
})

describe('facts in any order of arrival', () => {
  interface Happened {
    readonly kind: 'receive' | 'sale' | 'count'
    readonly ms: number
    readonly bottles: number
    readonly source: string
  }
  const happened: fc.Arbitrary<Happened[]> = fc
    .array(
      fc.record({
        kind: fc.constantFrom('receive' as const, 'sale' as const, 'count' as const),
        ms: fc.nat(8),
        bottles: fc.integer({ min: 1, max: 20 }),
      }),
      {
        minLength: 2,
        maxLength: 12,
      },
    )
    .map((list) => list.map((one, index) => ({ ...one, source: `scanner ${index}` })))

  /** On hand after facts as they arrive; what was heard before under its key is not recorded again, as the shell sees to. */
  function onHandAfter(arrivals: readonly Happened[], holdsBetween: boolean): number {
    const world = openWorld()
    const beganMs = Math.floor(world.nowUs / 1_000)
    world.nowUs += 86_400_000_000
    const heard = new Set<string>()
    for (const { kind, ms, bottles, source } of arrivals) {
      if (heard.has(source)) continue
      heard.add(source)
      const line = { sku: 'A', ...(kind === 'count' ? { counted: bottles } : { quantity: bottles }) }
      world.done({ kind, location: 'shop', occurredAtMs: beganMs + ms, lines: [line] } as unknown as Command, {
        source,
      })
      if (holdsBetween) world.tell(hold(1))
    }
    world.audit()
    return onHand(world.level('A'))
  }

  test('and however often they come, leave the same on hand; ties of counts go by who sent them', () => {
    const arrivals = happened.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray([...list, ...list], { minLength: list.length * 2 }),
        fc.boolean(),
      ),
    )
    fc.assert(
      fc.property(arrivals, ([list, again, holdsBetween]) => {
        expect(onHandAfter(again, holdsBetween)).toBe(onHandAfter(list, false))
      }),
      { numRuns: 400 },
    )
  })
})

describe('a quantity beyond what a level holds', () => {
  const nearly = 999_999_999

  test('is refused, and changes nothing', () => {
    const world = openWorld({ 'A@shop': { available: nearly } })
    const before = world.level('A')
    for (const command of [
      receive(2),
      { kind: 'adjust', sku: 'A', location: 'shop', delta: 2, reason: 'found' } as Command,
    ]) {
      expect(world.tell(command)).toMatchObject({ refusal: { slug: 'quantity-overflow' } })
    }
    expect(world.level('A')).toBe(before)
    world.done(receive(1))
  })

  test('is refused below zero as well', () => {
    const world = openWorld({ 'A@shop': { short: -nearly } })
    expect(world.tell(sale(2))).toMatchObject({ refusal: { slug: 'quantity-overflow' } })
    world.done(sale(1))
  })

  test('cannot come about within a level: what is there in all its states is bounded when it comes in', () => {
    const world = openWorld({ 'A@shop': { available: 10, committed: nearly - 10 } })
    world.done(hold(10))
    expect(world.tell(receive(2))).toMatchObject({ refusal: { slug: 'quantity-overflow' } })
    world.done({ kind: 'commit', holdId: world.lastHold() })
    expect(world.level('A').committed).toBe(nearly)
  })

  test('cannot keep a hold from going back', () => {
    const world = openWorld({ 'A@shop': { available: nearly } })
    world.done(hold(10))
    expect(world.tell(receive(11))).toMatchObject({ refusal: { slug: 'quantity-overflow' } })
    world.done({ kind: 'release', holdId: world.lastHold() })
    expect(world.level('A').available).toBe(nearly)
  })
})
