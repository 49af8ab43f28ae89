import { describe, expect, test } from 'vitest'
import { openWorld, type CellarWorld } from '../../../test/cellar-world.ts'
import type { Command } from './command.ts'

const lines = (quantity: number) => [{ sku: 'A', quantity }]
const holdOf = (quantity: number): Command => ({
  kind: 'hold',
  ttlSeconds: 60,
  lines: [{ sku: 'A', quantity, channel: 'counter', from: 'incoming' }],
})

/** A world in which so many bottles are on order for the shop, and the order's id. */
function ordered(quantity: number, world = openWorld()): { world: CellarWorld; documentId: string } {
  const { document } = world.done({ kind: 'purchase', location: 'shop', supplier: 'Château A', lines: lines(quantity) })
  return { world, documentId: document?.id ?? '' }
}

function slugOf(world: CellarWorld, command: Command): string | undefined {
  const decision = world.tell(command)
  return decision.kind === 'refusal' ? decision.refusal.slug : undefined
}

/** Holds bottles that are expected; the hold's id. */
function held(world: CellarWorld, quantity: number): string {
  world.done(holdOf(quantity))
  return world.lastHold()
}

/** Sells bottles that are expected; the commitment's id. */
function sold(world: CellarWorld, quantity: number): string {
  const holdId = held(world, quantity)
  world.done({ kind: 'commit', holdId })
  return holdId
}

const pendingOf = ({ context }: CellarWorld, id: string) =>
  (context.commitments.get(id) ?? context.holds.get(id))?.lines.map(({ pending }) => pending)
const receive = (documentId: string, quantity?: number): Command => ({
  kind: 'receivePurchase',
  documentId,
  ...(quantity === undefined ? {} : { lines: lines(quantity) }),
})

describe('a purchase order', () => {
  test('makes bottles expected, which are not on hand, and can be promised', () => {
    const { world } = ordered(6)
    expect(world.level('A')).toMatchObject({ incoming: 6, available: 0, version: 0 })
    expect(slugOf(world, holdOf(7))).toBe('insufficient-stock')
    held(world, 4)
    expect(world.level('A')).toMatchObject({ incoming: 2, incomingCommitted: 4, held: 0 })
  })

  test('comes whole, and is available where nobody waits', () => {
    const { world, documentId } = ordered(6)
    const { document } = world.done(receive(documentId))
    expect(document).toMatchObject({ state: 'received', version: 2, body: { lines: [{ received: 6, surplus: 0 }] } })
    expect(world.level('A')).toMatchObject({ incoming: 0, available: 6, version: 1 })
    expect(slugOf(world, receive(documentId))).toBe('nothing-outstanding')
  })

  test('comes in parts: commitments have theirs first, oldest first, then holds, then everybody', () => {
    const { world, documentId } = ordered(12)
    const cart = held(world, 2)
    const [first, second] = [sold(world, 3), sold(world, 4)]
    const some = (quantity: number) => {
      world.done(receive(documentId, quantity))
      return [first, second, cart].flatMap((id) => pendingOf(world, id))
    }
    expect(some(1)).toEqual([2, 4, 2])
    expect(some(4)).toEqual([0, 2, 2])
    expect(some(3)).toEqual([0, 0, 1])
    expect(world.level('A')).toMatchObject({ committed: 7, held: 1, available: 0, incoming: 3, incomingCommitted: 1 })
    expect(some(4)).toEqual([0, 0, 0])
    expect(world.level('A')).toMatchObject({ committed: 7, held: 2, available: 3, incoming: 0, incomingCommitted: 0 })
  })

  test('fills what is short when all who were promised have theirs', () => {
    const { world, documentId } = ordered(6)
    world.done({ kind: 'sale', location: 'shop', lines: lines(2) })
    const cart = held(world, 3)
    const { answer } = world.done(receive(documentId))
    expect(answer).toMatchObject({ shortfalls: [{ short: 0 }] })
    expect(world.level('A')).toMatchObject({ held: 3, available: 1, short: 0 })
    expect(pendingOf(world, cart)).toEqual([0])
  })

  test('of which a hold had bottles gives them to what is short when that hold ends', () => {
    const { world, documentId } = ordered(3)
    const holdId = held(world, 3)
    world.done({ kind: 'sale', location: 'shop', lines: lines(2) })
    world.done(receive(documentId))
    expect(world.level('A')).toMatchObject({ held: 3, short: -2 })
    world.done({ kind: 'release', holdId })
    expect(world.level('A')).toMatchObject({ held: 0, available: 1, short: 0 })
  })

  test('of which more comes than was ordered serves with that, too, who waits for another order', () => {
    const { world, documentId } = ordered(2)
    const other = ordered(6, world).documentId
    const buyer = sold(world, 5)
    const { document } = world.done(receive(documentId, 4))
    expect(document).toMatchObject({ state: 'received', body: { lines: [{ received: 2, surplus: 2 }] } })
    expect(pendingOf(world, buyer)).toEqual([1])
    expect(world.level('A')).toMatchObject({ committed: 4, available: 0, incoming: 5, incomingCommitted: 1 })
    world.done(receive(other))
    expect(world.level('A')).toMatchObject({ committed: 5, available: 5, incoming: 0, incomingCommitted: 0 })
  })

  test('that a count has seen arrive changes nothing on hand, and serves from what is there', () => {
    const { world, documentId } = ordered(6)
    const buyer = sold(world, 4)
    const occurredAtMs = Math.floor(world.nowUs / 1_000)
    world.nowUs += 5_000
    world.done({ kind: 'count', location: 'shop', lines: [{ sku: 'A', counted: 6 }] })
    world.done({ kind: 'sale', location: 'shop', lines: lines(3) })
    const { answer } = world.done({ kind: 'receivePurchase', documentId, occurredAtMs })
    expect(answer).toMatchObject({ rebased: true, shortfalls: [{ short: -1 }] })
    expect(pendingOf(world, buyer)).toEqual([0])
    expect(world.level('A')).toMatchObject({ available: 0, committed: 4, short: -1, incoming: 0, incomingCommitted: 0 })
    world.audit()
  })

  test('can be cancelled as far as nobody was promised it', () => {
    const { world, documentId } = ordered(6)
    const holdId = held(world, 4)
    const cancel: Command = { kind: 'cancelPurchase', documentId }
    const decision = world.tell(cancel)
    expect(decision).toMatchObject({
      refusal: { slug: 'promised-already', members: { lines: [{ requested: 6, free: 2, promised: 4 }] } },
    })
    world.done({ ...cancel, lines: lines(2) } as Command)
    world.done({ kind: 'release', holdId })
    expect(slugOf(world, { ...cancel, lines: lines(5) } as Command)).toBe('nothing-outstanding')
    const { document } = world.done(cancel)
    expect(document).toMatchObject({ state: 'cancelled', body: { lines: [{ quantity: 6, cancelled: 6 }] } })
    expect(slugOf(world, cancel)).toBe('nothing-outstanding')
    expect(world.level('A')).toMatchObject({ incoming: 0, incomingCommitted: 0 })
  })

  test('has another date when it is rescheduled, and its levels another revision', () => {
    const { world, documentId } = ordered(6)
    const later = { kind: 'reschedulePurchase', documentId } as const
    expect(world.done({ ...later, expectedAtMs: 5_000 }).document?.body).toMatchObject({ expectedAtMs: 5_000 })
    expect(world.level('A').revision).toBe(2)
    expect(world.done({ ...later, expectedAtMs: null }).document?.body).not.toHaveProperty('expectedAtMs')
    world.done(receive(documentId))
    expect(slugOf(world, { ...later, expectedAtMs: 1 })).toBe('nothing-outstanding')
  })

  test('is refused at a place nobody knows, with costs of no currency, and for what is not of it', () => {
    const { world, documentId } = ordered(6)
    expect(slugOf(world, { kind: 'purchase', location: 'moon', lines: lines(1) })).toBe('unknown-location')
    const priced = [{ sku: 'A', quantity: 1, unitCostMinor: 900 }]
    expect(slugOf(world, { kind: 'purchase', location: 'shop', lines: priced })).toBe('currency-required')
    world.done({ kind: 'purchase', location: 'shop', currency: 'EUR', lines: priced })
    expect(slugOf(world, receive('nobody'))).toBe('not-found')
    expect(slugOf(world, { kind: 'receivePurchase', documentId, lines: [{ sku: 'B', quantity: 1 }] })).toBe(
      'not-in-order',
    )
  })
})

