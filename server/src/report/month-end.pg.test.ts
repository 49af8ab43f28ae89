import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MonthEnd as MonthEndAnswer } from '@cellarhand/protocol/report'
import { openBooks, type Books } from '../../test/books.ts'
import { readLedger, shelfAt, shelfNow, type Shelf } from '../../test/past.ts'
import { priceIt, type TestStock } from '../../test/stock.ts'
import { trade } from '../../test/trade.ts'
import { createCatalogue } from '../catalogue/catalogue.ts'
import { columnOf } from './columns.ts'
import { createReports, type MonthEnd, type Reports } from './report.ts'

const EPOCH = 'testepoch'
const skus = ['A1', 'B1', 'C1', 'D1', 'E1']
const months = ['2024-12', '2025-01', '2025-02', '2025-03', '2025-04']
const PARIS = 'Europe/Paris'

let books: Books
let reports: Reports
let stock: TestStock

beforeAll(async () => {
  books = await openBooks()
  reports = createReports(books.pool, createCatalogue(books.pool))
  stock = books.open()
  await priceIt(stock, ...skus)
  await trade([stock, books.open()], { seed: 5, commands: 80, hands: 6, skus })
  // So that some are there at the end, whatever was sold.
  const lot = { id: 'L1', costMinor: LOT_COST, currency: 'EUR' }
  await stock.done({ kind: 'receive', location: 'warehouse', lines: skus.map((sku) => ({ sku, quantity: 30, lot })) })
  await spread()
})
afterAll(() => books?.close())

/** As if it had been traded evenly from December to April. Settings lie before. */
async function spread(): Promise<void> {
  for (const table of ['log.log', 'log.batches']) {
    await books.pool.query(
      `update ${table} l set at = timestamptz '2024-12-01Z' + (l.position::float / h.head) * interval '150 days'
       from (select log.head() as head) h`,
    )
  }
}

async function month(name: string, timezone = PARIS): Promise<MonthEnd> {
  const report = await reports.month(name, timezone, EPOCH)
  if (report.kind === 'refused') throw new Error(report.detail)
  return report
}

const text = async (pieces: AsyncIterable<string>) => {
  let whole = ''
  for await (const piece of pieces) whole += piece
  return whole
}
const csv = async (name: string, timezone?: string) => text(reports.monthCsv(await month(name, timezone)))
const json = async (name: string, timezone?: string) =>
  JSON.parse(await text(reports.monthJson(await month(name, timezone)))) as MonthEndAnswer

type Row = Record<string, string>
const rowsOf = (report: string) => parse(report, { columns: true }) as Row[]
const figures = ({
  sku: _s,
  producer: _p,
  wine: _w,
  vintage: _v,
  format_ml: _f,
  pack: _n,
  location: _l,
  ...rest
}: Row) => Object.entries(rest).map(([name, value]) => [name, Number(value)] as const)

/** What each lot of the trade costs. */
const LOT_COST = 900

/** By level: bottles of lots that have a cost, and what they cost. Those that repacks have made cost their part. */
async function lotsAt(position: number): Promise<Map<string, { bottles: number; value: number }>> {
  const { rows } = await books.pool.query<{ key: string; bottles: number; value: number }>(
    `select p.sku || '@' || p.location as key, sum(p.delta)::bigint as bottles, sum(p.delta * t.cost_minor)::bigint as value
     from stock.parcel_moves p join log.log l on l.batch = p.entry >> 10
     join stock.lots t on t.sku = p.sku and t.id = p.lot and t.cost_minor is not null
     where l.position <= $1 group by 1 having sum(p.delta) <> 0`,
    [position],
  )
  return new Map(rows.map(({ key, ...lots }) => [key, lots]))
}

const onHandOf = (shelf: Shelf) =>
  Object.fromEntries(Object.entries(shelf).flatMap(([key, { onHand }]) => (onHand === 0 ? [] : [[key, onHand]])))
const columnOfRows = (rows: readonly Row[], name: string) =>
  Object.fromEntries(
    rows.flatMap((row) => (Number(row[name]) === 0 ? [] : [[`${row['sku']}@${row['location']}`, Number(row[name])]])),
  )

