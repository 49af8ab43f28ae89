import { describe, expect, test } from 'vitest'
import { cellar, chilean, entriesOf, useCellar } from '../../test/wines.ts'
import { wineId, type Entries } from './catalogue.ts'

const { at, search } = useCellar()
const logLength = async () =>
  (await at.pool.query<{ count: number }>('select count(*)::int as count from log.log')).rows[0]!.count

describe('writing', () => {
  const margaux = cellar[0]!

  test('the same again changes nothing and appends nothing to the log', async () => {
    const before = await logLength()
    expect(await at.catalogue.upsertWines(entriesOf(margaux))).toEqual({ added: 0, changed: 0, unchanged: 2 })
    expect(await logLength()).toBe(before)
  })

  test('a change appends its SKUs as they are now, at the position that is answered', async () => {
    const entries = entriesOf(margaux)
    const result = await at.catalogue.upsertWines({
      ...entries,
      vintages: entries.vintages.map((vintage) => ({ ...vintage, abv: 13 })),
    })
    expect(result).toMatchObject({ added: 0, changed: 2, unchanged: 0 })
    const { rows } = await at.pool.query('select position, changes from log.log order by position desc limit 1')
    expect(rows[0]).toEqual({
      position: result.position,
      changes: {
        skus: [
          [
            'ChateauMargaux-2015-750',
            wineId({ producer: 'Château Margaux', name: 'Grand Vin', region: 'Bordeaux', colour: 'red' }),
            2015,
            750,
            1,
          ],
          ['ChateauMargaux-2010-1500', expect.any(String), 2010, 1500, 1],
        ],
      },
    })
  })

  test('what an entry does not say is kept', async () => {
    const [wine] = entriesOf(margaux).wines
    await at.catalogue.upsertWines({ wines: [{ id: wine!.id, name: wine!.name }], vintages: [], skus: [] })
    const found = await at.catalogue.getWine(wine!.id)
    expect(found?.wine).toMatchObject({
      producer: 'Château Margaux',
      region: 'Bordeaux',
      grapes: [{ name: 'Cabernet Sauvignon' }, { name: 'Merlot' }],
    })
  })

  test('identifiers of a kind that is given take the place of those before, and one GTIN may cover several SKUs', async () => {
    const entries = entriesOf(margaux)
    const withGtin = (value: string): Entries => ({
      ...entries,
      skus: entries.skus.map((sku) => ({ ...sku, identifiers: [{ kind: 'gtin' as const, value }] })),
    })
    expect(await at.catalogue.upsertWines(withGtin('96385074'))).toMatchObject({ changed: 2 })
    expect(await at.catalogue.upsertWines(withGtin('4006381333931'))).toMatchObject({ changed: 2 })
    expect(await at.catalogue.upsertWines(withGtin('4006381333931'))).toMatchObject({ unchanged: 2 })
    expect(await at.catalogue.upsertWines(entries)).toMatchObject({ unchanged: 2 })
    expect(await at.catalogue.skusByGtin('96385074')).toEqual([])
    expect(await at.catalogue.skusByGtin('4006381333931')).toEqual([
      'ChateauMargaux-2010-1500',
      'ChateauMargaux-2015-750',
    ])
  })

  test('twelve writers at once in any order add each SKU once', async () => {
    const wines = Array.from({ length: 30 }, (_, n) => entriesOf(chilean(`Maker ${n}`)))
    const merge = (parts: Entries[]): Entries => ({
      wines: parts.flatMap((part) => part.wines),
      vintages: parts.flatMap((part) => part.vintages),
      skus: parts.flatMap((part) => part.skus.map((sku) => ({ ...sku, sku: sku.wine.slice(0, 60) }))),
    })
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, n) => at.catalogue.upsertWines(merge(n % 2 ? wines : wines.toReversed()))),
    )
    expect(results.reduce((sum, result) => sum + result.added, 0)).toBe(30)
  })

  test('a SKU is known once it is written, and asked for only as long as it is not', async () => {
    const entries = entriesOf(chilean('Later'))
    expect(await at.catalogue.knownSkus(['Later-2020-750', 'Krug-NV-750', 'nonsense'])).toEqual(
      new Set(['Krug-NV-750']),
    )
    await at.catalogue.upsertWines(entries)
    expect(await at.catalogue.knownSkus(['Later-2020-750'])).toEqual(new Set(['Later-2020-750']))
  })
})

test("a wine carries its SKUs, the latest vintage first, with the format's name of its region", async () => {
  const [wine] = (await search({ q: 'krug' })).items
  expect(wine).toMatchObject({
    producer: 'Krug',
    style: 'still',
    skus: [
      {
        sku: 'Krug-NV-375',
        vintage: 'NV',
        formatName: 'Demi',
        pack: 1,
        packaging: 'bottle',
        abv: 13.5,
        allergens: [],
        identifiers: [],
      },
      { sku: 'Krug-NV-750', formatName: 'Bottle' },
    ],
  })
  expect(await at.catalogue.getWine('no-such-wine')).toBeUndefined()
  expect(await at.catalogue.getWine('nul\0')).toBeUndefined()
})