describe('a purchase order of which no more will come', () => {
  const close = (documentId: string, quantity?: number): Command =>
    ({ ...receive(documentId, quantity), close: true }) as Command

  test('expects nothing any more: what nobody was promised is gone without a trace', () => {
    const { world, documentId } = ordered(6)
    const { document } = world.done(close(documentId, 4))
    expect(document).toMatchObject({ state: 'received', body: { lines: [{ received: 4, cancelled: 2 }] } })
    expect(world.level('A')).toMatchObject({ available: 4, incoming: 0 })
    expect(slugOf(world, close(documentId))).toBe('nothing-outstanding')
  })

  test('leaves those waiting whom another order still serves', () => {
    const { world, documentId } = ordered(6)
    ordered(6, world)
    const buyer = sold(world, 5)
    world.done(close(documentId))
    expect(pendingOf(world, buyer)).toEqual([5])
    expect(world.level('A')).toMatchObject({ incoming: 1, incomingCommitted: 5, short: 0 })
  })

  test('revokes the newest holds that wait, and keeps commitments, which fall short', () => {
    const { world, documentId } = ordered(6)
    const [buyer, late, cart] = [sold(world, 2), sold(world, 1), held(world, 3)]
    ordered(1, world)
    const { answer, document } = world.done(close(documentId))
    expect(document?.state).toBe('cancelled')
    expect(answer).toMatchObject({ revokedHolds: [cart], shortfalls: [{ short: -2 }] })
    expect([...(pendingOf(world, buyer) ?? []), ...(pendingOf(world, late) ?? [])]).toEqual([1, 0])
    expect(world.level('A')).toMatchObject({ committed: 2, short: -2, incoming: 0, incomingCommitted: 1 })
    world.done({ kind: 'receive', location: 'shop', lines: lines(2) })
    expect(world.level('A')).toMatchObject({ committed: 2, short: 0 })
    world.audit()
  })

  test('gives who bought of it what is available, and what others only hold', () => {
    const { world, documentId } = ordered(6)
    world.done({ kind: 'receive', location: 'shop', lines: lines(4) })
    world.done({ kind: 'hold', ttlSeconds: 60, lines: [{ sku: 'A', quantity: 3, channel: 'counter' }] })
    const cart = world.lastHold()
    sold(world, 3)
    const { answer } = world.done(close(documentId))
    expect(answer).toMatchObject({ revokedHolds: [cart] })
    expect(world.level('A')).toMatchObject({ available: 1, held: 0, committed: 3, short: 0, version: 1 })
    world.audit()
  })
})
