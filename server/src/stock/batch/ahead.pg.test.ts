import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBooks, type Books } from '../../../test/books.ts'
import { openTamperedStock } from '../../../test/sessions.ts'
import { holdOf, type TestStock } from '../../../test/stock.ts'
import * as sql from './sql.ts'

let books: Books

beforeAll(async () => {
  books = await openBooks()
})

afterAll(() => books?.close())

/** So many shoppers after one SKU, until told to stop; how many holds they got. */
async function shop(stock: TestStock, sku: string, shoppers: number, until: () => boolean): Promise<number> {
  let held = 0
  const one = async () => {
    while (!until()) {
      await stock.done(holdOf(sku))
      held += 1
    }
  }
  await Promise.all(Array.from({ length: shoppers }, one))
  return held
}

test(
  'a process that asks ahead for a level leaves its turn to another that waits for it',
  { timeout: 20_000 },
  async () => {
    await books.stockUp({ SHARED: 1_000_000 })
    const endMs = Date.now() + 3_000
    const isOver = () => Date.now() > endMs
    const held = await Promise.all([1, 2, 3].map(() => shop(books.open(), 'SHARED', 150, isOver)))
    const all = held.reduce((sum, one) => sum + one, 0)
    for (const one of held) expect(one, `of ${held.join(', ')}`).toBeGreaterThan(all / 6)
    expect((await books.level('SHARED')).held).toBe(all)
    expect(await books.wrong()).toEqual([])
  },
)

test('what was sent behind a commit that failed is decided again, once', { timeout: 20_000 }, async () => {
  await books.stockUp({ BEHIND: 1_000_000 })
  const sent: string[] = []
  let commits = 0
  const stock = books.adopt(
    openTamperedStock(books.url, async (statement, values, forward) => {
      sent.push(statement.name)
      // Every fifth transaction is undone at its end, with the next already behind it.
      if (statement === sql.commit && ++commits % 5 === 0) return forward(sql.rollback, values)
      return forward(statement, values)
    }),
  )
  const endMs = Date.now() + 1_500
  const held = await shop(stock, 'BEHIND', 40, () => Date.now() > endMs)
  const aheadOf = sent.filter((name, at) => name === sql.begin.name && sent[at - 1] === sql.commit.name).length
  expect(commits).toBeGreaterThan(20)
  expect(aheadOf).toBeGreaterThan(10)
  expect((await books.level('BEHIND')).held).toBe(held)
  expect(await books.wrong()).toEqual([])
})
