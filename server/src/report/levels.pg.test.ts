import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PastLevel } from '@cellarhand/protocol/report'
import { openBooks, type Books } from '../../test/books.ts'
import { readLedger, shelfAt, shelfNow, type Ledger, type Shelf } from '../../test/past.ts'
import { priceIt, type TestStock } from '../../test/stock.ts'
import { seeded, trade } from '../../test/trade.ts'
import type { Command } from '../stock/stock.ts'
import { createReports, type Moment, type PastPage, type Reports } from './report.ts'

const EPOCH = 'testepoch'
const skus = ['A1', 'B1', 'C1', 'D1']

let books: Books
let reports: Reports
let stock: TestStock

beforeAll(async () => {
  books = await openBooks()
  reports = createReports(books.pool, { labels: async () => new Map() })
  stock = books.open()
})
afterAll(() => books?.close())

const at = (position: number): Moment => ({ kind: 'position', position: `${EPOCH}.${position}` })

/** All pages of what a reading answers, as a shelf. */
async function whole(read: (after: PastPage['next']) => ReturnType<Reports['recorded']>): Promise<Shelf> {
  const items: PastLevel[] = []
  let after: PastPage['next']
  do {
    const page = await read(after)
    if (page.kind === 'refused') throw new Error(page.detail)
    items.push(...page.items)
    after = page.next
  } while (after)
  const keys = items.map(({ sku, location }) => `${sku}@${location}`)
  expect(keys).toEqual([...new Set(keys)].toSorted())
  return Object.fromEntries(items.map(({ sku, location, ...level }) => [`${sku}@${location}`, level]))
}

const recorded = (moment: Moment, limit = 3) => whole((after) => reports.recorded(moment, EPOCH, { limit, after }))

/** Looks at the levels again and again while others trade. */
async function watch(signal: AbortSignal): Promise<Map<number, Shelf>> {
  const seen = new Map<number, Shelf>()
  while (!signal.aborted) {
    const { position, shelf } = await shelfNow(books.pool)
    seen.set(position, shelf)
  }
  return seen
}