describe('the months of a random trade', () => {
  test('in each row opening and all changes are closing, and nothing is beside the columns', async () => {
    let moved = 0
    for (const name of months) {
      for (const row of rowsOf(await csv(name))) {
        const numbers = new Map(figures(row).filter(([column]) => !/_(value|unvalued)/.test(column)))
        const closing = numbers.get('closing')
        numbers.delete('closing')
        const together = [...numbers.values()].reduce((sum, bottles) => sum + bottles, 0)
        expect(together, `of ${row['sku']}`).toBe(closing)
        expect(numbers.get('other')).toBe(0)
        moved += Math.abs((closing ?? 0) - (numbers.get('opening') ?? 0))
      }
    }
    expect(moved).toBeGreaterThan(50)
  })

  test.each(['UTC', PARIS, 'Pacific/Auckland'])('the closing of each is the opening of the next (%s)', async (zone) => {
    const reports = await Promise.all(months.map(async (name) => rowsOf(await csv(name, zone))))
    for (const [index, rows] of reports.slice(1).entries()) {
      expect(columnOfRows(rows, 'opening')).toEqual(columnOfRows(reports[index] ?? [], 'closing'))
    }
    const { shelf } = await shelfNow(books.pool)
    expect(columnOfRows(reports.at(-1) ?? [], 'closing')).toEqual(onHandOf(shelf))
  })

  test('the closing value of each is the opening value of the next, and that of the lots that were there', async () => {
    const reports = await Promise.all(months.map(async (name) => rowsOf(await csv(name))))
    for (const [index, rows] of reports.entries()) {
      for (const column of ['value_minor_eur', 'unvalued']) {
        const closing = columnOfRows(reports[index - 1] ?? [], `closing_${column}`)
        expect(columnOfRows(rows, `opening_${column}`)).toEqual(closing)
      }
      const lots = await lotsAt((await month(months[index] ?? '')).position)
      expect(columnOfRows(rows, 'closing_value_minor_eur')).toEqual(
        Object.fromEntries([...lots].map(([key, { value }]) => [key, value])),
      )
      for (const row of rows) {
        const valued = lots.get(`${row['sku']}@${row['location']}`)?.bottles ?? 0
        expect(Number(row['closing_unvalued']) + valued, `of ${row['sku']}`).toBe(Number(row['closing']))
      }
    }
    expect(Object.keys(columnOfRows(reports.at(-1) ?? [], 'closing_value_minor_eur')).length).toBeGreaterThan(3)
  })

  test('openings, changes and closings are those of a journal that is gone through by hand', async () => {
    const ledger = await readLedger(books.pool)
    for (const name of months) {
      const { openingPosition, position } = await month(name)
      expect(position).toBeGreaterThan(openingPosition)
      const rows = rowsOf(await csv(name))
      expect(columnOfRows(rows, 'opening')).toEqual(onHandOf(shelfAt(ledger, openingPosition)))
      expect(columnOfRows(rows, 'closing')).toEqual(onHandOf(shelfAt(ledger, position)))
      const wanted: Record<string, number> = {}
      for (const one of ledger.movements) {
        const column = columnOf(one.from, one.to)
        if (column === undefined || one.position <= openingPosition || one.position > position) continue
        const sign = ['available', 'held', 'committed', 'short'].includes(one.to) ? 1 : -1
        wanted[`${one.key} ${column}`] = (wanted[`${one.key} ${column}`] ?? 0) + sign * one.quantity
      }
      const found = rows.flatMap((row) =>
        figures(row).flatMap(([column, bottles]) =>
          /^(opening|closing)/.test(column) || bottles === 0
            ? []
            : [[`${row['sku']}@${row['location']} ${column}`, bottles]],
        ),
      )
      expect(Object.fromEntries(found)).toEqual(
        Object.fromEntries(Object.entries(wanted).filter(([, bottles]) => bottles !== 0)),
      )
    }
  })

  test('as JSON say the same, and what each location has together', async () => {
    const [report, rows] = [await json('2025-02'), rowsOf(await csv('2025-02'))]
    expect(report).toMatchObject({
      month: '2025-02',
      timezone: PARIS,
      beganAt: '2025-01-31T23:00:00.000Z',
      endedAt: '2025-02-28T23:00:00.000Z',
      complete: true,
    })
    expect(report.items.map(({ sku, location, opening, closing }) => [sku, location, opening, closing])).toEqual(
      rows.map((row) => [row['sku'], row['location'], Number(row['opening']), Number(row['closing'])]),
    )
    for (const { changes } of report.items) {
      expect(Object.keys(changes).filter((column) => !report.columns.includes(column))).toEqual([])
      expect(Object.values(changes)).not.toContain(0)
    }
    expect(
      report.items.map(({ value }) =>
        [value.opening, value.closing].map((one) => [one.unvalued, one.values[0]?.amountMinor ?? 0]),
      ),
    ).toEqual(
      rows.map((row) =>
        ['opening', 'closing'].map((when) => [Number(row[`${when}_unvalued`]), Number(row[`${when}_value_minor_eur`])]),
      ),
    )
    expect(report.locations.map(({ location }) => location)).toEqual(['shop', 'warehouse'])
    for (const { location, value } of report.locations) {
      const here = report.items
        .filter((item) => item.location === location)
        .flatMap((item) => item.value.closing.values)
      const amount = here.reduce((sum, one) => sum + one.amountMinor, 0)
      expect(value.closing.values.map(({ amountMinor }) => amountMinor)).toEqual(amount === 0 ? [] : [amount])
    }
    for (const { location, opening, changes, closing } of report.locations) {
      const here = report.items.filter((item) => item.location === location)
      const sum = (of: (item: (typeof here)[number]) => number) => here.reduce((total, item) => total + of(item), 0)
      expect([opening, closing]).toEqual([sum((item) => item.opening), sum((item) => item.closing)])
      for (const column of report.columns) {
        expect(changes[column] ?? 0, `of ${column}`).toBe(sum((item) => item.changes[column] ?? 0))
      }
    }
  })
})

