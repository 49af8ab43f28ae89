import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBooks, type Books } from '../../../test/books.ts'
import { openTamperedStock } from '../../../test/sessions.ts'
import { holdOf, openTestStock, type TestStock } from '../../../test/stock.ts'
import * as sql from './sql.ts'

let books: Books

beforeAll(async () => {
  books = await openBooks()
})

afterAll(() => books?.close())

/** Batches smaller than what waits: there is always one to send ahead. */
const few = { maxCommands: 10, maxLines: 10 }

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
    const held = await Promise.all(
      [1, 2, 3].map(() => shop(books.adopt(openTestStock(books.url, few)), 'SHARED', 60, isOver)),
    )
    const all = held.reduce((sum, one) => sum + one, 0)
    for (const one of held) expect(one, `of ${held.join(', ')}`).toBeGreaterThan(all / 6)
    expect((await books.level('SHARED')).held).toBe(all)
    expect(await books.wrong()).toEqual([])
  },
)

test('what was sent behind a commit that failed is decided again, once', { timeout: 20_000 }, async () => {
  await books.stockUp({ BEHIND: 1_000_000 })
  let commits = 0
  let committing = 0
  let ahead = 0
  const stock = books.adopt(
    openTamperedStock(
      books.url,
      (statement, values, forward) => {
        if (statement === sql.begin && committing > 0) ahead += 1
        if (statement !== sql.commit) return forward(statement, values)
        committing += 1
        // Every fifth transaction is undone at its end, with the next already behind it.
        const end = ++commits % 5 === 0 ? sql.rollback : statement
        return forward(end, values).finally(() => (committing -= 1))
      },
      few,
    ),
  )
  const endMs = Date.now() + 1_500
  const held = await shop(stock, 'BEHIND', 40, () => Date.now() > endMs)
  expect(commits).toBeGreaterThan(20)
  expect(ahead).toBeGreaterThan(10)
  expect((await books.level('BEHIND')).held).toBe(held)
  expect(await books.wrong()).toEqual([])
})

test(
  'what cannot be sent ahead leaves the batch before it as it is, and is decided in its turn',
  { timeout: 20_000 },
  async () => {
    await books.stockUp({ UNSENT: 1_000_000 })
    let committing = 0
    let seen = 0
    const stock = books.adopt(
      openTamperedStock(
        books.url,
        (statement, values, forward) => {
          // In the middle of what goes ahead of a commit's answer: its begin is on the way already.
          if (statement === sql.lockLevels && committing > 0 && ++seen % 3 === 0) throw new Error('cannot be written')
          if (statement !== sql.commit) return forward(statement, values)
          committing += 1
          return forward(statement, values).finally(() => (committing -= 1))
        },
        few,
      ),
    )
    const endMs = Date.now() + 1_500
    const held = await shop(stock, 'UNSENT', 40, () => Date.now() > endMs)
    expect(stock.troubles.length).toBeGreaterThan(10)
    expect((await books.level('UNSENT')).held).toBe(held)
    expect(new Set(stock.troubles)).toEqual(new Set(['ahead: cannot be written']))
    expect(await books.wrong()).toEqual([])
  },
)
