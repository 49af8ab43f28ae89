import { describe, expect, test } from 'vitest'
import { openWorld, type CellarWorld } from '../../../test/cellar-world.ts'
import type { Command } from './command.ts'

const lines = (quantity: number) => [{ sku: 'A', quantity }]
const at = (quantity: number) => ({ location: 'shop', lines: lines(quantity) })
const allocate = (quantity: number): Command => ({ kind: 'allocate', allotment: 'club', ...at(quantity) })
const holdOf = (quantity: number, allotment?: string): Command => ({
  kind: 'hold',
  ttlSeconds: 60,
  lines: [{ sku: 'A', quantity, channel: 'counter', ...(allotment === undefined ? {} : { allotment }) }],
})

function stocked(bottles: number): CellarWorld {
  const world = openWorld()
  world.done({ kind: 'receive', ...at(bottles) })
  return world
}

function slugOf(world: CellarWorld, command: Command): string | undefined {
  const decision = world.tell(command)
  return decision.kind === 'refusal' ? decision.refusal.slug : undefined
}

describe('quarantine', () => {
  test('takes bottles from sale and leaves them on hand, with what was seen of them', () => {
    const world = stocked(6)
    const { notes, reason } = world.done({
      kind: 'quarantine',
      reason: 'leaking',
      location: 'shop',
      lines: [{ sku: 'A', quantity: 2, condition: 'low level', photos: ['https://photos.example/1'] }],
    })
    expect(world.level('A')).toMatchObject({ available: 4, quarantined: 2, version: 1 })
    expect(reason).toBe('leaking')
    expect(notes).toEqual([
      { sku: 'A', location: 'shop', condition: 'low level', photos: ['https://photos.example/1'] },
    ])
  })

  test('is a fact: it revokes the newest hold, and falls short of what nobody may lose', () => {
    const world = stocked(3)
    world.done(holdOf(2))
    const { answer } = world.done({ kind: 'quarantine', reason: 'corked case', ...at(4) })
    expect(answer).toMatchObject({ revokedHolds: [world.lastHold()], shortfalls: [{ short: -1 }] })
    expect(world.level('A')).toMatchObject({ available: 0, held: 0, quarantined: 4, short: -1 })
  })

  test('gives back no more than stands there, and fills what is short first', () => {
    const world = stocked(1)
    world.done({ kind: 'quarantine', reason: 'leaking', ...at(2) })
    expect(slugOf(world, { kind: 'reinstate', ...at(3) })).toBe('not-quarantined')
    world.done({ kind: 'reinstate', ...at(2) })
    expect(world.level('A')).toMatchObject({ available: 1, quarantined: 0, short: 0 })
  })

  test('is where a loss may be written off from; what the books do not have there is taken from the rest', () => {
    const world = stocked(5)
    world.done({ kind: 'quarantine', reason: 'leaking', ...at(2) })
    world.done({ kind: 'writeOff', reason: 'breakage', from: 'quarantined', ...at(3) })
    expect(world.level('A')).toMatchObject({ available: 2, quarantined: 0, short: 0 })
  })
})

describe('an allotment', () => {
  test('takes what is available, and nobody else may have it', () => {
    const world = stocked(5)
    world.done(allocate(3))
    expect(slugOf(world, allocate(3))).toBe('insufficient-stock')
    expect(slugOf(world, holdOf(3))).toBe('insufficient-stock')
    expect(slugOf(world, holdOf(1, 'market'))).toBe('insufficient-stock')
    expect(world.level('A')).toMatchObject({ available: 2, allocated: 3 })
  })

  test('gets back what a hold of it did not need, and what was sold of it and cancelled', () => {
    const world = stocked(5)
    world.done(allocate(3))
    world.done(holdOf(1, 'club'))
    world.done({ kind: 'release', holdId: world.lastHold() })
    world.done(holdOf(2, 'club'))
    world.done({ kind: 'commit', holdId: world.lastHold() })
    expect(world.level('A')).toMatchObject({ available: 2, allocated: 1, committed: 2 })
    world.done({ kind: 'cancel', commitmentId: world.lastHold() })
    expect(world.level('A')).toMatchObject({ available: 2, allocated: 3 })
    expect(slugOf(world, { kind: 'deallocate', allotment: 'club', ...at(4) })).toBe('insufficient-allotment')
  })

  test('is what a sale that nobody was asked about takes of; beyond it the sale takes as any other', () => {
    const world = stocked(5)
    world.done(allocate(3))
    world.done({ kind: 'sale', allotment: 'club', ...at(4) })
    expect(world.level('A')).toMatchObject({ available: 1, allocated: 0 })
  })

  test('is smaller by a late sale of it that a count has seen, and on hand stays what was counted', () => {
    const world = stocked(5)
    world.done(allocate(3))
    const before = Math.floor(world.nowUs / 1_000)
    world.nowUs += 5_000
    world.done({ kind: 'count', location: 'shop', lines: [{ sku: 'A', counted: 4 }] })
    world.done({ kind: 'sale', allotment: 'club', ...at(1), occurredAtMs: before })
    expect(world.level('A')).toMatchObject({ available: 2, allocated: 2 })
  })

  test('is left alone by facts, which fall short instead; its holds are not', () => {
    const world = stocked(4)
    world.done(allocate(4))
    world.done({ kind: 'sale', ...at(1) })
    expect(world.level('A')).toMatchObject({ allocated: 4, short: -1 })
    world.done(holdOf(3, 'club'))
    const { answer } = world.done({ kind: 'sale', ...at(1) })
    expect(answer).toMatchObject({ revokedHolds: [world.lastHold()] })
    expect(world.level('A')).toMatchObject({ available: 1, held: 0, allocated: 1, short: 0 })
  })
})
