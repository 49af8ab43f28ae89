import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBooks, type Books } from '../../test/books.ts'
import { openTamperedStock } from '../../test/sessions.ts'
import { holdOf, type TestStock } from '../../test/stock.ts'
import { seeded } from '../../test/trade.ts'
import { expireHolds, putChannel, readHold, type Command } from './stock.ts'

let books: Books
let one: TestStock
let two: TestStock

beforeAll(async () => {
  books = await openBooks()
  one = books.open()
  two = books.open()
})

afterAll(() => books?.close())

const holdOfAll = (...skus: string[]): Command => ({
  kind: 'hold',
  ttlSeconds: 600,
  lines: skus.map((sku) => ({ sku, quantity: 1, channel: 'web' })),
})

const sale = (sku: string, quantity: number, occurredAtMs?: number): Command => ({
  kind: 'sale',
  location: 'shop',
  lines: [{ sku, quantity }],
  ...(occurredAtMs === undefined ? {} : { occurredAtMs }),
})

describe('a count that finds nothing of what 40,000 lines hold', () => {
  it('is recorded all the same, and revokes them all', { timeout: 60_000 }, async () => {
    await books.stockUp({ CROWD: 40_000 })
    const lines = Array.from({ length: 100 }, () => ({ sku: 'CROWD', quantity: 1, channel: 'web' }))
    const holds = Array.from({ length: 400 }, () => one.done({ kind: 'hold', ttlSeconds: 600, lines }))
    await Promise.all(holds)
    const counted = await two.done({ kind: 'count', location: 'shop', lines: [{ sku: 'CROWD', counted: 0 }] })
    expect(counted['revokedHolds']).toHaveLength(400)
    expect(await books.level('CROWD')).toMatchObject({ available: 0, held: 0, short: 0 })
    const { rows } = await books.pool.query(
      `select count(*) as live from stock.hold_lines where sku = 'CROWD' and not freed`,
    )
    expect(rows[0].live).toBe(0)
    expect(await books.wrong()).toEqual([])
  })
})

describe('a till sale of what is held', () => {
  it('revokes the newest hold, whose lines elsewhere are given back soon after', async () => {
    await books.stockUp({ TILL: 2, ELSE1: 1 })
    await books.stockUp({ ELSE2: 1 }, 'warehouse')
    const older = await one.done(holdOf('TILL'))
    const newest = await two.done(holdOfAll('TILL', 'ELSE1', 'ELSE2'))
    expect(await one.done(sale('TILL', 1))).toMatchObject({ revokedHolds: [newest.id] })
    await expect.poll(async () => (await books.level('ELSE2', 'warehouse')).available).toBe(1)
    expect(await books.level('ELSE1')).toMatchObject({ available: 1, held: 0 })
    expect(await books.level('TILL')).toMatchObject({ available: 0, held: 1, short: 0 })
    expect((await readHold(books.pool, newest.id)).value).toMatchObject({ state: 'revoked' })
    expect((await readHold(books.pool, older.id)).value).toMatchObject({ state: 'active' })
    expect((await two.ask({ kind: 'release', holdId: newest.id })).kind).toBe('refused')
  })

  it('gives the lines elsewhere back by expiry where the process ended before it could', async () => {
    await books.stockUp({ CRASH: 1, CRASH2: 1 })
    let ended = false
    const dying = books.adopt(
      openTamperedStock(
        books.url,
        (statement, values, forward) =>
          ended ? Promise.reject(new Error('Connection terminated')) : forward(statement, values),
        {
          onCommitted: ({ effects }) => (ended ||= effects.some((effect) => effect.kind === 'sale')),
          deadlineMs: 1_000,
        },
      ),
    )
    const { id } = await one.done(holdOfAll('CRASH', 'CRASH2'))
    expect(await dying.done(sale('CRASH', 1))).toMatchObject({ revokedHolds: [id] })
    expect(await books.level('CRASH2')).toMatchObject({ available: 0, held: 1 })
    expect(await books.wrong()).toEqual([])
    const stopping = new AbortController()
    const sweeping = expireHolds(books.pool, two, { signal: stopping.signal, onError: () => {} })
    await expect.poll(async () => (await books.level('CRASH2')).available, { timeout: 1_000 }).toBe(1)
    stopping.abort()
    await sweeping
    expect(await books.wrong()).toEqual([])
  })

  it('at two places at once, in two processes, revokes a hold over both once', async () => {
    for (let round = 0; round < 10; round++) {
      const skus = [`BOTH${round}A`, `BOTH${round}B`]
      await books.stockUp(Object.fromEntries(skus.map((sku) => [sku, 1])))
      const { id } = await one.done(holdOfAll(...skus))
      const ends = await Promise.all([one.done(sale(skus[0] ?? '', 1)), two.done(sale(skus[1] ?? '', 1))])
      expect(ends.flatMap((end) => end['revokedHolds'] ?? [])).toContain(id)
      for (const sku of skus) {
        await expect.poll(() => books.level(sku)).toMatchObject({ available: 0, held: 0, short: 0 })
      }
    }
    expect(await books.wrong()).toEqual([])
  })

  it('in the same batch as what ends the hold says truly who ended it', async () => {
    await books.stockUp({ MIX1: 3, MIX2: 3 })
    const { id } = await one.done(holdOfAll('MIX1', 'MIX2'))
    // In the way, so that the two sales come to stand in one batch.
    const ahead = one.ask(holdOf('MIX1'))
    const sales = await Promise.all([ahead, one.ask(sale('MIX1', 3)), one.ask(sale('MIX2', 3))])
    expect(sales.map((end) => end.kind)).toEqual(['done', 'done', 'done'])
    const { rows } = await books.pool.query<{ ended_by: number }>('select ended_by from stock.holds where id = $1', [
      id,
    ])
    const { rows: first } = await books.pool.query<{ entry: number }>(
      `select min(entry) as entry from stock.movements
       where from_account = 'held' and sku in ('MIX1', 'MIX2') and entry > (select entry from stock.holds where id = $1)`,
      [id],
    )
    expect(rows[0]?.ended_by).toBe(first[0]?.entry)
    expect(await books.wrong()).toEqual([])
  })
})

