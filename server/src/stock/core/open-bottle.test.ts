import { describe, expect, test } from 'vitest'
import { openWorld, type CellarWorld } from '../../../test/cellar-world.ts'
import type { Command } from './command.ts'
import { DISCARD_AFTER_HOURS, POURS_KEPT } from './open-bottle.ts'

const opening = { kind: 'openBottle', location: 'shop', sku: 'A', formatMl: 750 } as const

function stocked(bottles: number): CellarWorld {
  const world = openWorld()
  world.done({ kind: 'receive', location: 'shop', lines: [{ sku: 'A', quantity: bottles }] })
  return world
}

/** Opens a bottle; its id. */
function opened(world: CellarWorld, more: Partial<Extract<Command, { kind: 'openBottle' }>> = {}): string {
  return world.done({ ...opening, ...more }).document?.id ?? ''
}

function slugOf(world: CellarWorld, command: Command): string | undefined {
  const decision = world.tell(command)
  return decision.kind === 'refusal' ? decision.refusal.slug : undefined
}

describe('opening a bottle', () => {
  test('takes one bottle from sale and begins to count it in millilitres', () => {
    const world = stocked(3)
    const { movements, document } = world.done({ ...opening, preservation: 'argon', reference: 'table 4' })
    expect(movements.map(({ from, to, quantity }) => [from, to, quantity])).toEqual([['available', 'opened', 1]])
    expect(document).toMatchObject({
      state: 'open',
      reference: 'table 4',
      body: { formatMl: 750, leftMl: 750, pouredMl: 0, preservation: 'argon', pours: [] },
    })
    expect(world.level('A')).toMatchObject({ available: 2, version: 2 })
  })

  test('is a fact: it takes from the newest hold, and then from short', () => {
    const world = stocked(1)
    world.done({
      kind: 'hold',
      ttlSeconds: 60,
      lines: [{ sku: 'A', quantity: 1, channel: 'counter', location: 'shop' }],
    })
    const holdId = world.lastHold()
    expect(world.done(opening).answer).toMatchObject({ revokedHolds: [holdId] })
    expect(world.done(opening).answer).toMatchObject({ shortfalls: [{ short: -1 }] })
    expect(world.level('A')).toMatchObject({ available: 0, held: 0, short: -1 })
  })

  test('that a count has seen changes nothing on hand', () => {
    const world = stocked(3)
    const openedMs = Math.floor(world.nowUs / 1_000)
    world.nowUs += 5_000
    world.done({ kind: 'count', location: 'shop', lines: [{ sku: 'A', counted: 2 }] })
    const { answer, document } = world.done({ ...opening, occurredAtMs: openedMs })
    expect(answer).toMatchObject({ rebased: true, state: 'open' })
    expect(document?.body).toMatchObject({ openedAtMs: openedMs })
    expect(world.level('A').available).toBe(2)
  })

  test('says by when it is to be discarded: from when it was opened, in three days unless told otherwise', () => {
    const world = stocked(2)
    const atMs = Math.floor(world.nowUs / 1_000) - 60_000
    const hours = (n: number) => ({ discardByMs: atMs + n * 3_600_000 })
    expect(world.done({ ...opening, occurredAtMs: atMs }).document?.body).toMatchObject(hours(DISCARD_AFTER_HOURS))
    const short = world.done({ ...opening, occurredAtMs: atMs, discardAfterHours: 6 })
    expect(short.document?.body).toMatchObject(hours(6))
  })

  test('in the future is opening now, and somewhere unknown is refused', () => {
    const world = stocked(1)
    const later = Math.ceil(world.nowUs / 1_000) + 60_000
    expect(world.done({ ...opening, occurredAtMs: later }).answer).toMatchObject({ clamped: true })
    expect(slugOf(world, { ...opening, location: 'moon' })).toBe('unknown-location')
  })
})

