import { describe, expect, test } from 'vitest'
import { locations, openWorld, type CellarWorld } from '../../../test/cellar-world.ts'
import type { Command } from './command.ts'

const lines = (quantity: number) => [{ sku: 'A', quantity }]
const transfer = (quantity: number, fromLocation = 'shop', toLocation = 'cellar'): Command => ({
  kind: 'transfer',
  fromLocation,
  toLocation,
  lines: lines(quantity),
})

function stocked(bottles: number, location = 'shop'): CellarWorld {
  const world = openWorld()
  world.done({ kind: 'receive', location, lines: lines(bottles) })
  return world
}

function slugOf(world: CellarWorld, command: Command): string | undefined {
  const decision = world.tell(command)
  return decision.kind === 'refusal' ? decision.refusal.slug : undefined
}

/** Sends bottles from the shop to the cellar; the transfer's id. */
function sent(world: CellarWorld, quantity: number): string {
  return world.done(transfer(quantity)).document?.id ?? ''
}

const quantities = (world: CellarWorld) => locations.map((location) => world.level('A', location).available)

describe('a transfer', () => {
  test('takes bottles from sale when it is sent, and gives them to the other location when it is received', () => {
    const world = stocked(6)
    const documentId = sent(world, 4)
    expect(quantities(world)).toEqual([2, 0, 0])
    const { document } = world.done({ kind: 'receiveTransfer', documentId })
    expect(document).toMatchObject({ state: 'received', version: 2, body: { lines: [{ received: 4 }] } })
    expect(quantities(world)).toEqual([2, 4, 0])
    expect(slugOf(world, { kind: 'receiveTransfer', documentId })).toBe('nothing-outstanding')
  })

  test('comes in parts, with what is missing and what came besides booked for what it is', () => {
    const world = stocked(9)
    const documentId = sent(world, 6)
    const some = { kind: 'receiveTransfer', documentId } as const
    expect(slugOf(world, { ...some, lines: [{ sku: 'A', quantity: 1, missing: 1 }] })).toBe('reason-required')
    world.done({ ...some, reason: 'breakage', lines: [{ sku: 'A', quantity: 2, missing: 1 }] })
    const { document, movements } = world.done({ ...some, lines: [{ sku: 'A', quantity: 5 }] })
    expect(document).toMatchObject({ state: 'received', body: { lines: [{ received: 5, missing: 1, surplus: 2 }] } })
    expect(movements.map(({ from, to, quantity }) => [from, to, quantity])).toEqual([
      ['transit', 'available', 3],
      ['adjustment', 'available', 2],
    ])
    expect(quantities(world)).toEqual([3, 7, 0])
  })

  test('fills what is short where it arrives', () => {
    const world = stocked(5)
    world.done({ kind: 'sale', location: 'cellar', lines: lines(2) })
    const { answer } = world.done({ kind: 'receiveTransfer', documentId: sent(world, 3) })
    expect(answer).toMatchObject({ shortfalls: [{ location: 'cellar', short: 0 }] })
    expect(quantities(world)).toEqual([2, 1, 0])
  })

  test('that a count has seen arrive changes nothing on hand', () => {
    const world = stocked(5)
    const documentId = sent(world, 3)
    const arrivedMs = Math.floor(world.nowUs / 1_000)
    world.nowUs += 5_000
    world.done({ kind: 'count', location: 'cellar', lines: [{ sku: 'A', counted: 3 }] })
    const { answer } = world.done({ kind: 'receiveTransfer', documentId, occurredAtMs: arrivedMs })
    expect(answer).toMatchObject({ rebased: true, state: 'received' })
    expect(quantities(world)).toEqual([2, 3, 0])
  })

  test('turns back with what is left of it', () => {
    const world = stocked(5)
    const documentId = sent(world, 4)
    world.done({ kind: 'receiveTransfer', documentId, lines: [{ sku: 'A', quantity: 1 }] })
    const { document } = world.done({ kind: 'cancelTransfer', documentId })
    expect(document).toMatchObject({ state: 'cancelled', body: { lines: [{ received: 1, returned: 3 }] } })
    expect(quantities(world)).toEqual([4, 1, 0])
  })

  test('is refused beyond what is available, to itself, to the unknown, and across the border of bond', () => {
    const world = stocked(2)
    expect(slugOf(world, transfer(3))).toBe('insufficient-stock')
    expect(slugOf(world, transfer(1, 'shop', 'shop'))).toBe('invalid-transfer')
    expect(slugOf(world, transfer(1, 'shop', 'moon'))).toBe('unknown-location')
    expect(slugOf(world, transfer(1, 'shop', 'bond'))).toBe('duty-differs')
    expect(slugOf(world, { kind: 'receiveTransfer', documentId: 'nobody' })).toBe('not-found')
    const documentId = sent(world, 1)
    expect(slugOf(world, { kind: 'receiveTransfer', documentId, lines: [{ sku: 'B', quantity: 1 }] })).toBe(
      'not-in-transfer',
    )
  })

  test('changes the owner only where that is said', () => {
    const world = stocked(2)
    const cellar = { ...world.context.locations.get('cellar'), owner: 'anna' }
    Object.assign(world.context, { locations: new Map([...world.context.locations, ['cellar', cellar]]) })
    expect(slugOf(world, transfer(1))).toBe('owner-differs')
    world.done({ ...transfer(1), changesOwner: true } as Command)
  })
})

describe('a clearance', () => {
  const clear = (fromLocation: string, toLocation: string): Command => ({
    kind: 'clearDuty',
    fromLocation,
    toLocation,
    currency: 'EUR',
    reference: 'customs 1',
    lines: [
      {
        sku: 'A',
        quantity: 2,
        dutyMinor: 620,
      },
    ],
  })

  test('moves bottles from bond to where duty is paid in one entry, and keeps the duty', () => {
    const world = stocked(3, 'bond')
    const { document, movements } = world.done(clear('bond', 'shop'))
    expect(quantities(world)).toEqual([2, 0, 1])
    expect(movements.map(({ from, to, location }) => [from, to, location])).toEqual([
      ['available', 'transit', 'bond'],
      ['transit', 'available', 'shop'],
    ])
    expect(document).toMatchObject({ state: 'cleared', body: { currency: 'EUR', lines: [{ dutyMinor: 620 }] } })
  })

  test('goes one way only', () => {
    const world = stocked(3)
    expect(slugOf(world, clear('shop', 'cellar'))).toBe('duty-differs')
    expect(slugOf(world, clear('shop', 'bond'))).toBe('duty-differs')
    expect(slugOf(world, clear('bond', 'shop'))).toBe('insufficient-stock')
  })
})
