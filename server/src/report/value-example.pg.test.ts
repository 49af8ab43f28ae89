import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBooks, type Books } from '../../test/books.ts'
import type { TestStock } from '../../test/stock.ts'
import { createCatalogue } from '../catalogue/catalogue.ts'
import type { Command } from '../stock/stock.ts'
import { createReports, type Reports } from './report.ts'

// The worked example of docs/reports.md, done for real: the page's table is what has to come out.

const SKU = 'EXAMPLE-2018-75'
const EPOCH = 'testepoch'

let books: Books
let stock: TestStock
let reports: Reports

beforeAll(async () => {
  books = await openBooks()
  stock = books.open()
  reports = createReports(books.pool, createCatalogue(books.pool))
})
afterAll(() => books?.close())

/** The rows of the example's table: steps and their numbers. */
function documented(): string[][] {
  const page = readFileSync(new URL('../../../docs/reports.md', import.meta.url), 'utf8')
  const [, example = ''] = page.split('### An example')
  const rows = example.split('\n').map((line) => line.split('|').map((cell) => cell.trim()))
  return rows
    .filter(([, step]) => /^\d+$/.test(step ?? ''))
    .map(([, step = '', , ...cells]) => [step, ...cells.slice(0, 7)])
}

const [shop, warehouse] = [{ location: 'shop' }, { location: 'warehouse' }]
const of = (quantity: number, more: object = {}) => ({ lines: [{ sku: SKU, quantity, ...more }] }) as const
const lot = (id: string, costMinor: number) => ({ lot: { id, costMinor, currency: 'EUR' } })

const steps: ((transfer: string) => Command)[] = [
  () => ({ kind: 'receive', ...shop, ...of(12, lot('A', 1_000)) }),
  () => ({ kind: 'receive', ...warehouse, ...of(6, lot('B', 1_600)) }),
  () => ({ kind: 'sale', ...shop, ...of(8) }),
  () => ({ kind: 'sale', ...warehouse, ...of(2) }),
  () => ({ kind: 'transfer', fromLocation: 'shop', toLocation: 'warehouse', ...of(3) }),
  () => ({ kind: 'count', ...shop, lines: [{ sku: SKU, counted: 2 }] }),
  () => ({ kind: 'receive', ...shop, ...of(3) }),
  (documentId) => ({ kind: 'receiveTransfer', documentId, reason: 'breakage', ...of(2, { missing: 1 }) }),
  () => ({ kind: 'openLot', ...shop, sku: SKU, quantity: 3, ...lot('C', 2_000) }),
  () => ({ kind: 'sale', ...warehouse, ...of(5) }),
]

async function cellsAt(position: string): Promise<string[]> {
  const report = await reports.value({ kind: 'position', position: `${EPOCH}.${position}` }, EPOCH, {
    whose: { kind: 'owner', owner: 'house' },
  })
  if (report.kind === 'refused') throw new Error(report.detail)
  const { items } = await reports.valuePage(report, { limit: 10 })
  const [row] = items
  expect(items).toHaveLength(1)
  const euros = (figures: { values: readonly { amountMinor: number }[] } | undefined) =>
    figures?.values.map(({ amountMinor }) => (amountMinor / 100).toFixed(2)).join(' and ') ?? ''
  expect(row?.average?.unvalued).toBe(row?.fifo?.unvalued)
  const unvalued = [row?.byLot.unvalued, row?.fifo?.unvalued].map(String)
  const [lots, fifo, average] = [row?.byLot, row?.fifo, row?.average].map(euros)
  return [
    String(row?.bottles),
    String(row?.inTransit),
    lots ?? '',
    unvalued[0] ?? '',
    fifo ?? '',
    average ?? '',
    unvalued[1] ?? '',
  ]
}

test('the example of docs/reports.md comes out as it is written there, then and long after', async () => {
  const positions: string[] = []
  let transfer = ''
  const found: string[][] = []
  for (const [index, step] of steps.entries()) {
    const { id } = await stock.done(step(transfer))
    if (index === 4) transfer = id
    const { rows } = await books.pool.query<{ head: number }>('select log.head() as head')
    positions.push(String(rows[0]?.head))
    found.push([String(index + 1), ...(await cellsAt(positions[index] ?? ''))])
  }
  expect(found).toEqual(documented())
  expect(found).toHaveLength(steps.length)
  for (const [index, position] of positions.entries()) {
    expect([String(index + 1), ...(await cellsAt(position))]).toEqual(documented()[index])
  }
})
