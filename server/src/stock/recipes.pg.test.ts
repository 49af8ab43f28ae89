import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type pg from 'pg'
import { createPool } from '../platform/postgres/database.ts'
import { verify } from '../verify/verify.ts'
import { createTestDatabase } from '../../test/postgres.ts'
import { holdOf, openTestStock, priceIt, setUpCellar, type TestStock } from '../../test/stock.ts'
import { dropRecipe, putRecipe, readSettings } from './stock.ts'

let database: { url: string; drop(): Promise<void> }
let pool: pg.Pool
let stocks: TestStock[]

beforeAll(async () => {
  database = await createTestDatabase()
  await setUpCellar(database.url)
  pool = createPool(database.url, { applicationName: 'tests', max: 4 })
  stocks = [openTestStock(database.url), openTestStock(database.url)]
})

afterAll(async () => {
  for (const stock of stocks ?? []) await stock.close()
  await pool?.end()
  await database?.drop()
})

const first = () => stocks[0] as TestStock
const bundle = (sku: string, ...components: [sku: string, quantity: number][]) =>
  ({ sku, kind: 'bundle', components: components.map(([one, quantity]) => ({ sku: one, quantity })) }) as const
const receive = (sku: string, quantity: number, location = 'shop') =>
  first().done({ kind: 'receive', location, lines: [{ sku, quantity }] })
const head = async () => (await pool.query<{ head: number }>('select log.head() as head')).rows[0]?.head

describe('a recipe', () => {
  test('is on the log once it is new or different, and not again when it is the same', async () => {
    const made = await putRecipe(pool, bundle('R', ['R1', 1], ['R2', 2]))
    expect(made).toBe(await head())
    expect(await putRecipe(pool, bundle('R', ['R1', 1], ['R2', 2]))).toBe(made)
    expect(await head()).toBe(made)
    expect(await putRecipe(pool, bundle('R', ['R1', 1], ['R2', 3]))).toBe(await head())
    expect((await readSettings(pool)).recipes).toEqual([bundle('R', ['R1', 1], ['R2', 3])])
    expect(await dropRecipe(pool, { sku: 'R', kind: 'mixed_case' })).toBeUndefined()
    expect(await dropRecipe(pool, { sku: 'R', kind: 'bundle' })).toBe(await head())
    expect((await readSettings(pool)).recipes).toEqual([])
  })

  test('is not of itself, nor of what has a recipe, nor for what is in one', async () => {
    await putRecipe(pool, bundle('N', ['N1', 1]))
    await expect(putRecipe(pool, bundle('N', ['N', 1]))).rejects.toThrow('N cannot be a component of itself.')
    await expect(putRecipe(pool, bundle('M', ['N', 1]))).rejects.toThrow('N is itself made of others')
    await expect(putRecipe(pool, bundle('N1', ['M', 1]))).rejects.toThrow('N1 is a component of N')
  })

  test('makes no bundle of what stands somewhere or is on its way', async () => {
    await receive('W', 2)
    await expect(putRecipe(pool, bundle('W', ['W1', 1]))).rejects.toThrow('There are bottles of W at shop')
    const sent = { kind: 'transfer', fromLocation: 'shop', toLocation: 'warehouse', lines: [{ sku: 'W', quantity: 2 }] }
    const { id } = await first().done(sent as Parameters<TestStock['done']>[0])
    await expect(putRecipe(pool, bundle('W', ['W1', 1]))).rejects.toThrow('There are bottles of W on their way')
    await first().done({ kind: 'cancelTransfer', documentId: id })
    await first().done({ kind: 'writeOff', location: 'shop', reason: 'breakage', lines: [{ sku: 'W', quantity: 2 }] })
    await putRecipe(pool, bundle('W', ['W1', 1]))
  })

  test('of a mixed case changes only while none stands anywhere', async () => {
    const mixed = (quantity: number) => ({ ...bundle('C', ['C1', quantity], ['C2', 1]), kind: 'mixed_case' }) as const
    await receive('C', 1)
    await putRecipe(pool, mixed(1))
    await expect(putRecipe(pool, mixed(2))).rejects.toThrow('There are cases of C at shop')
    await expect(dropRecipe(pool, { sku: 'C', kind: 'mixed_case' })).rejects.toThrow('Break them first')
    await first().done({ kind: 'sale', location: 'shop', lines: [{ sku: 'C', quantity: 1 }] })
    await putRecipe(pool, mixed(2))
  })
})