describe('levels as the books stood', () => {
  let seen: Map<number, Shelf>
  let ledger: Ledger

  beforeAll(async () => {
    await priceIt(stock, ...skus)
    const evening = new AbortController()
    const watching = watch(evening.signal)
    const days = [1, 2].map((seed) => trade([stock, books.open()], { seed, commands: 60, hands: 4, skus }))
    await Promise.all(days)
    evening.abort()
    seen = await watching
    const last = await shelfNow(books.pool)
    seen.set(last.position, last.shelf)
    ledger = await readLedger(books.pool)
  })

  test('equal, at every position of a trading day, the sums of a journal that is gone through by hand', async () => {
    const head = Math.max(...seen.keys())
    expect(head).toBeGreaterThan(100)
    for (let position = 0; position <= head; position++) {
      expect(await recorded(at(position)), `position ${position}`).toEqual(shelfAt(ledger, position))
    }
  })

  test('equal the levels that were seen there while it was traded', async () => {
    expect(seen.size).toBeGreaterThan(20)
    for (const [position, shelf] of seen) expect(await recorded(at(position)), `position ${position}`).toEqual(shelf)
  })

  test('equal the levels themselves at the head of the log, and now', async () => {
    const { position, shelf } = await shelfNow(books.pool)
    expect(await recorded(at(position))).toEqual(shelf)
    expect(await recorded({ kind: 'now' }, 500)).toEqual(shelf)
  })

  test('at a moment hold what had been recorded by then, a transaction whole or not at all', async () => {
    const { rows } = await books.pool.query<{ position: number; at_us: number; batch: number | null }>(
      `select position, (extract(epoch from at) * 1000000)::bigint as at_us, batch from log.log order by position`,
    )
    const stockRows = rows.filter(({ batch }) => batch !== null)
    // A command that nobody waits for any more may be done after all: what came after the ledger was read is not in it.
    const head = Math.max(...seen.keys())
    const known = stockRows.filter(({ position }) => position <= head)
    for (const { at_us: atUs } of known.filter((_, index) => index % 7 === 0)) {
      for (const moment of [atUs - 1, atUs]) {
        const later = stockRows.find((row) => row.at_us > moment)
        const position = later ? later.position - 1 : head
        expect(await recorded({ kind: 'at', atUs: moment }, 500), `at ${moment}`).toEqual(shelfAt(ledger, position))
      }
    }
  })

  test('may be of one SKU, of one location, or of both', async () => {
    const { position, shelf } = await shelfNow(books.pool)
    const of = (query: { sku?: string; location?: string }) =>
      whole((after) => reports.recorded(at(position), EPOCH, { limit: 1, after, ...query }))
    const those = (fits: (key: string) => boolean) =>
      Object.fromEntries(Object.entries(shelf).filter(([key]) => fits(key)))
    expect(await of({ sku: 'A1' })).toEqual(those((key) => key.startsWith('A1@')))
    expect(await of({ location: 'shop' })).toEqual(those((key) => key.endsWith('@shop')))
    expect(await of({ sku: 'B1', location: 'shop' })).toEqual(those((key) => key === 'B1@shop'))
    expect(await of({ sku: 'NOWHERE' })).toEqual({})
  })

  test('are told by a journal that is whole, however little of it is read at once', async () => {
    const text = async (entriesPerRead?: number) => {
      const some = createReports(
        books.pool,
        { labels: async () => new Map() },
        entriesPerRead ? { entriesPerRead } : {},
      )
      const span = await some.span({}, EPOCH)
      if (span.kind === 'refused') throw new Error(span.detail)
      let whole = ''
      for await (const piece of some.journalCsv(span, {})) whole += piece
      return whole
    }
    const whole = await text()
    expect(whole.split('\r\n')).toHaveLength((await readLedger(books.pool)).movements.length + 2)
    for (const entriesPerRead of [1, 7, 100]) expect(await text(entriesPerRead)).toBe(whole)
  })

  test('of another epoch, ahead of the log or of a time to come are refused, and say so', async () => {
    const refusal = async (moment: Moment) => reports.recorded(moment, EPOCH, { limit: 1 })
    expect(await refusal({ kind: 'position', position: 'otherone.3' })).toMatchObject({
      slug: 'position-unknown',
      detail: 'Position otherone.3 is of another epoch of the log than testepoch.',
    })
    const { position } = await shelfNow(books.pool)
    expect(await refusal(at(position + 1))).toMatchObject({
      slug: 'position-unknown',
      detail: `Position testepoch.${position + 1} is ahead of the log, whose newest is testepoch.${position}.`,
    })
    const atUs = (Date.now() + 60_000) * 1_000
    expect(await refusal({ kind: 'at', atUs })).toMatchObject({ slug: 'not-yet' })
    expect(await reports.occurred(atUs, { limit: 1 })).toMatchObject({ slug: 'not-yet' })
  })
})

/** Facts of one SKU, two each minute from a day ago, in the order they happened. No two counts are of one instant: their keys would decide. */
function facts(seed: number): readonly (Command & { kind: 'receive' | 'sale' | 'writeOff' | 'count' })[] {
  const random = seeded(seed)
  const began = Date.now() - 86_400_000
  let counted = -1
  return Array.from({ length: 60 }, (_, index) => {
    const location = random() < 0.7 ? 'shop' : 'warehouse'
    const head = { location, occurredAtMs: began + Math.floor(index / 2) * 60_000 }
    const line = { sku: 'LATE', quantity: 1 + Math.floor(random() * 6) }
    const dice = random()
    if (dice < 0.35) return { kind: 'receive', ...head, lines: [line] } as const
    if (dice < 0.65) return { kind: 'sale', ...head, lines: [line] } as const
    if (dice < 0.75 || counted === Math.floor(index / 2))
      return { kind: 'writeOff', reason: 'corked', ...head, lines: [line] } as const
    counted = Math.floor(index / 2)
    return { kind: 'count', ...head, lines: [{ sku: 'LATE', counted: Math.floor(random() * 15) }] } as const
  })
}

const called = (fact: ReturnType<typeof facts>[number], sku: string): Command =>
  ({ ...fact, lines: fact.lines.map((line) => ({ ...line, sku })) }) as Command