describe('a till whose clock is an hour fast', () => {
  const hour = 3_600_000

  it('is believed only until now, and told so', async () => {
    await books.stockUp({ FAST: 10 })
    const before = Date.now()
    const answer = await one.done(sale('FAST', 1, before + hour))
    expect(answer).toMatchObject({ clamped: true })
    const happened = Date.parse(String(answer['occurredAt']))
    expect(happened).toBeGreaterThanOrEqual(before - 5)
    expect(happened).toBeLessThanOrEqual(Date.now() + 5)
    expect(answer['occurredAt']).toBe(answer['recordedAt'])
  })

  it('cannot make the counts and sales of the next hour look old', async () => {
    await one.done({
      kind: 'count',
      location: 'shop',
      occurredAtMs: Date.now() + hour,
      lines: [{ sku: 'FAST', counted: 20 }],
    })
    expect(await one.done(sale('FAST', 1))).not.toHaveProperty('rebased')
    expect(await books.level('FAST')).toMatchObject({ available: 19 })
    const counted = await two.done({ kind: 'count', location: 'shop', lines: [{ sku: 'FAST', counted: 7 }] })
    expect(counted).not.toHaveProperty('rebased')
    expect(await books.level('FAST')).toMatchObject({ available: 7 })
  })

  it("has no bearing on the database's own: what is recorded after a count is after it, though the clock was set back", async () => {
    await books.stockUp({ BACK: 10 })
    const count = { kind: 'count', location: 'shop', lines: [{ sku: 'BACK', counted: 10 }] } as const
    await one.done(count, 'set-back')
    // As if the count had been taken by a clock that was then set back.
    const later = `interval '1 hour'`
    await books.pool.query(`update stock.levels set counted_at = counted_at + ${later} where sku = 'BACK'`)
    await books.pool.query(
      `update stock.entries set occurred_at = occurred_at + ${later}, recorded_at = recorded_at + ${later}
       where id = (select entry from stock.answers where key = 'set-back')`,
    )
    await books.pool.query(`update stock.counts set occurred_at = occurred_at + ${later} where sku = 'BACK'`)
    await books.pool.query(
      `with told as (update log.log set at = at + ${later}
         where batch = (select entry >> 10 from stock.answers where key = 'set-back') returning position, at)
       update log.batches b set at = told.at from told where b.position = told.position`,
    )
    const counter = {
      id: 'counter',
      name: 'Till',
      currency: 'EUR',
      duty: 'paid',
      safetyStock: 0,
      showMax: 24,
      lowAt: 6,
    } as const
    await putChannel(books.pool, { ...counter, locations: ['shop'] })
    expect(await one.done(sale('BACK', 1))).not.toHaveProperty('rebased')
    const { id } = await one
      .ask(holdOf('BACK'))
      .then((held) => JSON.parse(held.kind === 'done' ? held.body : '{}') as { id: string })
    await one.done({ kind: 'commit', holdId: id })
    await one.done({ kind: 'ship', commitmentId: id })
    expect(await books.level('BACK')).toMatchObject({ available: 8, committed: 0 })
    expect(await books.wrong()).toEqual([])
  })
})

