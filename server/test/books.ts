import type pg from 'pg'
import { createPool } from '../src/platform/postgres/database.ts'
import { verify } from '../src/verify/verify.ts'
import { createTestDatabase } from './postgres.ts'
import { openTestStock, priceIt, setUpCellar, type TestStock } from './stock.ts'

/** A cellar on a database of its own, and ways to look into its books from outside. */
export interface Books {
  readonly url: string
  readonly pool: pg.Pool
  /** Opens one more process' stock; it is closed with the books. */
  open(): TestStock
  /** Closed with the books. */
  adopt(stock: TestStock): TestStock
  /** Receives bottles in the shop and prices them. */
  stockUp(bottles: Readonly<Record<string, number>>, location?: string): Promise<void>
  level(sku: string, location?: string): Promise<Record<string, number>>
  /** How many effects each of these keys has, in their order. */
  effectsOf(keys: readonly string[]): Promise<number[]>
  /** What `verify` finds wrong: names and rows. */
  wrong(): Promise<object[]>
  close(): Promise<void>
}

/** @param given a database in place of one of its own, migrated and empty; it is not dropped */
export async function openBooks(given?: { url: string }): Promise<Books> {
  const database = given ? { ...given, drop: async () => {} } : await createTestDatabase()
  await setUpCellar(database.url)
  const pool = createPool(database.url, { applicationName: 'tests', max: 4 })
  const stocks: TestStock[] = []
  const adopt = (stock: TestStock) => {
    stocks.push(stock)
    return stock
  }
  return {
    url: database.url,
    pool,
    adopt,
    open: () => adopt(openTestStock(database.url)),
    stockUp: async (bottles, location = 'shop') => {
      const stock = openTestStock(database.url)
      const lines = Object.entries(bottles).map(([sku, quantity]) => ({ sku, quantity }))
      await stock.done({ kind: 'receive', location, lines })
      await priceIt(stock, ...Object.keys(bottles))
      await stock.close()
    },
    level: async (sku, location = 'shop') => {
      const { rows } = await pool.query('select * from stock.levels where sku = $1 and location = $2', [sku, location])
      return rows[0]
    },
    effectsOf: async (keys) => {
      const { rows } = await pool.query<{ effects: number }>(
        `select (select count(*) from stock.answers a where a.key = k.key) as effects
         from unnest($1::text[]) with ordinality k(key, ord) order by ord`,
        [keys],
      )
      return rows.map((row) => row.effects)
    },
    wrong: async () => {
      const { checks } = await verify(database.url)
      return checks.filter((check) => check.total > 0)
    },
    close: async () => {
      await Promise.all(stocks.map((stock) => stock.close()))
      await pool.end()
      await database.drop()
    },
  }
}
