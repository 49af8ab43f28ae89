import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBooks, type Books } from '../../test/books.ts'
import { holdOf, type TestStock } from '../../test/stock.ts'
import { connect } from '../platform/postgres/database.ts'
import { beginAnswerPeriod, type Outcome } from './stock.ts'

let books: Books
let one: TestStock
let two: TestStock

beforeAll(async () => {
  books = await openBooks()
  one = books.open()
  two = books.open()
  await books.stockUp({ RED: 1_000_000, WHITE: 1_000_000 })
})
afterAll(() => books?.close())

/** All periods but this instant's are over at once. */
const AT_ONCE = 1e-9

const period = async () =>
  (await books.pool.query<{ period: number }>('select max(period) as period from stock.answer_periods')).rows[0]?.period
const kindOf = (outcome: Outcome) => (outcome.kind === 'refused' ? outcome.refusal.slug : outcome.kind)
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('a key asked by two processes, with a period that begins between', () => {
  it('has one effect, where the first has written its answer and not committed it', async () => {
    // Whoever appends to the log waits here, with all else of its batch written.
    const barrier = await connect(books.url, { applicationName: 'tests', lockTimeoutMs: 0 })
    await barrier.query('select pg_advisory_lock(1280262987, 1)')
    const before = await period()
    const first = one.ask(holdOf('RED'), 'over the boundary')
    await waitForWaiters(1)
    const begun = beginAnswerPeriod(books.pool, AT_ONCE)
    await pause(100)
    // Of another body, and so at another level: no lock of a level orders the two.
    const second = two.ask(holdOf('WHITE'), 'over the boundary')
    await pause(200)
    const meanwhile = await period()
    await barrier.query('select pg_advisory_unlock(1280262987, 1)')
    await barrier.end()
    expect([kindOf(await first), kindOf(await second)]).toEqual(['done', 'idempotency-key-reused'])
    expect([meanwhile, await begun]).toEqual([before, (before ?? 0) + 1])
    expect(await books.effectsOf(['over the boundary'])).toEqual([1])
  })

  it('has one effect and one answer, however often periods begin, and nobody fails for it', async () => {
    const began = await period()
    const keys = Array.from({ length: 150 }, (_, index) => `turned-${index}`)
    for (const [index, key] of keys.entries()) {
      const other = index % 2 ? holdOf('WHITE') : holdOf('RED')
      const asked = [one.ask(holdOf('RED'), key), two.ask(other, key)]
      if (index % 3 === 0) await beginAnswerPeriod(books.pool, AT_ONCE)
      const both = await Promise.all(asked)
      const kinds = both.map(kindOf).toSorted()
      expect(kinds).toEqual(index % 2 ? ['done', 'idempotency-key-reused'] : ['done', 'done'])
      expect(new Set(both.map((outcome) => 'body' in outcome && outcome.body)).size).toBe(1 + (index % 2))
      const again = await two.ask(other, key)
      expect(kindOf(again)).toBe(kindOf(both[1] as Outcome))
    }
    expect(((await period()) ?? 0) - (began ?? 0)).toBe(50)
    expect(await books.effectsOf(keys)).toEqual(keys.map(() => 1))
    expect(await books.wrong()).toEqual([])
  }, 60_000)
})

/** Until so many sessions wait for an advisory lock. */
async function waitForWaiters(count: number): Promise<void> {
  for (;;) {
    const { rows } = await books.pool.query<{ waiting: number }>(
      `select count(*)::int as waiting from pg_locks l join pg_database d on d.oid = l.database
       where l.locktype = 'advisory' and not l.granted and d.datname = current_database()`,
    )
    if ((rows[0]?.waiting ?? 0) >= count) return
    await pause(10)
  }
}