describe('a pour', () => {
  test('takes from what is left until the bottle is empty, and moves nothing of stock', () => {
    const world = stocked(2)
    const documentId = opened(world)
    const first = world.done({ kind: 'pour', documentId, ml: 125, reference: 'glass 1' })
    expect(first.answer).toMatchObject({ state: 'open', leftMl: 625, pouredMl: 125, servings: 1 })
    expect(first.answer).not.toHaveProperty('over')
    expect([first.movements, first.levels]).toEqual([[], []])
    const last = world.done({ kind: 'pour', documentId, ml: 625 })
    expect(last.answer).toMatchObject({ state: 'empty', leftMl: 0, pouredMl: 750, discardedMl: 0, servings: 2 })
  })

  test('beyond what is left is recorded, and answered as what was over', () => {
    const world = stocked(1)
    const documentId = opened(world)
    world.done({ kind: 'pour', documentId, ml: 700 })
    expect(world.done({ kind: 'pour', documentId, ml: 125 }).answer).toMatchObject({
      state: 'empty',
      leftMl: 0,
      pouredMl: 825,
      overMl: 75,
      over: 75,
    })
    expect(world.done({ kind: 'pour', documentId, ml: 10 }).answer).toMatchObject({
      state: 'empty',
      overMl: 85,
      over: 10,
    })
  })

  test('is one serving where it does not say how much, if the bottle knows what that is', () => {
    const world = stocked(2)
    const documentId = opened(world, { servingMl: 150 })
    expect(world.done({ kind: 'pour', documentId }).answer).toMatchObject({ leftMl: 600 })
    expect(slugOf(world, { kind: 'pour', documentId: opened(world) })).toBe('serving-unknown')
  })

  test('can still be made past the time by which the bottle is to be discarded', () => {
    const world = stocked(1)
    const documentId = opened(world, { discardAfterHours: 1 })
    world.nowUs += 7_200_000_000
    expect(world.done({ kind: 'pour', documentId, ml: 100 }).answer).toMatchObject({ state: 'open', leftMl: 650 })
  })

  test('that is heard of after the bottle was discarded was not thrown away: the order comes to the same', () => {
    const pour = { kind: 'pour', ml: 125 } as const
    const discard = { kind: 'discard', reason: 'oxidised' } as const
    const ends = [
      [pour, pour, discard],
      [pour, discard, pour],
      [discard, pour, pour],
    ].map((order) => {
      const world = stocked(1)
      const documentId = opened(world)
      const [last] = order.map((what) => world.done({ ...what, documentId })).slice(-1)
      return last?.answer
    })
    for (const end of ends) {
      expect(end).toMatchObject({ state: 'discarded', pouredMl: 250, leftMl: 0, discardedMl: 500, servings: 2 })
    }
  })

  test('keeps the newest pours only, and the totals of all', () => {
    const world = stocked(1)
    const documentId = opened(world, { formatMl: 18_000 })
    for (let glass = 0; glass <= POURS_KEPT; glass++) world.done({ kind: 'pour', documentId, ml: 1 + glass })
    const { document } = world.effects.at(-1) as (typeof world.effects)[number]
    const body = document?.kind === 'openBottle' ? document.body : undefined
    expect(body?.pours).toHaveLength(POURS_KEPT)
    expect([body?.pours[0]?.ml, body?.pours.at(-1)?.ml]).toEqual([2, POURS_KEPT + 1])
    expect(body).toMatchObject({ servings: POURS_KEPT + 1, pouredMl: ((POURS_KEPT + 1) * (POURS_KEPT + 2)) / 2 })
  })
})

describe('discarding', () => {
  test('throws away what is left, once', () => {
    const world = stocked(1)
    const documentId = opened(world)
    world.done({ kind: 'pour', documentId, ml: 250 })
    const { answer, document, reason } = world.done({ kind: 'discard', documentId, reason: 'oxidised' })
    expect(answer).toMatchObject({ state: 'discarded', leftMl: 0, discardedMl: 500, discardReason: 'oxidised' })
    expect([document?.version, reason]).toEqual([3, 'oxidised'])
    expect(slugOf(world, { kind: 'discard', documentId, reason: 'again' })).toBe('bottle-finished')
  })

  test('has nothing to throw away of what is empty, or unknown', () => {
    const world = stocked(2)
    const documentId = opened(world)
    world.done({ kind: 'pour', documentId, ml: 750 })
    expect(slugOf(world, { kind: 'discard', documentId, reason: 'late' })).toBe('bottle-finished')
    const stranger = 'nobody'
    expect(slugOf(world, { kind: 'discard', documentId: stranger, reason: 'late' })).toBe('not-found')
    expect(slugOf(world, { kind: 'pour', documentId: stranger, ml: 1 })).toBe('not-found')
  })

  test('of a transfer is refused: it is no bottle', () => {
    const world = stocked(2)
    const sent = world.done({
      kind: 'transfer',
      fromLocation: 'shop',
      toLocation: 'cellar',
      lines: [{ sku: 'A', quantity: 1 }],
    })
    const documentId = sent.document?.id ?? ''
    expect(slugOf(world, { kind: 'pour', documentId, ml: 1 })).toBe('not-found')
  })
})
