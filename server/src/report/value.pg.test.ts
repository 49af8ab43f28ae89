import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBooks, type Books } from '../../test/books.ts'
import { isNearest, worth } from '../../test/naive-costs.ts'
import { lotsNow, replayCosts } from '../../test/naive-value.ts'
import { shelfNow } from '../../test/past.ts'
import { holdOf, priceIt, type TestStock } from '../../test/stock.ts'
import { repackOf, trade } from '../../test/trade.ts'
import { createCatalogue } from '../catalogue/catalogue.ts'
import { bottlesOf, type Figures } from './figures.ts'
import { createReports, type Reports } from './report.ts'
import { valuePages, type SkuFigures, type ValueReport } from './value.ts'

const EPOCH = 'testepoch'
const skus = ['A1', 'B1', 'C1', 'D1', 'E1']
const rounds = [1, 2, 3]

let books: Books
let reports: Reports
let stock: TestStock
/** After each round: where the log was, and what the lots were worth by what the server keeps. */
const stops: { position: number; worth: Record<string, string[]>; onHand: number }[] = []

beforeAll(async () => {
  books = await openBooks()
  reports = createReports(books.pool, createCatalogue(books.pool))
  stock = books.open()
  await priceIt(stock, ...skus)
  await openLots()
  for (const seed of rounds) {
    await trade([stock, books.open()], { seed, commands: 60, hands: 5, skus })
    await receiveMore(seed)
    const { shelf } = await shelfNow(books.pool)
    const onHand = Object.values(shelf).reduce((sum, level) => sum + (level['onHand'] ?? 0), 0)
    stops.push({ ...(await lotsNow(books.pool)), onHand })
  }
}, 120_000)
afterAll(() => books?.close())

/** Lots of the random trade, with costs of their own: of C1 in two currencies, of D1 one without. */
async function openLots(): Promise<void> {
  const costs: Record<string, [number, string] | undefined> = {
    A1: [701, 'EUR'],
    B1: [1_333, 'EUR'],
    C1: [950, 'GBP'],
    D1: undefined,
    E1: [0, 'EUR'],
  }
  for (const [sku, cost] of Object.entries(costs)) {
    const known = cost ? { costMinor: cost[0], currency: cost[1] } : {}
    await stock.done({ kind: 'receive', location: 'shop', lines: [{ sku, quantity: 2, lot: { id: 'L1', ...known } }] })
  }
}

/** Bottles at new costs, and some that were there already are made a lot. */
async function receiveMore(seed: number): Promise<void> {
  for (const [index, sku] of skus.entries()) {
    const lot = { id: `R${seed}`, costMinor: 500 + 97 * seed + index, currency: 'EUR' }
    // Of C1 more than the trade can owe, so that at each stop there are bottles of either currency left.
    const [quantity, abroad] = sku === 'C1' ? [60, 60] : [5, 0]
    await stock.done({ kind: 'receive', location: 'warehouse', lines: [{ sku, quantity, lot }] })
    if (abroad > 0) {
      const pounds = { id: `G${seed}`, costMinor: 812, currency: 'GBP' }
      await stock.done({ kind: 'receive', location: 'shop', lines: [{ sku, quantity: abroad, lot: pounds }] })
    }
    const said = { id: `S${seed}`, costMinor: 333, currency: 'EUR' }
    // What was said of a SKU keeps its page from being folded.
    if (sku === 'B1' || sku === 'E1') {
      await stock.ask({ kind: 'openLot', sku, location: 'shop', quantity: 1, lot: said })
    }
    await stock.ask({ kind: 'transfer', fromLocation: 'warehouse', toLocation: 'shop', lines: [{ sku, quantity: 2 }] })
    await deliver(sku)
  }
  await moveAll('A1', seed)
}

/** Bottles ordered of a supplier, of which some have come. */
async function deliver(sku: string): Promise<void> {
  const { id: documentId } = await stock.done({ kind: 'purchase', location: 'shop', lines: [{ sku, quantity: 5 }] })
  await stock.done({ kind: 'receivePurchase', documentId, lines: [{ sku, quantity: 2 }] })
}

/** What the random trade may miss, of bottles that are there for sure: some are repacked, sent and received in part, sold by order and taken back. */
async function moveAll(sku: string, seed: number): Promise<void> {
  const lot = { id: `Q${seed}`, costMinor: 1_201 + seed, currency: 'EUR' }
  await stock.done({ kind: 'receive', location: 'shop', lines: [{ sku, quantity: 60, lot }] })
  await stock.done(repackOf(sku, 'B1'))
  const way = { fromLocation: 'shop', toLocation: 'warehouse' }
  const { id: transfer } = await stock.done({ kind: 'transfer', ...way, lines: [{ sku, quantity: 3 }] })
  await stock.done({ kind: 'receiveTransfer', documentId: transfer, lines: [{ sku, quantity: 1 }] })
  const { id: holdId } = await stock.done(holdOf(sku, 6))
  const terms = { fulfilment: 'ship', destination: { country: 'DE' } } as const
  const { id: documentId } = await stock.done({ kind: 'order', holdId, reference: `V-${seed}`, terms })
  await stock.done({ kind: 'shipOrder', documentId, tracking: {} })
  await stock.done({ kind: 'returnOrder', documentId, lines: [{ sku, quantity: 2 }] })
  await stock.done({ kind: 'returnOrder', documentId, lines: [{ sku, quantity: 1 }], to: 'available' })
}

