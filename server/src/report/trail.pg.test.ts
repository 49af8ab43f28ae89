import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openBooks } from '../../test/books.ts'
import { createTestDatabase } from '../../test/postgres.ts'
import { createPool } from '../platform/postgres/database.ts'
import { readTrail, trailBegins } from './trail.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let pool: pg.Pool

beforeAll(async () => {
  database = await createTestDatabase()
  pool = createPool(database.url, { applicationName: 'tests', max: 2 })
})
afterAll(async () => {
  await pool?.end()
  await database?.drop()
})
beforeEach(() => pool.query('truncate log.log, log.batches'))

/** A row of the log from so many days ago, of a batch or of none. */
async function write(position: number, days: number, batch: number | null): Promise<void> {
  const at = new Date(Date.now() - days * 24 * 60 * 60 * 1_000)
  await pool.query(`insert into log.log (position, batch, at, changes) values ($1, $2, $3, '{}')`, [
    position,
    batch,
    at,
  ])
  if (batch !== null) await pool.query('insert into log.batches values ($1, $2, $3)', [position, batch, at])
}

test('a fact told late, which a count has seen, has its movements in the trail though no level is another', async () => {
  const books = await openBooks()
  const stock = books.open()
  const lines = [{ sku: 'LATE', quantity: 6 }]
  await stock.done({ kind: 'receive', location: 'shop', lines })
  const soldAtMs = Date.now() - 60_000
  await stock.done({ kind: 'count', location: 'shop', lines: [{ sku: 'LATE', counted: 6 }] })
  const sold = {
    kind: 'sale',
    location: 'shop',
    occurredAtMs: soldAtMs,
    lines: [{ sku: 'LATE', quantity: 2 }],
  } as const
  const { rows } = await books.pool.query<{ head: number }>('select log.head() as head')
  await stock.done(sold)
  // By itself: what else happened to the SKU says that it was touched.
  const { steps } = await readTrail(books.pool, { after: rows[0]?.head ?? 0, to: 1_000, epoch: 'testepoch' })
  const late = steps.flatMap(({ entries }) => entries).find(({ kind }) => kind === 'sale')
  await books.close()
  const way = { sku: 'LATE', location: 'shop', quantity: 2 }
  expect(late?.movements).toEqual([
    { ...way, from: 'variance', to: 'available' },
    { ...way, from: 'available', to: 'customer' },
  ])
})

test('where there is no entry yet, no cursor is too old', async () => {
  expect(await trailBegins(pool)).toBe(0)
  for (const position of [1, 2, 3]) await write(position, 0, null)
  expect(await trailBegins(pool)).toBe(0)
})

test('entries can be told of the last thirty days, and as far back as the log is kept', async () => {
  await write(1, 40, 1)
  await write(2, 31, 2)
  await write(3, 29, 3)
  await write(4, 0, 4)
  expect(await trailBegins(pool)).toBe(2)
  await pool.query('delete from log.log where position <= 3')
  expect(await trailBegins(pool)).toBe(3)
})
