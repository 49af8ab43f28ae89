import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type pg from 'pg'
import { connect } from '../../platform/postgres/database.ts'
import { openBooks, type Books } from '../../../test/books.ts'
import { openTamperedStock } from '../../../test/sessions.ts'
import { holdOf, limits, type TestStock } from '../../../test/stock.ts'
import { readSettings } from '../settings.ts'
import { createOrdersKnown } from './orders-known.ts'
import { createLinesKnown } from './lines-known.ts'
import { digestOf, type Pending } from './pending.ts'
import { openSession } from './session.ts'
import * as sql from './sql.ts'
import { insertPlainHolds } from './sql-writes.ts'
import { runTransaction } from './transaction.ts'

let books: Books
let stock: TestStock

beforeAll(async () => {
  books = await openBooks()
  stock = books.open()
})

afterAll(() => books?.close())

const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}-${i}`)

describe('a batch that fails', () => {
  it('acknowledges nobody of it when a write inside the pipeline fails, and its poisoned command alone in the end', async () => {
    await books.stockUp({ GOOD: 100, POISON: 100 })
    await books.pool.query(`create function stock.choke() returns trigger language plpgsql as
      $$ begin raise exception 'this one cannot be written'; end $$`)
    await books.pool.query(`create trigger choke before insert on stock.movements for each row
      when (new.sku = 'POISON') execute function stock.choke()`)
    const keys = numbered('neighbour', 30)
    const [outcomes] = await Promise.all([
      Promise.all(keys.map((key) => stock.ask(holdOf('GOOD'), key))),
      expect(stock.ask(holdOf('POISON'), 'poison')).rejects.toThrow('this one cannot be written'),
    ])
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(keys.map(() => 'done'))
    expect(await books.effectsOf([...keys, 'poison'])).toEqual([...keys.map(() => 1), 0])
    expect(await books.level('GOOD')).toMatchObject({ available: 70, held: 30 })
    expect(await books.level('POISON')).toMatchObject({ available: 100, held: 0, revision: 1 })
    expect(stock.troubles.splice(0).length).toBeGreaterThan(1)
  })

  it('lets a poisoned command leave no trace in any place of a batch', async () => {
    for (const place of [0, 7, 14]) {
      const skus = Array.from({ length: 15 }, (_, i) => (i === place ? 'POISON' : 'GOOD'))
      const ends = await Promise.allSettled(skus.map((sku) => stock.ask(holdOf(sku))))
      expect(ends.map((end) => end.status === 'rejected')).toEqual(skus.map((sku) => sku === 'POISON'))
    }
    await books.pool.query('drop trigger choke on stock.movements')
    stock.troubles.splice(0)
    expect((await stock.ask(holdOf('POISON'), 'poison')).kind).toBe('done')
    expect(await books.wrong()).toEqual([])
  })

  it('believes the tag of the COMMIT and not its success: a rolled back batch is not acknowledged', async () => {
    await books.stockUp({ TAG: 10 })
    let broken = 0
    const tampered = books.adopt(
      openTamperedStock(books.url, async (statement, values, forward) => {
        if (statement === insertPlainHolds && broken === 0) {
          broken = 1
          // What a sketch did: the failure of a statement is lost on the way, and only the commit's tag could tell.
          await forward({ name: '', text: 'select 1 / 0' }).catch(() => {})
          return { rows: [] } as unknown as pg.QueryResult
        }
        if (broken !== 1) return forward(statement, values)
        if (statement === sql.commit) broken = 2
        return forward(statement, values).catch(() => ({ rows: [{ position: 1 }] }) as unknown as pg.QueryResult)
      }),
    )
    const outcome = await tampered.ask(holdOf('TAG'), 'tag')
    expect(tampered.troubles.splice(0)).toEqual(['again: the commit was answered ROLLBACK'])
    expect(outcome).toMatchObject({ kind: 'done', replayed: false })
    expect(await books.effectsOf(['tag'])).toEqual([1])
    expect(await books.level('TAG')).toMatchObject({ available: 9, held: 1 })
  })

  it('cannot write one key twice in a transaction, and does none of it', async () => {
    await books.stockUp({ TWICE: 10 })
    const session = await openSession(books.url, 2_000)
    const settings = await readSettings(books.pool)
    const pending = (id: string): Pending => ({
      submission: { command: holdOf('TWICE'), caller: 'test', actor: 'tester', key: 'twice' },
      command: holdOf('TWICE'),
      id,
      digest: digestOf(holdOf('TWICE')),
      deadlineMs: Number.POSITIVE_INFINITY,
      weight: 1,
      mayBeDone: false,
      answer: () => {},
      fail: () => {},
      expire: () => {},
    })
    const batch = ['1', '2'].map((n) => pending(`00000000-0000-4000-8000-00000000000${n}`))
    const environment = {
      session,
      settings,
      holdLifeMaxS: limits.holdLifeMaxS,
      policy: () => undefined,
      lines: createLinesKnown(),
      orders: createOrdersKnown(),
      onAppended: () => {},
    }
    await expect(runTransaction(environment, batch)).rejects.toMatchObject({ code: '23505' })
    await session.close()
    expect(await books.effectsOf(['twice'])).toEqual([0])
    const both = await Promise.all([1, 2].map(() => stock.ask(holdOf('TWICE'), 'twice')))
    expect(both.map((one) => one.kind === 'done' && one.replayed).toSorted()).toEqual([false, true])
    expect(await books.effectsOf(['twice'])).toEqual([1])
  })

  it('throws when a level was written without its lock, does nothing by half, and decides anew', async () => {
    await books.stockUp({ BEHIND: 10, BESIDE: 10 })
    let meddled = false
    const tampered = books.adopt(
      openTamperedStock(books.url, async (statement, values, forward) => {
        // A lock that is no lock, as a careless change of the statement would make it.
        if (statement === sql.lockLevels && !meddled)
          return forward({ name: '', text: statement.text.replace('for update of l', '') }, values)
        const answered = forward(statement, values)
        if (statement !== sql.readKeys || meddled) return answered
        // All that was sent with it has been answered too: this is between the two round trips.
        const result = await answered
        meddled = true
        await books.open().done({ kind: 'sale', location: 'shop', lines: [{ sku: 'BEHIND', quantity: 8 }] })
        return result
      }),
    )
    const [refused, granted] = await Promise.all([
      tampered.ask(holdOf('BEHIND', 5), 'behind'),
      tampered.ask(holdOf('BESIDE', 5), 'beside'),
    ])
    expect(tampered.troubles.splice(0)).toEqual(['again: guard: 1 of 2 rows written: levels'])
    expect(refused).toMatchObject({ refusal: { slug: 'insufficient-stock', members: { lines: [{ available: 2 }] } } })
    expect(granted.kind).toBe('done')
    expect(await books.effectsOf(['behind', 'beside'])).toEqual([0, 1])
    expect(await books.level('BEHIND')).toMatchObject({ available: 2, held: 0 })
    expect(await books.wrong()).toEqual([])
  })

  it('is tried again after a deadlock, and ends as if there had been none', async () => {
    await books.stockUp({ LOCK1: 10, LOCK2: 10 })
    const other = await connect(books.url, {
      applicationName: 'tests',
      lockTimeoutMs: 0,
      idleInTransactionTimeoutMs: 0,
    })
    const lock = (sku: string) => other.query(`select 1 from stock.levels where sku = $1 for update`, [sku])
    // So that the batch is the one that PostgreSQL ends.
    await other.query(`set deadlock_timeout = '30s'`)
    await other.query('begin')
    await lock('LOCK2')
    const lines = ['LOCK1', 'LOCK2'].map((sku) => ({ sku, quantity: 1, channel: 'web' }))
    const held = stock.ask({ kind: 'hold', ttlSeconds: 600, lines }, 'deadlock')
    await expect
      .poll(async () => (await books.pool.query(`select 1 from pg_locks where not granted`)).rowCount, { interval: 5 })
      .toBeGreaterThan(0)
    await lock('LOCK1')
    await other.query('commit')
    await other.end()
    expect((await held).kind).toBe('done')
    // Who is let go may have the first lock again before the other wakes up for it: then it is ended once more.
    expect(new Set(stock.troubles.splice(0))).toEqual(new Set(['again: deadlock detected']))
    expect(await books.effectsOf(['deadlock'])).toEqual([1])
  })

  it('refuses a quantity that would pass its bound, and its neighbours are decided', async () => {
    const most = 1_000_000_000
    await books.stockUp({ FULL: 1, SPACE: 1 })
    await stock.done({ kind: 'count', location: 'shop', lines: [{ sku: 'FULL', counted: most - 5 }] })
    const receipt = (sku: string, quantity: number) =>
      stock.ask({ kind: 'receive', location: 'shop', lines: [{ sku, quantity }] })
    const [over, beside, fits] = await Promise.all([receipt('FULL', 6), receipt('SPACE', 6), receipt('FULL', 5)])
    expect(over).toMatchObject({ kind: 'refused', refusal: { slug: 'quantity-overflow' } })
    expect([beside.kind, fits.kind]).toEqual(['done', 'done'])
    expect(await books.level('FULL')).toMatchObject({ available: most })
    expect(await books.level('SPACE')).toMatchObject({ available: 7 })
    // Below zero the bound is the same.
    const sale = { kind: 'sale', location: 'shop', lines: [{ sku: 'DEEP', quantity: 1_000_000 }] } as const
    await stock.done(sale)
    await books.pool.query(`update stock.levels set short = -999500000 where sku = 'DEEP'`)
    expect(await stock.ask(sale)).toMatchObject({ kind: 'refused', refusal: { slug: 'quantity-overflow' } })
    await books.pool.query(`update stock.levels set short = -1000000 where sku = 'DEEP'`)
    expect(await books.wrong()).toEqual([])
    expect(stock.troubles).toEqual([])
  })

  it('goes on beside a snapshot that stays open', async () => {
    await books.stockUp({ OPEN: 1_000_000 })
    const reader = await connect(books.url, { applicationName: 'tests', idleInTransactionTimeoutMs: 0 })
    await reader.query('begin transaction isolation level repeatable read')
    const { rows: before } = await reader.query(`select held from stock.levels where sku = 'OPEN'`)
    const seconds = [0, 0, 0, 0]
    const startedMs = performance.now()
    const second = () => Math.floor((performance.now() - startedMs) / 1_000)
    const buyer = async () => {
      while (second() < seconds.length) {
        await stock.done(holdOf('OPEN'))
        const at = second()
        if (at < seconds.length) seconds[at] = (seconds[at] ?? 0) + 1
      }
    }
    await Promise.all(Array.from({ length: 32 }, buyer))
    const { rows: after } = await reader.query(`select held from stock.levels where sku = 'OPEN'`)
    expect(after).toEqual(before)
    await reader.end()
    for (const granted of seconds) expect(granted).toBeGreaterThan(50)
    expect(stock.troubles).toEqual([])
  })
})
