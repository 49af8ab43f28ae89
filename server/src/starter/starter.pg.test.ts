import type pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestDatabase } from '../../test/postgres.ts'
import { openTestStock, type TestStock } from '../../test/stock.ts'
import { createCatalogue } from '../catalogue/catalogue.ts'
import { createPool } from '../platform/postgres/database.ts'
import { putChannel, putLocation, putRecipe, readPrices, readSettings, type Stock } from '../stock/stock.ts'
import { stockStarterCellar, type StarterDeps } from './starter.ts'

let database: { url: string; drop(): Promise<void> }
let pool: pg.Pool
let stock: TestStock

beforeEach(async () => {
  database = await createTestDatabase()
  pool = createPool(database.url, { applicationName: 'tests', max: 6 })
  stock = openTestStock(database.url)
})

afterEach(async () => {
  await stock.close()
  await pool.end()
  await database.drop()
})

const depsOn = (stock: Stock): StarterDeps => ({
  pool,
  stock,
  catalogue: createCatalogue(pool),
  settings: () => readSettings(pool),
  putLocation: (location) => putLocation(pool, location),
  putChannel: (channel) => putChannel(pool, channel),
  putRecipe: (recipe) => putRecipe(pool, recipe),
  ensureChannel: (channel) => putChannel(pool, channel),
  currentPrices: (skus, channel) => readPrices(pool, channel, skus),
  nowMs: () => Date.now(),
})

const state = async () => {
  const text = `select (select count(*) from catalogue.skus) as skus, (select count(*) from stock.prices) as prices,
    (select count(*) from stock.levels) as levels, (select sum(available) from stock.levels) as bottles,
    (select max(position) from log.log) as position`
  return (await pool.query<Record<string, number>>(text)).rows[0]!
}

test('an empty cellar is stocked once, and left alone after that', async () => {
  const first = await stockStarterCellar(depsOn(stock))
  expect(first).toMatchObject({ kind: 'stocked' })
  const before = await state()
  expect(before.skus).toBeGreaterThanOrEqual(600)
  expect(before.bottles).toBeGreaterThan(1_000)
  expect((await readSettings(pool)).locations.map(({ id }) => id)).toEqual(['bar', 'bonded', 'shop', 'warehouse'])
  expect((await readSettings(pool)).recipes.map(({ kind }) => kind)).toEqual([
    'bundle',
    'bundle',
    'bundle',
    'mixed_case',
  ])
  expect(await stockStarterCellar(depsOn(stock))).toEqual({ kind: 'already' })
  expect(await state()).toEqual(before)
})

test('stocking that was killed in the middle is completed by the next start', async () => {
  let left = 12
  const dying: Stock = {
    ...stock,
    submit: async (submission) => {
      if (left-- <= 0) throw new Error('killed')
      return stock.submit(submission)
    },
  }
  await expect(stockStarterCellar(depsOn(dying))).rejects.toThrow('killed')
  expect(await stockStarterCellar(depsOn(stock))).toMatchObject({ kind: 'stocked' })
  const completed = await state()
  expect(completed.levels).toBeGreaterThan(500)
  expect(await stockStarterCellar(depsOn(stock))).toEqual({ kind: 'already' })
})

test("a cellar that is somebody's own is never stocked", async () => {
  await putLocation(pool, { id: 'mine', name: 'Mine', kind: 'cellar', duty: 'paid', owner: 'house' })
  expect(await stockStarterCellar(depsOn(stock))).toEqual({ kind: 'already' })
  expect((await state()).skus).toBe(0)
})
