import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBooks, type Books } from '../../test/books.ts'
import { holdOf, type TestStock } from '../../test/stock.ts'
import { seeded } from '../../test/trade.ts'
import { readPrices, type Command } from './stock.ts'

let books: Books
let one: TestStock
let two: TestStock

beforeAll(async () => {
  books = await openBooks()
  one = books.open()
  two = books.open()
})

afterAll(() => books?.close())

const price = (sku: string, amountMinor: number, channel = 'web'): Command => ({
  kind: 'setPrice',
  lines: [{ sku, channel, price: { amountMinor, currency: 'EUR', taxIncluded: true, dutyIncluded: true } }],
})

const numberOf = (position: string) => Number(position.split('.')[1])

describe('a price', () => {
  it('that changed between look and hold is not taken silently: the hold is refused, and says the new one', async () => {
    await books.stockUp({ LOOK: 5 })
    const seen = (await readPrices(books.pool, 'web', ['LOOK'])).get('LOOK')
    const expectedPrice = { amountMinor: seen?.amountMinor ?? 0, currency: seen?.currency ?? '' }
    await two.done(price('LOOK', 1_200))
    expect(await one.ask(holdOf('LOOK', 1, { expectedPrice }))).toMatchObject({
      kind: 'refused',
      refusal: { slug: 'price-changed', members: { sku: 'LOOK', price: { amountMinor: 1_200, currency: 'EUR' } } },
    })
    const dollars = { amountMinor: 1_200, currency: 'USD' }
    expect(await one.ask(holdOf('LOOK', 1, { expectedPrice: dollars }))).toMatchObject({
      refusal: { slug: 'price-changed' },
    })
    expect(await books.level('LOOK')).toMatchObject({ available: 5, held: 0 })
    const agreed = { amountMinor: 1_200, currency: 'EUR' }
    expect((await one.ask(holdOf('LOOK', 1, { expectedPrice: agreed }))).kind).toBe('done')
  })

  it('is kept by a hold and by what becomes of it, whatever the price is by then', async () => {
    await books.stockUp({ KEEP: 5 })
    const { id } = await one.done(holdOf('KEEP'))
    await two.done(price('KEEP', 9_999))
    const kept = { lines: [{ price: { amountMinor: 1_000 } }] }
    expect(await one.done({ kind: 'extend', holdId: id, ttlSeconds: 900 })).toMatchObject(kept)
    expect(await two.done({ kind: 'commit', holdId: id })).toMatchObject(kept)
    expect(await two.done({ kind: 'ship', commitmentId: id })).toMatchObject(kept)
  })

  it('set for the first time by two processes at once becomes that of the later position', async () => {
    for (let round = 0; round < 15; round++) {
      const sku = `FIRST-${round}`
      const done = await Promise.all([one.done(price(sku, 100)), two.done(price(sku, 200))])
      const [first, second] = done.map(({ position }) => numberOf(position))
      const later = (first ?? 0) > (second ?? 0) ? 100 : 200
      expect((await readPrices(books.pool, 'web', [sku])).get(sku)?.amountMinor).toBe(later)
    }
    expect([...one.troubles, ...two.troubles]).toEqual([])
    expect(await books.wrong()).toEqual([])
  })

  it('is never one that was not current at the position of the hold', async () => {
    await books.stockUp({ MOVE: 100_000 })
    await books.stockUp({ MOVE: 100_000 }, 'warehouse')
    const random = seeded(11)
    const changes: { position: number; index: number; amount: number }[] = []
    const holds: { position: number; index: number; amount: number; expected: number }[] = []
    const over = new AbortController()
    const seller = async () => {
      for (let i = 0; i < 60; i++) {
        const amount = 2_000 + i
        const outcome = await (random() < 0.5 ? one : two).ask(price('MOVE', amount))
        changes.push({ position: numberOf(outcome.position), index: outcome.index, amount })
        await new Promise((resolve) => setTimeout(resolve, random() * 15))
      }
      over.abort()
    }
    const buyer = async (_: unknown, hand: number) => {
      while (!over.signal.aborted) {
        const expected = changes.at(-1)?.amount ?? 1_000
        const location = hand % 3 === 0 ? { location: 'warehouse' } : {}
        const expectedPrice = { amountMinor: expected, currency: 'EUR' }
        const outcome = await (hand % 2 ? one : two).ask(holdOf('MOVE', 1, { expectedPrice, ...location }))
        if (outcome.kind !== 'done') continue
        const { lines } = JSON.parse(outcome.body) as { lines: { price: { amountMinor: number } }[] }
        const amount = lines[0]?.price.amountMinor ?? 0
        holds.push({ position: numberOf(outcome.position), index: outcome.index, amount, expected })
      }
    }
    await Promise.all([seller(), ...Array.from({ length: 12 }, buyer)])
    const isBefore = (a: { position: number; index: number }, b: { position: number; index: number }) =>
      a.position < b.position || (a.position === b.position && a.index < b.index)
    const currentAt = (hold: { position: number; index: number }) =>
      changes
        .filter((change) => isBefore(change, hold))
        .toSorted((a, b) => (isBefore(a, b) ? -1 : 1))
        .at(-1)?.amount ?? 1_000
    expect(holds.length).toBeGreaterThan(100)
    expect(holds.filter((hold) => hold.amount !== currentAt(hold) || hold.amount !== hold.expected)).toEqual([])
    expect(await books.wrong()).toEqual([])
  })
})