async function open(position: number, more: object = {}): Promise<ValueReport> {
  const moment = { kind: 'position', position: `${EPOCH}.${position}` } as const
  const report = await reports.value(moment, EPOCH, { whose: { kind: 'owner', owner: 'house' }, ...more })
  if (report.kind === 'refused') throw new Error(report.detail)
  return report
}

async function rowsAt(position: number, more: { sku?: string; linesPerRead?: number } = {}): Promise<SkuFigures[]> {
  const { sku, linesPerRead } = more
  const rows: SkuFigures[] = []
  const pages = valuePages(books.pool, await open(position, { sku }), { limit: Infinity, linesPerRead })
  for await (const some of pages) rows.push(...some)
  return rows
}

const written = ({ values }: Figures) => values.map((one) => `${one.bottles} ${one.currency} ${one.amountMinor}`)
type Csv = Record<string, string>
const csv = async (report: ValueReport) => {
  let text = ''
  for await (const piece of reports.valueCsv(report)) text += piece
  return parse(text, { columns: true }) as Csv[]
}

describe('the value of a random trade', () => {
  test('is one of bottles that came and went in every way there is', async () => {
    const { rows } = await books.pool.query<{ way: string }>(
      `select distinct m.from_account || '>' || m.to_account as way from stock.movements m`,
    )
    const ways = new Set(rows.map(({ way }) => way))
    const came = ['supplier', 'incoming', 'repack', 'transit', 'customer'].map((from) => `${from}>available`)
    const went = ['customer', 'repack', 'transit'].map((to) => `available>${to}`)
    const wanted = [...came, ...went, 'committed>customer', 'customer>quarantined']
    expect(wanted.filter((way) => !ways.has(way))).toEqual([])
  })

  test('by lot is that of the parcels and transfers as they stood, at every stop, long after', async () => {
    for (const stop of stops) {
      const rows = await rowsAt(stop.position)
      const found = rows.filter(({ byLot }) => byLot.values.length > 0).map(({ sku, byLot }) => [sku, written(byLot)])
      expect(Object.fromEntries(found)).toEqual(stop.worth)
    }
    expect(stops.map(({ worth: all }) => all['C1']?.length)).toEqual([2, 2, 2])
  })

  test('has every bottle by each method, valued or not: those on hand and those in transit', async () => {
    for (const stop of stops) {
      const rows = await rowsAt(stop.position)
      const inTransit = rows.reduce((sum, row) => sum + bottlesOf(row.inTransit), 0)
      expect(inTransit).toBeGreaterThan(0)
      expect(rows.reduce((sum, { bottles }) => sum + bottles, 0)).toBe(stop.onHand + inTransit)
      for (const { bottles, byLot, fifo, average } of rows) {
        for (const figures of [byLot, fifo, average]) expect(figures && bottlesOf(figures)).toBe(bottles)
      }
    }
  })

  test.each([20_000, 7])(
    'first-in first-out and average are those of bottles in a row (%i lines a read)',
    async (perRead) => {
      for (const { position } of stops) {
        const naive = await replayCosts(books.pool, position)
        const rows = await rowsAt(position, { linesPerRead: perRead })
        expect(rows.map(({ sku }) => sku)).toEqual(skus)
        for (const { sku, bottles, fifo, average } of rows) {
          const row = naive.get(sku)
          if (!row || !fifo || !average) throw new Error(`no ${sku}`)
          expect([sku, bottles]).toEqual([sku, row.bottles.length - row.missing])
          agree(fifo, worth(row, 'paid'), `${sku} first-in first-out`)
          const exact = worth(row, 'average')
          expect(average.isMixed).toBe(exact.size > 1)
          if (!average.isMixed) agree(average, exact, `${sku} average`)
        }
      }
    },
  )

  test('a SKU by itself, with what left folded together, is worth the same', async () => {
    for (const { position } of stops) {
      const all = await rowsAt(position)
      const alone: SkuFigures[] = []
      for (const sku of skus) alone.push(...(await rowsAt(position, { sku, linesPerRead: 11 })))
      expect(alone).toEqual(all)
    }
  })

  test('as CSV each column adds up to the rows, and the rows to all bottles', async () => {
    const [{ position, onHand }] = stops.slice(-1) as [(typeof stops)[number]]
    const [lines, rows] = [await csv(await open(position)), await rowsAt(position)]
    const inTransit = rows.reduce((sum, row) => sum + bottlesOf(row.inTransit), 0)
    const sum = (column: string) => lines.reduce((all, line) => all + Number(line[column]), 0)
    expect([sum('lot_bottles'), sum('fifo_bottles'), sum('average_bottles')]).toEqual(
      Array.from({ length: 3 }, () => onHand + inTransit),
    )
    expect(sum('in_transit_bottles')).toBe(inTransit)
    for (const [column, method] of [
      ['lot', 'byLot'],
      ['fifo', 'fifo'],
      ['average', 'average'],
    ] as const) {
      const wanted = rows.flatMap((row) => row[method]?.values ?? [])
      expect(sum(`${column}_value_minor`)).toBe(wanted.reduce((all, one) => all + Number(one.amountMinor), 0))
    }
    expect(lines.filter(({ currency }) => currency === '').every((line) => line['lot_value_minor'] === '')).toBe(true)
  })

  test('page by page is the same as at once, and one location has its lots alone', async () => {
    const position = stops[1]?.position ?? 0
    const [report, found] = [await open(position), [] as object[]]
    for (let after: string | undefined; ;) {
      const page = await reports.valuePage(report, { limit: 2, ...(after ? { after } : {}) })
      found.push(...page.items)
      if (page.next === undefined) break
      after = page.next
    }
    expect(found).toEqual((await reports.valuePage(report, { limit: 500 })).items)
    const places = []
    for (const location of ['shop', 'warehouse']) {
      const { items } = await reports.valuePage(await open(position, { whose: { kind: 'location', location } }), {
        limit: 500,
      })
      expect(items.some(({ fifo, average }) => fifo ?? average)).toBe(false)
      places.push(...items.flatMap(({ byLot }) => byLot.values))
    }
    const away = (await rowsAt(position)).flatMap(({ inTransit }) => inTransit.values)
    const all = (await rowsAt(position)).flatMap(({ byLot }) => byLot.values)
    const sum = (some: readonly { amountMinor: number | bigint }[]) =>
      some.reduce((total, { amountMinor }) => total + BigInt(amountMinor), 0n)
    expect(sum(places) + sum(away)).toBe(sum(all))
  })
})

