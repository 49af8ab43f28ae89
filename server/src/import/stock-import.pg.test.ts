import { beforeEach, describe, expect, test } from 'vitest'
import { useImporting, wineHeader, wineRows } from '../../test/importing.ts'
import { importStock } from './import.ts'

const { at, bring, count, sizes, available } = useImporting()

describe('stock', () => {
  beforeEach(async () => {
    await bring(`${wineHeader}\n${wineRows(0, 300)}\n`)
  })

  const stockFile = (n: number) =>
    `sku,location,quantity\n${Array.from({ length: n }, (_, at) => `W-${at},${at % 3 ? 'shop' : 'warehouse'},${at}`).join('\n')}\n`

  test('goes in as counts of one moment, and the same file again changes nothing', async () => {
    expect(await count(stockFile(250))).toMatchObject({ added: 250, unchanged: 0, rejected: 0 })
    expect(await available('W-100', 'shop')).toBe(100)
    expect(await available('W-99', 'warehouse')).toBe(99)
    const before = await sizes()
    expect(await count(stockFile(250))).toMatchObject({ added: 0, unchanged: 250 })
    expect(await sizes()).toEqual(before)
  })

  test('again does not undo what was sold since', async () => {
    await count(stockFile(250))
    await at.stock.done({ kind: 'sale', location: 'shop', lines: [{ sku: 'W-100', quantity: 7 }] })
    await count(stockFile(250))
    expect(await available('W-100', 'shop')).toBe(93)
    // Long after, when keys are forgotten, the time of the first import still stands.
    await at.pool.query(`update stock.answers set key = null where caller = 'import'`)
    await count(stockFile(250))
    expect(await available('W-100', 'shop')).toBe(93)
  })

  test('with another reference is a new count', async () => {
    await count(stockFile(250), { reference: 'monday' })
    await at.stock.done({ kind: 'sale', location: 'shop', lines: [{ sku: 'W-100', quantity: 7 }] })
    await count(stockFile(250), { reference: 'tuesday' })
    expect(await available('W-100', 'shop')).toBe(100)
  })

  test('as of a time before a sale leaves the sale to be counted', async () => {
    const asOfMs = Date.now() - 3_600_000
    await at.stock.done({ kind: 'sale', location: 'shop', lines: [{ sku: 'W-100', quantity: 7 }] })
    await count(stockFile(250), { asOfMs })
    expect(await available('W-100', 'shop')).toBe(93)
    await expect(count(stockFile(1), { asOfMs: Date.now() + 60_000 })).rejects.toThrow('lies in the future')
  })

  test('names rows of unknown SKUs and locations, counts twice, and nonsense', async () => {
    const content =
      'sku,location,quantity\nW-1,shop,5\nNOPE,shop,1\nW-2,moon,1\nW-3,shop,-1\nW-1,shop,6\nW-4,shop,1.5\nW-5,shop\nW-6,shop,0\n'
    const report = await count(content)
    expect(report).toMatchObject({ added: 2, rejected: 6 })
    expect(Object.fromEntries(report.rejections.map(({ line, reason }) => [line, reason]))).toEqual({
      3: expect.stringContaining('no such SKU'),
      4: 'no such location: there are shop, warehouse',
      5: expect.stringContaining('whole number of bottles'),
      6: expect.stringContaining('counted on line 2 already'),
      7: expect.stringContaining('whole number of bottles'),
      8: expect.stringContaining('has 2 cells'),
    })
    expect(await available('W-1', 'shop')).toBe(5)
  })

  test('previewed writes nothing', async () => {
    const before = await sizes()
    expect(await count(stockFile(250), { dryRun: true })).toMatchObject({ added: 250 })
    expect(await sizes()).toEqual(before)
  })

  test('that can be read only once needs a reference', async () => {
    const chunks = async function* () {
      yield Buffer.from('sku,location,quantity\nW-1,shop,5\n')
    }
    const source = () => ({ name: 'stdin', chunks: chunks() })
    await expect(importStock(at.deps, { source: source(), mapping: at.counts })).rejects.toThrow('--reference')
    expect(await importStock(at.deps, { source: source(), mapping: at.counts, reference: 'r-1' })).toMatchObject({
      added: 1,
    })
    expect(await importStock(at.deps, { source: source(), mapping: at.counts, reference: 'r-1' })).toMatchObject({
      unchanged: 1,
    })
  })
})
