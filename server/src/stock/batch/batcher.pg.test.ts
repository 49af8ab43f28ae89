import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type pg from 'pg'
import { createPool } from '../../platform/postgres/database.ts'
import { createTestDatabase } from '../../../test/postgres.ts'
import { holdOf, openTestStock, priceIt, setUpCellar, type TestStock } from '../../../test/stock.ts'

let database: { url: string; drop(): Promise<void> }
let pool: pg.Pool
let one: TestStock
let two: TestStock

beforeAll(async () => {
  database = await createTestDatabase()
  await setUpCellar(database.url)
  pool = createPool(database.url, { applicationName: 'tests', max: 4 })
  one = openTestStock(database.url)
  two = openTestStock(database.url)
})

afterAll(async () => {
  await one?.close()
  await two?.close()
  await pool?.end()
  await database?.drop()
})

async function level(sku: string, location = 'shop'): Promise<Record<string, number>> {
  const { rows } = await pool.query('select * from stock.levels where sku = $1 and location = $2', [sku, location])
  return rows[0]
}

describe('the batcher', () => {
  it('grants exactly the bottles there are to a thousand who ask at once through two processes', async () => {
    await one.done({ kind: 'receive', location: 'shop', lines: [{ sku: 'HOT', quantity: 100 }] })
    await priceIt(one, 'HOT')
    const outcomes = await Promise.all(Array.from({ length: 1_000 }, (_, i) => (i % 2 ? one : two).ask(holdOf('HOT'))))
    expect(outcomes.filter((outcome) => outcome.kind === 'done')).toHaveLength(100)
    expect(await level('HOT')).toMatchObject({ available: 0, held: 100 })
    expect(one.troubles).toEqual([])
  })

  it('makes 36 of two first receipts, 24 and 12, at a level that has no row yet', async () => {
    const receipt = (quantity: number) =>
      ({ kind: 'receive', location: 'shop', lines: [{ sku: 'NEW', quantity }] }) as const
    await Promise.all([one.done(receipt(24)), two.done(receipt(12))])
    expect(await level('NEW')).toMatchObject({ available: 36 })
  })

  it('answers a key again with the same body, and refuses it with another', async () => {
    await one.done({ kind: 'receive', location: 'shop', lines: [{ sku: 'KEY', quantity: 5 }] })
    await priceIt(one, 'KEY')
    const [first, again] = await Promise.all([one.ask(holdOf('KEY'), 'k1'), one.ask(holdOf('KEY'), 'k1')])
    expect(first.kind).toBe('done')
    expect({ ...again, replayed: false }).toEqual(first)
    expect(again).toMatchObject({ replayed: true })
    const elsewhere = await two.ask(holdOf('KEY'), 'k1')
    expect(elsewhere).toEqual(again)
    expect(await two.ask(holdOf('KEY', 2), 'k1')).toMatchObject({
      kind: 'refused',
      refusal: { slug: 'idempotency-key-reused' },
    })
    expect(await level('KEY')).toMatchObject({ available: 4, held: 1 })
  })

  it('lets one key at once from two processes on different SKUs have one effect', async () => {
    for (const sku of ['A1', 'B1'])
      await one.done({ kind: 'receive', location: 'shop', lines: [{ sku, quantity: 50 }] })
    await priceIt(one, 'A1', 'B1')
    for (let round = 0; round < 20; round++) {
      const [a, b] = await Promise.all([one.ask(holdOf('A1'), `same-${round}`), two.ask(holdOf('B1'), `same-${round}`)])
      expect([a.kind, b.kind].toSorted()).toEqual(['done', 'refused'])
    }
    expect((await level('A1'))['held']! + (await level('B1'))['held']!).toBe(20)
  })

  it('lets a hold released by two processes at once go back once', async () => {
    await one.done({ kind: 'receive', location: 'shop', lines: [{ sku: 'REL', quantity: 10 }] })
    await priceIt(one, 'REL')
    for (let round = 0; round < 20; round++) {
      const { id } = await one.done(holdOf('REL', 3))
      const ends = await Promise.all([one, two].map((stock) => stock.ask({ kind: 'release', holdId: id })))
      expect(ends.map((end) => end.kind).toSorted()).toEqual(['done', 'refused'])
    }
    expect(await level('REL')).toMatchObject({ available: 10, held: 0 })
  })

  it('walks a bottle from receipt to shipment', async () => {
    await one.done({ kind: 'receive', location: 'warehouse', lines: [{ sku: 'WALK', quantity: 6 }] })
    await priceIt(one, 'WALK')
    const hold = await one.done(holdOf('WALK', 4))
    await one.done({ kind: 'commit', holdId: hold.id })
    await two.done({ kind: 'ship', commitmentId: hold.id, lines: [{ sku: 'WALK', quantity: 1 }] })
    const closed = await one.done({ kind: 'cancel', commitmentId: hold.id })
    expect(closed).toMatchObject({ state: 'closed', lines: [{ shipped: 1, cancelled: 3 }] })
    expect(await level('WALK', 'warehouse')).toMatchObject({ available: 5, held: 0, committed: 0 })
  })

  it('revokes the newest hold for a till sale, and frees its lines elsewhere', async () => {
    for (const sku of ['REV', 'REV2'])
      await one.done({ kind: 'receive', location: 'shop', lines: [{ sku, quantity: 2 }] })
    await priceIt(one, 'REV', 'REV2')
    const old = await one.done(holdOf('REV'))
    const lines = ['REV', 'REV2'].map((sku) => ({ sku, quantity: 1, channel: 'web' }))
    const newest = await two.done({ kind: 'hold', ttlSeconds: 60, lines })
    const sale = await one.done({ kind: 'sale', location: 'shop', lines: [{ sku: 'REV', quantity: 1 }] })
    expect(sale['revokedHolds']).toEqual([newest.id])
    expect(await two.ask({ kind: 'commit', holdId: newest.id })).toMatchObject({
      refusal: { slug: 'hold-ended', members: { state: 'revoked' } },
    })
    await expect.poll(async () => (await level('REV2'))['available']).toBe(2)
    expect((await one.ask({ kind: 'commit', holdId: old.id })).kind).toBe('done')
    const gone = await one.done({ kind: 'sale', location: 'shop', lines: [{ sku: 'REV', quantity: 1 }] })
    expect(gone['shortfalls']).toEqual([{ sku: 'REV', location: 'shop', short: -1 }])
  })
})