describe('late and repeated facts', () => {
  type Fact = Extract<Command, { kind: 'receive' | 'sale' | 'count' | 'writeOff' }>

  /** A day of one SKU as it happened, an event a second, and what must stand on the shelf at its end. */
  function dayOf(random: () => number, sku: string): { facts: Fact[]; onHand: number } {
    const startMs = Date.now() - 100_000
    const facts: Fact[] = []
    let onHand = 0
    for (let second = 0; second < 14; second++) {
      const head = { location: 'shop', occurredAtMs: startMs + second * 1_000 }
      const quantity = 1 + Math.floor(random() * 5)
      const dice = random()
      if (dice < 0.25) {
        onHand = Math.floor(random() * 30)
        facts.push({ kind: 'count', ...head, lines: [{ sku, counted: onHand }] })
      } else if (dice < 0.6) {
        onHand += quantity
        facts.push({ kind: 'receive', ...head, lines: [{ sku, quantity }] })
      } else {
        onHand -= quantity
        const line = { ...head, lines: [{ sku, quantity }] }
        facts.push(dice < 0.9 ? { kind: 'sale', ...line } : { kind: 'writeOff', reason: 'corked', ...line })
      }
    }
    return { facts, onHand }
  }

  function shuffled<T>(random: () => number, from: readonly T[]): T[] {
    return from
      .map((item) => ({ item, at: random() }))
      .toSorted((a, b) => a.at - b.at)
      .map(({ item }) => item)
  }

  it.each([1, 2, 3, 4, 5, 6])('end with the same on hand in whatever order they arrive (seed %i)', async (seed) => {
    const random = seeded(seed)
    for (let round = 0; round < 4; round++) {
      const sku = `LATE-${seed}-${round}`
      const { facts, onHand } = dayOf(random, sku)
      const keyed = facts.map((fact, i) => ({ fact, key: `${sku}-${i}` }))
      const repeated = shuffled(random, [...keyed, ...keyed.filter(() => random() < 0.3)])
      await Promise.all(repeated.map(({ fact, key }, i) => (i % 2 ? one : two).ask(fact, key)))
      const level = await books.level(sku)
      expect({ sku, onHand: (level['available'] ?? 0) + (level['short'] ?? 0) }).toEqual({ sku, onHand })
    }
    expect(await books.wrong()).toEqual([])
  })

  it('of the very instant of a count were seen by it', async () => {
    const occurredAtMs = Date.now() - 10_000
    await one.done({
      kind: 'receive',
      location: 'shop',
      occurredAtMs: occurredAtMs - 1,
      lines: [{ sku: 'TIE', quantity: 9 }],
    })
    await one.done({ kind: 'count', location: 'shop', occurredAtMs, lines: [{ sku: 'TIE', counted: 6 }] })
    expect(await one.done(sale('TIE', 2, occurredAtMs))).toMatchObject({ rebased: true })
    expect(await books.level('TIE')).toMatchObject({ available: 6 })
    expect(await one.done(sale('TIE', 2, occurredAtMs + 1))).not.toHaveProperty('rebased')
    expect(await books.level('TIE')).toMatchObject({ available: 4 })
    expect(await books.wrong()).toEqual([])
  })
})