describe('bundles', () => {
  test('are never oversold, by whichever process, whatever is sold of their components beside them', async () => {
    await putRecipe(pool, bundle('B', ['B1', 1], ['B2', 2]))
    await priceIt(first(), 'B', 'B1', 'B2')
    for (const [sku, shop, warehouse] of [
      ['B1', 7, 8],
      ['B2', 5, 17],
    ] as const) {
      await receive(sku, shop)
      await receive(sku, warehouse, 'warehouse')
    }
    const asked = Array.from({ length: 60 }, (_, at) => holdOf(['B', 'B', 'B1', 'B2'][at % 4] ?? 'B'))
    const outcomes = await Promise.all(asked.map((command, at) => (stocks[at % 2] as TestStock).ask(command)))
    const granted = outcomes.flatMap((one, at) => {
      const command = asked[at]
      return one.kind === 'done' && command?.kind === 'hold' ? [command.lines[0]?.sku] : []
    })
    const of = (sku: string) => granted.filter((one) => one === sku).length
    const { rows } = await pool.query<{ sku: string; available: number; held: number }>(
      `select sku, sum(available)::int as available, sum(held)::int as held from stock.levels
       where sku in ('B', 'B1', 'B2') group by sku order by sku`,
    )
    expect(rows.filter(({ sku }) => sku !== 'B')).toEqual([
      { sku: 'B1', available: 15 - of('B') - of('B1'), held: of('B') + of('B1') },
      { sku: 'B2', available: 22 - 2 * of('B') - of('B2'), held: 2 * of('B') + of('B2') },
    ])
    expect(of('B')).toBeGreaterThan(0)
    // Something ran out: a bundle more is refused, with how many there are.
    expect(await first().ask(holdOf('B', 99))).toMatchObject({
      refusal: { slug: 'insufficient-stock', members: { lines: [{ sku: 'B', requested: 99 }] } },
    })
    expect(outcomes.some((one) => one.kind === 'refused')).toBe(true)
    expect((await verify(database.url)).ok).toBe(true)
  })

  test('are held as they were when the recipe changes, and made of the new one from then on', async () => {
    await priceIt(first(), 'V', 'V1', 'V2')
    await putRecipe(pool, bundle('V', ['V1', 1]))
    await receive('V1', 9)
    await receive('V2', 99)
    const { id } = await first().done(holdOf('V', 2))
    const during = Array.from({ length: 40 }, (_, at) => (stocks[at % 2] as TestStock).ask(holdOf('V')))
    await putRecipe(pool, bundle('V', ['V2', 1]))
    await Promise.all(during)
    for (const stock of stocks) expect(await stock.done(holdOf('V'))).toMatchObject({ lines: [{ sku: 'V2' }] })
    expect(await first().done({ kind: 'commit', holdId: id })).toMatchObject({
      lines: [{ sku: 'V1', quantity: 2, bundle: { sku: 'V', quantity: 2 } }],
    })
    expect((await verify(database.url)).ok).toBe(true)
  })

  test('that a fact breaks into are revoked whole, and their other components freed', async () => {
    await putRecipe(pool, bundle('F', ['F1', 1], ['F2', 1]))
    await priceIt(first(), 'F')
    await receive('F1', 1)
    await receive('F2', 1, 'warehouse')
    const { id } = await first().done(holdOf('F'))
    const sold = await first().done({ kind: 'sale', location: 'shop', lines: [{ sku: 'F1', quantity: 1 }] })
    expect(sold).toMatchObject({ revokedHolds: [id] })
    await expect
      .poll(async () => (await pool.query(`select available from stock.levels where sku = 'F2'`)).rows)
      .toContainEqual({ available: 1 })
  })
})
