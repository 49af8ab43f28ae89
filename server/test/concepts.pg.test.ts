import { readFileSync } from 'node:fs'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { must } from '../src/platform/must.ts'
import { createPool } from '../src/platform/postgres/database.ts'
import type { Command } from '../src/stock/stock.ts'
import { createTestDatabase } from './postgres.ts'
import { openTestStock, priceIt, setUpCellar, type TestStock } from './stock.ts'

// The worked example of docs/concepts.md, done for real: the page's table is what has to come out.

const SKU = 'EXAMPLE-2018-75'
const location = 'shop'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let stock: TestStock
let pool: pg.Pool

beforeAll(async () => {
  database = await createTestDatabase()
  await setUpCellar(database.url)
  stock = openTestStock(database.url)
  pool = createPool(database.url, { applicationName: 'tests', max: 1 })
  await priceIt(stock, SKU)
})

afterAll(async () => {
  await stock.close()
  await pool.end()
  await database.drop()
})

/** The rows of the table whose first column is a step's number, as the cells that can be checked. */
function documented(): string[][] {
  const page = readFileSync(new URL('../../docs/concepts.md', import.meta.url), 'utf8')
  const rows = page.split('\n').map((line) => line.split('|').map((cell) => cell.trim()))
  return rows
    .filter(([, step]) => /^\d+$/.test(step ?? ''))
    .map(([, step = '', , ...cells]) => [step, ...cells.slice(0, 6)])
}

const quantity = (of: number) => ({ location, lines: [{ sku: SKU, quantity: of }] })
const hold = (of: number): Command => ({
  kind: 'hold',
  ttlSeconds: 600,
  lines: [{ sku: SKU, quantity: of, channel: 'counter' }],
})

/** Each step by what is known of those before it. */
function stepsOf(answers: readonly { id: string; recordedAt?: unknown }[]): (() => Command)[] {
  const answerOf = (step: number) => must(answers[step - 1], 'an answer of a step before')
  return [
    () => ({ kind: 'receive', ...quantity(12) }),
    () => hold(3),
    () => hold(5),
    () => ({ kind: 'commit', holdId: answerOf(2).id }),
    () => ({ kind: 'sale', ...quantity(6) }),
    () => hold(2),
    () => ({ kind: 'sale', ...quantity(4) }),
    () => ({ kind: 'receive', ...quantity(2) }),
    () => ({ kind: 'count', location, lines: [{ sku: SKU, counted: 3 }] }),
    () => ({ kind: 'sale', ...quantity(1), occurredAtMs: Date.parse(String(answerOf(8).recordedAt)) }),
    () => ({ kind: 'ship', commitmentId: answerOf(4).id }),
  ]
}

async function levelCells(): Promise<string[]> {
  const { rows } = await pool.query<Record<string, number>>(
    `select available, held, committed, short, available + held + committed + allocated + quarantined + short as on_hand
     from stock.levels where sku = $1 and location = $2`,
    [SKU, location],
  )
  return Object.values(rows[0] ?? {}).map(String)
}

/** The movements of the newest entry, as the page writes them. */
async function journalCell(): Promise<string> {
  const { rows } = await pool.query<{ text: string }>(
    `select string_agg(from_account || ' → ' || to_account || ' ' || quantity, ', ' order by line) as text
     from stock.movements where entry = (select max(entry) from stock.movements)`,
  )
  return rows[0]?.text ?? ''
}

test('one day of one wine comes out as the page says, and its answers say what followed', async () => {
  const answers: Awaited<ReturnType<TestStock['done']>>[] = []
  const done: string[][] = []
  for (const [index, step] of stepsOf(answers).entries()) {
    answers.push(await stock.done(step()))
    done.push([String(index + 1), ...(await levelCells()), await journalCell()])
  }
  expect(done).toEqual(documented())
  const [, , ben, , fifth, clara, seventh, , , late, shipped] = answers
  expect(fifth).toMatchObject({ revokedHolds: [ben?.id] })
  expect(seventh).toMatchObject({ revokedHolds: [clara?.id], shortfalls: [{ sku: SKU, location, short: -1 }] })
  expect(late).toMatchObject({ rebased: true })
  expect(shipped).toMatchObject({ state: 'closed' })
})
