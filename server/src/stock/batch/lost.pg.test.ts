import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openBooks, type Books } from '../../../test/books.ts'
import { startProxy, type Proxy } from '../../../test/proxy.ts'
import { openTamperedStock } from '../../../test/sessions.ts'
import { holdOf, openTestStock, type TestStock } from '../../../test/stock.ts'
import { seeded } from '../../../test/trade.ts'
import type { Outcome } from '../stock.ts'
import * as sql from './sql.ts'

let books: Books
let proxy: Proxy
let stock: TestStock

beforeAll(async () => {
  books = await openBooks()
  proxy = await startProxy(books.url)
  stock = openTestStock(proxy.url)
  await books.stockUp({ RED: 1_000_000, WHITE: 1_000_000 })
})

afterEach(() => {
  Object.assign(proxy, { decide: () => 'pass', delayMs: 0, sliceBytes: 0 })
})

afterAll(async () => {
  await stock?.close()
  await proxy?.close()
  await books?.close()
})

/** A command's tag as PostgreSQL sends it: CommandComplete, its length, COMMIT. */
const commitTag = Buffer.from('C\0\0\0\x0bCOMMIT\0', 'latin1')
/** Bind of the unnamed portal to the statement that commits. */
const commitBind = Buffer.from('\0commit\0', 'latin1')

const isDone = (outcome: Outcome) => outcome.kind === 'done'
const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}-${i}`)
const body = (outcome: Outcome | undefined) => (outcome?.kind === 'done' ? outcome.body : outcome?.kind)

describe('a connection that is lost', () => {
  it('at the very answer of the commit leaves nobody wrongly told: the keys say what had happened', async () => {
    for (const round of [1, 2, 3]) {
      let cuts = 0
      proxy.decide = (chunk, toServer) => (!toServer && chunk.includes(commitTag) && (cuts += 1) === 1 ? 'cut' : 'pass')
      const keys = numbered(`answer-${round}`, 40)
      const outcomes = await Promise.all(keys.map((key) => stock.ask(holdOf('RED'), key)))
      expect(cuts).toBeGreaterThan(0)
      expect(outcomes.every(isDone)).toBe(true)
      expect(outcomes.some((outcome) => outcome.kind === 'done' && outcome.replayed)).toBe(true)
      expect(await books.effectsOf(keys)).toEqual(keys.map(() => 1))
      const again = await Promise.all(keys.map((key) => stock.ask(holdOf('RED'), key)))
      expect(again.map(body)).toEqual(outcomes.map(body))
    }
  })

  it('before the commit arrives has done nothing, and is made good', async () => {
    let cuts = 0
    proxy.decide = (chunk, toServer) => (toServer && chunk.includes(commitBind) && (cuts += 1) <= 3 ? 'cut' : 'pass')
    const keys = numbered('request', 40)
    const outcomes = await Promise.all(keys.map((key) => stock.ask(holdOf('RED'), key)))
    expect(cuts).toBeGreaterThanOrEqual(3)
    expect(outcomes.every((outcome) => outcome.kind === 'done' && !outcome.replayed)).toBe(true)
    expect(await books.effectsOf(keys)).toEqual(keys.map(() => 1))
  })

  it('anywhere at all, from three seeds, loses nothing that was acknowledged and does nothing twice', async () => {
    for (const seed of [1, 2, 3]) {
      const random = seeded(seed)
      proxy.decide = () => (random() < 0.03 ? 'cut' : 'pass')
      const keys = numbered(`anywhere-${seed}`, 200)
      const ask = (key: string, hand: number) => stock.ask(holdOf(hand % 2 ? 'RED' : 'WHITE'), key)
      const first = await Promise.allSettled(keys.map(ask))
      proxy.decide = () => 'pass'
      const then = await Promise.all(keys.map(ask))
      expect(then.every((outcome) => outcome.kind === 'done')).toBe(true)
      const told = first.map((end, i) => (end.status === 'fulfilled' ? body(end.value) : body(then[i])))
      expect(then.map(body)).toEqual(told)
      expect(await books.effectsOf(keys)).toEqual(keys.map(() => 1))
    }
  })

  it('because PostgreSQL ended it, again and again, is made anew each time', async () => {
    const random = seeded(7)
    const over = new AbortController()
    const keys: string[] = []
    const unknown: string[] = []
    const buyer = async (_: unknown, hand: number) => {
      for (let i = 0; !over.signal.aborted; i++) {
        const key = `ended-${hand}-${i}`
        keys.push(key)
        await stock.done(holdOf(hand % 2 ? 'RED' : 'WHITE'), key).catch(() => unknown.push(key))
      }
    }
    const buyers = Array.from({ length: 12 }, buyer)
    let ended = 0
    for (let i = 0; i < 25; i++) {
      await new Promise((resolve) => setTimeout(resolve, 20 + random() * 80))
      const { rowCount } = await books.pool.query(`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'cellarhand batcher'`)
      ended += rowCount ?? 0
    }
    over.abort()
    await Promise.all(buyers)
    expect(ended).toBeGreaterThan(4)
    for (const key of unknown) await stock.ask(holdOf(Number(key.split('-')[1]) % 2 ? 'RED' : 'WHITE'), key)
    expect(await books.effectsOf(keys)).toEqual(keys.map(() => 1))
    expect(await books.wrong()).toEqual([])
  })

  it('without a word is noticed: the waiting are told that it is not known, and with the same key it is', async () => {
    const patient = books.adopt(openTestStock(proxy.url, { deadlineMs: 2_000 }))
    await patient.done(holdOf('RED'))
    proxy.decide = (chunk, toServer) => (!toServer && chunk.includes(commitTag) ? 'swallow' : 'pass')
    await expect(patient.ask(holdOf('RED'), 'silence')).rejects.toMatchObject({ name: 'Unavailable' })
    proxy.decide = () => 'pass'
    expect(await stock.ask(holdOf('RED'), 'silence')).toMatchObject({ kind: 'done', replayed: true })
    proxy.silence()
    const startedMs = performance.now()
    await expect
      .poll(
        () =>
          patient.ask(holdOf('RED'), 'later').then(
            (outcome) => outcome.kind,
            () => 'unavailable',
          ),
        {
          timeout: 20_000,
          interval: 100,
        },
      )
      .toBe('done')
    expect(performance.now() - startedMs).toBeLessThan(15_000)
    expect(await books.effectsOf(['silence', 'later'])).toEqual([1, 1])
  })

  it('is not what a slow one in small pieces is', async () => {
    const slow = books.adopt(openTestStock(proxy.url))
    proxy.sliceBytes = 7
    proxy.delayMs = 5
    const keys = numbered('slow', 20)
    const outcomes = await Promise.all(keys.map((key) => slow.ask(holdOf('WHITE'), key)))
    expect(outcomes.every(isDone)).toBe(true)
    expect(slow.troubles).toEqual([])
    expect(await books.effectsOf(keys)).toEqual(keys.map(() => 1))
  })

  it('lets nobody be told that nothing was done, once it is not known', async () => {
    let commits = 0
    const doubtful = books.adopt(
      openTamperedStock(books.url, async (statement, values, forward) => {
        const answered = forward(statement, values)
        if (statement === sql.begin && commits > 0) {
          await answered
          throw Object.assign(new Error('could not extend file: No space left on device'), { code: '53100' })
        }
        if (statement !== sql.commit) return answered
        await answered
        commits += 1
        throw Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' })
      }),
    )
    await expect(doubtful.ask(holdOf('RED'), 'doubtful')).rejects.toThrow(/not known/)
    expect(await books.effectsOf(['doubtful'])).toEqual([1])
  })
})
