import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBooks, type Books } from '../../test/books.ts'
import { openTamperedStock } from '../../test/sessions.ts'
import { holdOf, type TestStock } from '../../test/stock.ts'
import { expireHolds, type Command } from './stock.ts'
import * as sql from './batch/sql.ts'

let books: Books
let stock: TestStock

beforeAll(async () => {
  books = await openBooks()
  stock = books.open()
})

afterAll(() => books?.close())

const shortHold = (sku: string, quantity = 1): Command => ({
  kind: 'hold',
  ttlSeconds: 1,
  lines: [{ sku, quantity, channel: 'web' }],
})

/** So many processes that give expired holds back, until the returned function is called; it tells what went wrong in them. */
function sweepers(count: number): () => Promise<unknown[]> {
  const stopping = new AbortController()
  const errors: unknown[] = []
  const loops = Array.from({ length: count }, () =>
    expireHolds(books.pool, books.open(), { signal: stopping.signal, onError: (error) => errors.push(error) }),
  )
  return async () => {
    stopping.abort()
    await Promise.all(loops)
    return errors
  }
}

async function now(): Promise<number> {
  const { rows } = await books.pool.query<{ ms: string }>('select extract(epoch from clock_timestamp()) * 1000 as ms')
  return Number(rows[0]?.ms)
}

const untilMs = (ms: number) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms - Date.now())))

describe('a hold whose time has come', () => {
  it('goes back within a second, once, however many processes look for it', async () => {
    const stop = sweepers(3)
    await books.stockUp({ LAPSE: 300, KEPT: 5 })
    await stock.done(holdOf('KEPT', 5))
    const holds = await Promise.all(Array.from({ length: 300 }, () => stock.done(shortHold('LAPSE'))))
    const last = Math.max(...holds.map((hold) => Date.parse(String(hold['expiresAt']))))
    await expect.poll(async () => (await books.level('LAPSE')).available, { timeout: 5_000, interval: 20 }).toBe(300)
    expect((await now()) - last).toBeLessThan(1_000)
    const { rows } = await books.pool.query(
      `select count(*) as holds, count(distinct h.ended_by) as endings,
         max(extract(epoch from e.recorded_at - h.expires_at))::float as latest,
         min(extract(epoch from e.recorded_at - h.expires_at))::float as earliest
       from stock.holds h join stock.entries e on e.id = h.ended_by and e.kind = 'expire'`,
    )
    expect(rows[0]).toMatchObject({ holds: 300, endings: 300 })
    expect(rows[0].latest).toBeLessThan(1)
    expect(rows[0].earliest).toBeGreaterThanOrEqual(0)
    expect(await books.level('KEPT')).toMatchObject({ available: 0, held: 5 })
    expect(await stop()).toEqual([])
    expect(await books.wrong()).toEqual([])
  })

  it('is found without a look at those that live on, on a table that the database has no statistics of yet', async () => {
    const empty = await openBooks()
    await empty.pool.query(
      `insert into stock.holds (id, state, created_at, expires_at, entry)
       select gen_random_uuid(), 'active', now(), now() + interval '1 hour', n from generate_series(1, 50000) n`,
    )
    const look = 'explain (analyze, buffers, format json) select * from stock.due_holds(1000)'
    await empty.pool.query(look)
    const { rows } = await empty.pool.query(look)
    const pages = rows[0]['QUERY PLAN'][0]['Plan']['Shared Hit Blocks']
    await empty.close()
    // The table has some 500 pages, its index some 200.
    expect(pages).toBeLessThan(20)
  })

  it('is committed where its commit stands first, and expired where its expiry does: the batch alone decides', async () => {
    await books.stockUp({ RACE: 100 })
    let letGo = () => {}
    let kept: Promise<void> | undefined
    const slow = books.adopt(
      openTamperedStock(books.url, async (statement, values, forward) => {
        if (statement === sql.begin && kept) await kept
        return forward(statement, values)
      }),
    )
    const ends = async (order: readonly ('commit' | 'expire')[]) => {
      const { id, expiresAt } = await slow.done(shortHold('RACE'))
      kept = new Promise((resolve) => (letGo = resolve))
      // One batch is under way and waits; what is asked meanwhile goes together into the next.
      const ahead = slow.ask({ kind: 'receive', location: 'shop', lines: [{ sku: 'RACE', quantity: 1 }] })
      await untilMs(Date.parse(String(expiresAt)) - 200)
      const [first, second] = order.map((kind) => slow.ask({ kind, holdId: id }))
      await untilMs(Date.parse(String(expiresAt)) + 50)
      kept = undefined
      letGo()
      await ahead
      return (await Promise.all([first, second])).map((end) => end?.kind)
    }
    expect(await ends(['commit', 'expire'])).toEqual(['done', 'nothing'])
    expect(await ends(['expire', 'commit'])).toEqual(['done', 'refused'])
    expect(await books.wrong()).toEqual([])
  })

  it('ends exactly once when many commit, release, extend and sweep it at the same moment', async () => {
    await books.stockUp({ MOMENT: 40 })
    const stop = sweepers(2)
    const others = [books.open(), books.open()]
    const holds = await Promise.all(Array.from({ length: 40 }, () => stock.done(shortHold('MOMENT'))))
    const at = Date.parse(String(holds[0]?.['expiresAt']))
    await untilMs(at - 30)
    await Promise.all(
      holds.flatMap(({ id }, i) =>
        others.map((other, side) => {
          const kind = (['commit', 'release', 'extend'] as const)[(i + side) % 3]
          const command: Command =
            kind === 'extend' ? { kind, holdId: id, ttlSeconds: 1 } : { kind: kind ?? 'release', holdId: id }
          return new Promise((resolve) => setTimeout(resolve, (i % 12) * 25)).then(() => other.ask(command))
        }),
      ),
    )
    await expect.poll(async () => (await books.level('MOMENT')).held, { timeout: 5_000 }).toBe(0)
    expect(await stop()).toEqual([])
    const { rows } = await books.pool.query(
      `select count(*) filter (where h.state = 'committed') as committed, count(*) filter (where h.state = 'active') as active
       from stock.holds h join stock.hold_lines l on l.hold_id = h.id where l.sku = 'MOMENT'`,
    )
    expect(rows[0].active).toBe(0)
    expect(await books.level('MOMENT')).toMatchObject({
      available: 40 - rows[0].committed,
      committed: rows[0].committed,
    })
    expect(await books.wrong()).toEqual([])
  })
})
