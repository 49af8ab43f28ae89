import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { useImporting, wineHeader, wineRows } from '../../test/importing.ts'
import { readPrices, readSettings, Unavailable, type Stock } from '../stock/stock.ts'
import { importCatalogue, loadMapping, reportText, type Mapping, type Progress } from './import.ts'

const { at, depsOn, fileOf, bring, sizes, priceOf } = useImporting()

describe('a catalogue', () => {
  test('goes in with its prices, and the second time nothing changes', async () => {
    const content = `${wineHeader}\n${wineRows(0, 700)}\n`
    const report = await bring(content)
    expect(report).toMatchObject({
      added: 700,
      changed: 0,
      unchanged: 0,
      rejected: 0,
      prices: { set: 1_400, same: 0, refused: 0 },
    })
    expect(await priceOf('W-9')).toBe(1_050)
    expect(await priceOf('W-9', 'counter')).toBe(1_000)
    const before = await sizes()
    expect(before['catalogue.wines']).toBe(700)
    expect(await bring(content)).toMatchObject({
      added: 0,
      changed: 0,
      unchanged: 700,
      prices: { set: 0, same: 1_400 },
    })
    expect(await sizes()).toEqual(before)
  })

  test('brings a price back that was changed meanwhile, however often', async () => {
    const content = `${wineHeader}\n${wineRows(0, 3)}\n`
    const changed = {
      kind: 'setPrice',
      lines: [
        {
          sku: 'W-1',
          channel: 'web',
          price: { amountMinor: 1, currency: 'EUR', taxIncluded: true, dutyIncluded: true },
        },
      ],
    } as const
    await bring(content)
    for (let time = 0; time < 3; time++) {
      await at.stock.done(changed)
      expect(await priceOf('W-1')).toBe(1)
      expect((await bring(content)).prices).toEqual({ set: 1, same: 5, refused: 0 })
      expect(await priceOf('W-1')).toBe(250)
    }
  })

  test('stopped in the middle is completed by running it again', async () => {
    const content = `${wineHeader}\n${wineRows(0, 900)}\n`
    let left = 3
    const dying: Stock = {
      ...at.stock,
      submit: async (submission) => {
        if (left-- <= 0) throw new Error('killed')
        return at.stock.submit(submission)
      },
    }
    await expect(importCatalogue(depsOn(dying), { source: await fileOf(content), mapping: at.ours })).rejects.toThrow(
      'killed',
    )
    expect((await sizes())['stock.prices']).toBe(300)
    const report = await bring(content)
    expect(report.prices).toEqual({ set: 1_500, same: 300, refused: 0 })
    expect(report.added + report.unchanged).toBe(900)
    expect(await sizes()).toMatchObject({ 'catalogue.skus': 900, 'stock.prices': 1_800 })
  })

  test('waits where stock says "not now", and asks again under the same key', async () => {
    const keys: (string | undefined)[] = []
    const busy: Stock = {
      ...at.stock,
      submit: async (submission) => {
        keys.push(submission.key)
        if (keys.length === 1) throw new Unavailable('busy')
        return at.stock.submit(submission)
      },
    }
    const report = await importCatalogue(depsOn(busy), {
      source: await fileOf(`sku,wine,vintage,format_ml,price:web\nA,B,NV,750,5`),
      mapping: at.ours,
    })
    expect(report.prices?.set).toBe(1)
    expect(keys).toHaveLength(2)
    expect(keys[0]).toBe(keys[1])
  })

  test('previewed writes nothing at all and says what would be', async () => {
    await bring(`${wineHeader}\n${wineRows(0, 2)}\n`)
    const before = await sizes()
    const source = await fileOf(`${wineHeader}\n${wineRows(0, 5)}\nbad sku,,,,,,,,\n`)
    const report = await importCatalogue(at.deps, { source, mapping: at.ours, dryRun: true })
    expect(report).toMatchObject({ added: 3, unchanged: 2, rejected: 1, prices: { set: 6, same: 4 } })
    expect(reportText(report)).toContain('5 would go in, 1 not. 3 new, 2 known already. Nothing was written.')
    expect(await sizes()).toEqual(before)
    expect(existsSync(`${source}.rejected.csv`)).toBe(false)
  })

  test('keeps what a later file leaves empty, and changes what it says', async () => {
    await bring('sku,wine,vintage,format_ml,abv,grapes,allergens\nA,Barolo,2015,750,14,Nebbiolo 100,sulphites|egg\n')
    expect(await bring('sku,wine,vintage,format_ml,abv,grapes\nA,Barolo,2015,750,,\n')).toMatchObject({ unchanged: 1 })
    expect(await bring('sku,wine,vintage,format_ml,abv\nA,Barolo,2015,750,14.5\n')).toMatchObject({ changed: 1 })
    const page = await at.catalogue.searchWines({ q: 'barolo', channel: 'web', limit: 1, facets: false })
    expect(page).toMatchObject({
      items: [{ grapes: [{ name: 'Nebbiolo', percent: 100 }], skus: [{ abv: 14.5, allergens: ['sulphites', 'egg'] }] }],
    })
  })

  test('that describes a wine in two ways is believed the first time, and says so; again nothing changes', async () => {
    const content =
      'sku,wine,vintage,format_ml,grapes,abv\nA,Periquita,2014,750,Castelão 95,13\nB,PERIQUITA,2014,1500,Castelão 80,13.5\n'
    const report = await bring(content)
    expect(report.notes.join()).toContain('1 SKUs describe their wine or vintage otherwise')
    const before = await sizes()
    expect(before['catalogue.wines']).toBe(1)
    expect(await bring(content)).toMatchObject({ unchanged: 2 })
    expect(await sizes()).toEqual(before)
  })

  test('tells how far it is', async () => {
    const seen: Progress[] = []
    await bring(`${wineHeader}\n${wineRows(0, 700)}\n`, { onProgress: (progress) => seen.push(progress) })
    expect(seen.at(-1)).toMatchObject({ done: 700, rejected: 0, bytes: seen[0]!.totalBytes })
    expect(seen.length).toBeGreaterThan(2)
  })
})