describe('a closed month', () => {
  test('is the same to the letter after a fact of it is heard of late, and the next month has that fact', async () => {
    const before = [await csv('2025-03'), await csv('2025-04')]
    const late = Date.parse('2025-03-15T12:00:00Z')
    await stock.done({ kind: 'receive', location: 'shop', occurredAtMs: late, lines: [{ sku: 'F1', quantity: 7 }] })
    await stock.done({ kind: 'sale', location: 'shop', occurredAtMs: late, lines: [{ sku: 'A1', quantity: 2 }] })
    expect([await csv('2025-03'), await csv('2025-04')]).toEqual(before)
    const { rows } = await books.pool.query<{ month: string }>(
      `select to_char(max(at) at time zone 'UTC', 'YYYY-MM') as month from log.log`,
    )
    const now = rowsOf(await csv(rows[0]?.month ?? '', 'UTC'))
    expect(now.find(({ sku }) => sku === 'F1')).toMatchObject({ opening: '0', received: '7', closing: '7' })
    expect(Number(now.find(({ sku, location }) => sku === 'A1' && location === 'shop')?.['sold'])).toBe(-2)
  })

  test('begins and ends to the microsecond with its days, also where clocks change in it', async () => {
    const { rows } = await books.pool.query<{ position: number; at: Date }>(
      'select position, at from log.batches order by position',
    )
    const place = async (iso: string) => {
      await books.pool.query('update log.batches set at = $1 where position = $2', [iso, middle])
      const [march, april] = [await month('2025-03'), await month('2025-04')]
      return [march.position >= middle, april.openingPosition >= middle]
    }
    const middle = rows.find(({ at }) => at >= new Date('2025-03-31T22:00:00Z'))?.position ?? 0
    expect(middle).toBeGreaterThan(1)
    expect(await place('2025-03-31T22:00:00.000000Z')).toEqual([false, false])
    expect(await place('2025-03-31T21:59:59.999999Z')).toEqual([true, true])
  })
})

describe('what cannot be reported is refused', () => {
  test('a month to come, and a zone nobody knows', async () => {
    expect(await reports.month('2999-01', 'UTC', EPOCH)).toMatchObject({ slug: 'not-yet' })
    expect(await reports.month('2025-01', 'Europe/Atlantis', EPOCH)).toMatchObject({
      slug: 'unknown-time-zone',
      detail: 'There is no time zone Europe/Atlantis.',
    })
  })

  test('a month that is not over is told so far', async () => {
    const { rows } = await books.pool.query<{ month: string }>(
      `select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM') as month`,
    )
    const report = await month(rows[0]?.month ?? '', 'UTC')
    expect(report.complete).toBe(false)
    expect(report.position).toBe((await shelfNow(books.pool)).position)
  })
})

test('labels are the catalogue’s, and no formula', async () => {
  await books.pool.query(
    `insert into catalogue.wines (id, producer, name) values ('w', '=cmd|x', 'Cuvée "La Belle", 1er')`,
  )
  await books.pool.query(`insert into catalogue.vintages (wine, vintage) values ('w', 0)`)
  await books.pool.query(
    `insert into catalogue.skus (sku, wine, vintage, format_ml, pack, packaging) values ('A1', 'w', 0, 1500, 6, 'OWC')`,
  )
  const report = await csv('2025-02')
  expect(report.split('\r\n')[0]).toMatch(
    /^sku,producer,wine,vintage,format_ml,pack,location,opening,received,.*closing,opening_unvalued,opening_value_minor_eur,closing_unvalued,closing_value_minor_eur$/,
  )
  expect(report).toContain(`A1,'=cmd|x,"Cuvée ""La Belle"", 1er",NV,1500,6,shop,`)
  expect(rowsOf(report).find(({ sku }) => sku === 'B1')).toMatchObject({ producer: '', wine: '', vintage: '' })
  const { items } = await json('2025-02')
  expect(items.find(({ sku }) => sku === 'A1')).toMatchObject({ producer: '=cmd|x', vintage: 'NV', formatMl: 1500 })
})