describe('the value of what is told in an order', () => {
  const head = async () => (await books.pool.query<{ head: number }>('select log.head() as head')).rows[0]?.head ?? 0
  const lot = (id: string, costMinor: number) => ({ lot: { id, costMinor, currency: 'EUR' } })

  test('what was said of bottles is of those that had not left by then', async () => {
    const sku = 'F1'
    await stock.done({ kind: 'receive', location: 'shop', lines: [{ sku, quantity: 3 }] })
    await stock.done({ kind: 'receive', location: 'shop', lines: [{ sku, quantity: 3, ...lot('K', 100) }] })
    await stock.done({ kind: 'sale', location: 'shop', lines: [{ sku, quantity: 2 }] })
    await stock.done({ kind: 'openLot', sku, location: 'shop', quantity: 3, ...lot('S', 50) })
    await stock.done({ kind: 'sale', location: 'shop', lines: [{ sku, quantity: 1 }] })
    const [row] = await rowsAt(await head(), { sku })
    // One of the three had a cost to be told: (300 + 50) / 4 = 87.50, and three are left.
    expect([row?.fifo, row?.average].map((figures) => figures && written(figures))).toEqual([
      ['3 EUR 300'],
      ['3 EUR 262'],
    ])
  })

  test('what is on its way are the lots that come last of those that were sent', async () => {
    const sku = 'G1'
    await stock.done({ kind: 'receive', location: 'shop', lines: [{ sku, quantity: 3, ...lot('A', 100) }] })
    await stock.done({
      kind: 'receive',
      location: 'shop',
      lines: [
        { sku, quantity: 2, ...lot('B', 700) },
        { sku, quantity: 1 },
      ],
    })
    const sent = { fromLocation: 'shop', toLocation: 'warehouse', lines: [{ sku, quantity: 6 }] }
    const { id: documentId } = await stock.done({ kind: 'transfer', ...sent })
    const whole = await head()
    await stock.done({ kind: 'receiveTransfer', documentId, lines: [{ sku, quantity: 4 }] })
    const rows = [...(await rowsAt(whole, { sku })), ...(await rowsAt(await head(), { sku }))]
    expect(rows.map(({ inTransit }) => [...written(inTransit), inTransit.unvalued])).toEqual([
      ['5 EUR 1700', 1],
      ['1 EUR 700', 1],
    ])
    expect(rows.map(({ byLot }) => written(byLot))).toEqual([['5 EUR 1700'], ['5 EUR 1700']])
  })
})

/** Whether figures are those of bottles in a row, to the bottle and the nearest minor unit. */
function agree(figures: Figures, exact: ReturnType<typeof worth>, what: string): void {
  const said = figures.values.map(({ currency, bottles, amountMinor }) => {
    const amount = exact.get(currency)?.amount
    return { what, currency, bottles, amountMinor, isNearest: amount !== undefined && isNearest(amountMinor, amount) }
  })
  const wanted = [...exact].toSorted(([a], [b]) => (a < b ? -1 : 1))
  expect(said).toMatchObject(wanted.map(([currency, { bottles }]) => ({ what, currency, bottles, isNearest: true })))
}