describe('prices in another currency', () => {
  const mapping = async (): Promise<Mapping> => loadMapping('vinmonopolet')
  const file =
    'sku,name,vintage,volume_l,price_nok,type,country,district,grapes,abv\n59101,Mouton Cadet Rouge 2013,2013,0.75,151.9,Rødvin,Frankrike,Øvrige,"Merlot 65%, Cabernet Sauvignon 20%",12.5\n'

  test('make the channel that the mapping defines, once, and say so', async () => {
    const report = await bring(file, { mapping: await mapping() })
    expect(report.notes[0]).toBe(
      'The channel vinmonopolet (Vinmonopolet 2016, NOK, sells from shop, warehouse) was created.',
    )
    expect(await readPrices(at.pool, 'vinmonopolet', ['59101'])).toEqual(
      new Map([['59101', { amountMinor: 15_190, currency: 'NOK', taxIncluded: true, dutyIncluded: true }]]),
    )
    expect((await bring(file, { mapping: await mapping() })).notes.join()).not.toContain('channel')
    const page = await at.catalogue.searchWines({ q: 'mouton', channel: 'vinmonopolet', limit: 1, facets: false })
    expect(page).toMatchObject({
      items: [
        { name: 'Mouton Cadet Rouge', colour: 'red', country: 'France', skus: [{ vintage: 2013, formatMl: 750 }] },
      ],
    })
  })

  test('do not go into a channel that sells in euros', async () => {
    await expect(bring(file, { mapping: await mapping(), channel: 'web' })).rejects.toThrow(
      /are in NOK, and the channel web sells in EUR/,
    )
  })

  test('previewed make no channel', async () => {
    expect((await bring(file, { mapping: await mapping(), dryRun: true })).notes[0]).toContain('would be created')
    expect((await readSettings(at.pool)).channels.map(({ id }) => id)).toEqual(['counter', 'web'])
  })
})