describe('on hand as it is known of a moment', () => {
  const onHand = async (sku: string, atUs: number) => {
    const shelf = await whole((after) => reports.occurred(atUs, { sku, limit: 1, after }))
    return Object.fromEntries(Object.entries(shelf).map(([key, level]) => [key.split('@')[1], level['onHand']]))
  }

  test.each([1, 2, 3, 4, 5])(
    'is what it would have been had every fact been told in time, however late and in whatever order they came (seed %i)',
    async (seed) => {
      const day = facts(seed)
      // Of facts of one instant the last says what was there after all of them.
      const truth = new Map<number, Record<string, number>>()
      for (const fact of day) {
        await stock.done(called(fact, `TIMELY${seed}`))
        const { rows } = await books.pool.query<{ location: string; on_hand: number }>(
          `select location, available + held + committed + allocated + quarantined + short as on_hand
           from stock.levels where sku = $1 and (revision > 0)`,
          [`TIMELY${seed}`],
        )
        const shelf = Object.fromEntries(rows.map((row) => [row.location, row.on_hand]))
        truth.set((fact.occurredAtMs ?? 0) * 1_000, shelf)
      }
      const random = seeded(seed)
      const shuffled = day.map((fact) => ({ fact, by: random() })).toSorted((a, b) => a.by - b.by)
      for (const { fact } of shuffled) await stock.done(called(fact, `LATE${seed}`))
      expect(day.filter(({ kind }) => kind === 'count').length).toBeGreaterThan(3)
      for (const [atUs, shelf] of truth) {
        expect(await onHand(`LATE${seed}`, atUs), `at ${atUs}`).toEqual(shelf)
        expect(await onHand(`LATE${seed}`, atUs + 30_000_000), `after ${atUs}`).toEqual(shelf)
        expect(await onHand(`TIMELY${seed}`, atUs), `in time, at ${atUs}`).toEqual(shelf)
      }
      expect(await onHand(`LATE${seed}`, (day[0]?.occurredAtMs ?? 0) * 1_000 - 1)).toEqual({})
    },
  )

  test('follows the later key of two counts of one instant, in whatever order they came', async () => {
    const occurredAtMs = Date.now() - 3_600_000
    const count = (sku: string, counted: number) =>
      ({ kind: 'count', location: 'shop', occurredAtMs, lines: [{ sku, counted }] }) as const
    await stock.done(count('TIE1', 5), 'tie1-a')
    await stock.done(count('TIE1', 7), 'tie1-b')
    await stock.done(count('TIE2', 7), 'tie2-b')
    await stock.done(count('TIE2', 5), 'tie2-a')
    for (const sku of ['TIE1', 'TIE2']) expect(await onHand(sku, occurredAtMs * 1_000)).toEqual({ shop: 7 })
  })

  test('is on hand itself at the present, after any trading', async () => {
    const { shelf } = await shelfNow(books.pool)
    const { rows } = await books.pool.query<{ now: number }>(
      `select greatest((extract(epoch from clock_timestamp()) * 1000000)::bigint, at_us) as now from log.latest()`,
    )
    const known = await whole((after) => reports.occurred(rows[0]?.now ?? 0, { limit: 2, after }))
    const expected = Object.fromEntries(Object.entries(shelf).map(([key, { onHand: bottles }]) => [key, bottles]))
    // A level that was only ever counted, and found empty, is known as well.
    const found = Object.fromEntries(Object.entries(known).map(([key, { onHand: bottles }]) => [key, bottles]))
    for (const [key, bottles] of Object.entries(found)) expect(bottles, `of ${key}`).toBe(expected[key] ?? 0)
    expect(found).toMatchObject(expected)
  })
})

test('what is older than the log that is kept is read as before', async () => {
  const ledger = await readLedger(books.pool)
  const { position, shelf } = await shelfNow(books.pool)
  const least = Math.floor(position / 2)
  await books.pool.query('delete from log.log where position < $1', [least])
  expect(await recorded(at(position), 500)).toEqual(shelf)
  for (const older of [least - 1, least - 2, Math.floor(least / 2), 1]) {
    expect(await recorded(at(older), 500), `position ${older}`).toEqual(shelfAt(ledger, older))
  }
})
