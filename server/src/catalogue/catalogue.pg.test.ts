import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase } from '../../test/postgres.ts'
import { openTestStock, setUpCellar, type TestStock } from '../../test/stock.ts'
import { createPool } from '../platform/postgres/database.ts'
import { createCatalogue, wineId, type Catalogue, type Entries, type WinePage, type WineQuery } from './catalogue.ts'

let database: { url: string; drop(): Promise<void> }
let pool: pg.Pool
let stock: TestStock
let catalogue: Catalogue

type Bottle = [vintage: number | 'NV', formatMl: number, euros?: number]

/** Producer, name, appellation, region, country, colour, grapes, bottles. */
const cellar: [string, string, string, string, string, 'red' | 'white', string[], Bottle[]][] = [
  [
    'Château Margaux',
    'Grand Vin',
    'Margaux',
    'Bordeaux',
    'France',
    'red',
    ['Cabernet Sauvignon', 'Merlot'],
    [
      [2015, 750, 900],
      [2010, 1500, 1_900],
    ],
  ],
  ['Château Palmer', 'Grand Vin', 'Margaux', 'Bordeaux', 'France', 'red', ['Merlot'], [[2015, 750, 300]]],
  ['Margan', 'Shiraz', 'Hunter Valley', 'New South Wales', 'Australia', 'red', ['Shiraz'], [[2019, 750, 25]]],
  [
    'Domaine Leflaive',
    'Puligny-Montrachet Les Pucelles',
    'Puligny-Montrachet',
    'Burgundy',
    'France',
    'white',
    ['Chardonnay'],
    [[2018, 750, 400]],
  ],
  [
    'Armand Rousseau',
    'Gevrey-Chambertin',
    'Gevrey-Chambertin',
    'Burgundy',
    'France',
    'red',
    ['Pinot Noir'],
    [[2017, 750, 250]],
  ],
  [
    'Krug',
    'Grande Cuvée',
    'Champagne',
    'Champagne',
    'France',
    'white',
    ['Pinot Noir', 'Chardonnay'],
    [
      ['NV', 750, 210],
      ['NV', 375, 110],
    ],
  ],
  ['Dr. Loosen', 'Ürziger Würzgarten Riesling', '', 'Mosel', 'Germany', 'white', ['Riesling'], [[2015, 750, 28]]],
  ['E. Guigal', 'Côtes du Rhône', 'Côtes du Rhône', 'Rhône', 'France', 'red', ['Syrah', 'Grenache'], [[2019, 750, 14]]],
  ['Château Canon', 'St.-Émilion Grand Cru', 'St.-Émilion', 'Bordeaux', 'France', 'red', ['Merlot'], [[2015, 750]]],
  ['Margarita Vineyards', 'White', '', '', 'Spain', 'white', [], [[2020, 750, 9]]],
]

function entriesOf([
  producer,
  name,
  appellation,
  region,
  country,
  colour,
  grapes,
  bottles,
]: (typeof cellar)[number]): Entries {
  const id = wineId({ producer, name, region, colour })
  const known = { ...(appellation ? { appellation } : {}), ...(region ? { region } : {}) }
  return {
    wines: [{ id, producer, name, ...known, country, colour, grapes: grapes.map((name) => ({ name })) }],
    vintages: [...new Set(bottles.map(([vintage]) => vintage))].map((vintage) => ({ wine: id, vintage, abv: 13.5 })),
    skus: bottles.map(([vintage, formatMl]) => ({
      sku: skuOf(producer, vintage, formatMl),
      wine: id,
      vintage,
      formatMl,
      pack: 1,
      packaging: 'bottle',
      identifiers: [],
    })),
  }
}

const skuOf = (producer: string, vintage: number | 'NV', ml: number) =>
  `${producer.normalize('NFD').replace(/[^A-Za-z]/g, '')}-${vintage}-${ml}`

const search = async (query: Partial<WineQuery>): Promise<WinePage> => {
  const page = await catalogue.searchWines({ channel: 'web', limit: 20, facets: false, ...query })
  if (page.kind !== 'page') throw new Error('the cursor was refused')
  return page
}
const producers = async (query: Partial<WineQuery>) => (await search(query)).items.map((wine) => wine.producer)
const logLength = async () =>
  (await pool.query<{ count: number }>('select count(*)::int as count from log.log')).rows[0]!.count

beforeAll(async () => {
  database = await createTestDatabase()
  pool = createPool(database.url, { applicationName: 'tests', max: 4 })
  await setUpCellar(database.url)
  stock = openTestStock(database.url)
  catalogue = createCatalogue(pool)
  for (const wine of cellar) await catalogue.upsertWines(entriesOf(wine))
  const lines = cellar.flatMap(([producer, , , , , , , bottles]) =>
    bottles.flatMap(([vintage, ml, euros]) =>
      euros === undefined ? [] : [{ sku: skuOf(producer, vintage, ml), channel: 'web', price: price(euros) }],
    ),
  )
  await stock.done({ kind: 'setPrice', lines })
})

const price = (euros: number) => ({ amountMinor: euros * 100, currency: 'EUR', taxIncluded: true, dutyIncluded: true })

afterAll(async () => {
  await stock?.close()
  await pool?.end()
  await database?.drop()
})

describe('a search', () => {
  test.each([
    ['chateau margaux', 'Château Margaux'],
    ['CHÂTEAU   Margaux', 'Château Margaux'],
    ['margaux chateau', 'Château Margaux'],
    ['chateau margo', 'Château Margaux'],
    ['margo', 'Château Margaux'],
    ['gevry chambertin', 'Armand Rousseau'],
    ['puligny montrachet leflave', 'Domaine Leflaive'],
    ['reisling', 'Dr. Loosen'],
    ['wurzgarten', 'Dr. Loosen'],
    ['cotes du rone', 'E. Guigal'],
    ['grande cuv', 'Krug'],
    ['saint emilion', 'Château Canon'],
    ['st emilion canon', 'Château Canon'],
    ['krug nv', 'Krug'],
    ['margaux 2010', 'Château Margaux'],
    ['germany', 'Dr. Loosen'],
    ['pinot noir burgundy', 'Armand Rousseau'],
  ])('for "%s" finds %s first', async (q, first) => {
    expect((await producers({ q }))[0]).toBe(first)
  })

  test('puts what was typed before what it may have meant', async () => {
    // "margan" is a producer, and one letter from other words: nothing else is shown for it.
    expect(await producers({ q: 'margan' })).toEqual(['Margan'])
    expect((await producers({ q: 'marga' })).toSorted()).toEqual([
      'Château Margaux',
      'Château Palmer',
      'Margan',
      'Margarita Vineyards',
    ])
  })

  test('in which every known word stands, but not together, takes them for typos', async () => {
    expect(await producers({ q: 'margan bordeaux' })).toEqual(['Château Margaux', 'Château Palmer'])
  })

  const signs = ['%', '_', '\\', '%_%', "'", "o'x", '& | ! :* <->', '\0', '"', '(', '::', '🍷', '   ']
  const hostile: [string, string][] = [
    ...signs.map((q): [string, string] => [JSON.stringify(q), q]),
    ['5,000 letters', 'a'.repeat(5_000)],
    ['50 KB of (a+)+$', '(a+)+$'.repeat(8_000)],
  ]
  test.each(hostile)('for %s is harmless and quick', async (_, q) => {
    const began = performance.now()
    await search({ q, facets: true })
    expect(performance.now() - began).toBeLessThan(2_000)
  })

  test('for signs alone is a search for everything', async () => {
    expect((await search({ q: '%_%' })).total).toBe(cellar.length)
  })

  test('with no hit says so', async () => {
    expect(await search({ q: 'qqqqzzzz', facets: true })).toMatchObject({
      total: 0,
      items: [],
      facets: { colour: [], price: [] },
    })
  })
})

describe('pages', () => {
  test.each([
    ['of everything', {}],
    ['of a search', { q: 'france' }],
    ['of a filter', { colour: ['red'], price: [{ fromMinor: 1 }] }],
  ])('%s follow one another without gap or repetition', async (_, query: Partial<WineQuery>) => {
    const whole = (await search({ ...query, limit: 100 })).items.map((wine) => wine.id)
    expect(whole.length).toBeGreaterThan(4)
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page: WinePage = await search({ ...query, limit: 2, ...(cursor === undefined ? {} : { cursor }) })
      expect(page.total).toBe(whole.length)
      seen.push(...page.items.map((wine) => wine.id))
      cursor = page.next
    } while (cursor !== undefined)
    expect(seen).toEqual(whole)
  })

  test.each([
    '',
    'x',
    'e30',
    Buffer.from('[1,"a"]').toString('base64url'),
    Buffer.from('[1,"\\u0000","b"]').toString('base64url'),
  ])('from the cursor %j that is none are refused', async (cursor) => {
    expect(await catalogue.searchWines({ channel: 'web', limit: 3, facets: false, cursor })).toEqual({
      kind: 'bad-cursor',
    })
  })
})

describe('facets', () => {
  const counts = (values: { value: string; count: number }[]) =>
    Object.fromEntries(values.map(({ value, count }) => [value, count]))

  test('count wines under all other filters, so that a second value can be added', async () => {
    const { facets, total } = await search({ colour: ['red'], country: ['France'], facets: true })
    expect(total).toBe(5)
    expect(counts(facets!.colour)).toEqual({ red: 5, white: 2 })
    expect(counts(facets!.country)).toEqual({ France: 5, Australia: 1 })
    expect(counts(facets!.region)).toEqual({ Bordeaux: 3, Burgundy: 1, Rhône: 1 })
    expect(counts(facets!.grape)).toMatchObject({ Merlot: 3, 'Pinot Noir': 1 })
  })

  test('agree with what choosing them finds', async () => {
    const { facets } = await search({ q: 'france', facets: true })
    for (const { value, count } of facets!.region)
      expect((await search({ q: 'france', region: [value] })).total).toBe(count)
    for (const { value, count } of facets!.vintage)
      expect((await search({ q: 'france', vintage: [value] })).total).toBe(count)
    for (const { value, count } of facets!.format)
      expect((await search({ q: 'france', format: [value] })).total).toBe(count)
    for (const { value, count } of facets!.grape)
      expect((await search({ q: 'france', grape: [value] })).total).toBe(count)
    for (const { value, count } of facets!.price) {
      const [from, to] = value.split('-').map((bound) => (bound === '' ? undefined : Number(bound)))
      const band = { ...(from === undefined ? {} : { fromMinor: from }), ...(to === undefined ? {} : { toMinor: to }) }
      expect((await search({ q: 'france', price: [band] })).total).toBe(count)
    }
  })

  test('of vintage, format and price look for one bottle that fits them all', async () => {
    expect(await producers({ vintage: ['2015'], format: ['1500'] })).toEqual([])
    expect(await producers({ vintage: ['NV'], format: ['375'] })).toEqual(['Krug'])
    expect(await producers({ price: [{ fromMinor: 100_000 }] })).toEqual(['Château Margaux'])
    expect(await producers({ price: [{ toMinor: 1_500 }], colour: ['red'] })).toEqual(['E. Guigal'])
  })

  test('have labels, and an order that people expect', async () => {
    const { facets } = await search({ facets: true })
    expect(facets!.colour.map(({ label }) => label)).toEqual(['Red', 'White'])
    expect(facets!.vintage.map(({ value }) => value)).toEqual(['2020', '2019', '2018', '2017', '2015', '2010', 'NV'])
    expect(facets!.format.map(({ label }) => label)).toEqual(['Demi (37.5 cl)', 'Bottle (75 cl)', 'Magnum (1.5 l)'])
    expect(facets!.price[0]?.label).toMatch(/^Under €\d+\.00$/)
    expect(facets!.price.at(-1)?.label).toMatch(/^€[\d,]+\.00 and over$/)
  })

  test('show what is chosen even where it leaves nothing', async () => {
    const { facets } = await search({ q: 'krug', country: ['Spain'], facets: true })
    expect(facets!.country).toEqual([
      { value: 'France', label: 'France', count: 1 },
      { value: 'Spain', label: 'Spain', count: 0 },
    ])
  })

  test('with values that cannot be meant find nothing and harm nothing', async () => {
    expect((await search({ vintage: ['2015 or 1=1', '0'], facets: true })).total).toBe(0)
    expect((await search({ format: ['abc', '99999999999'] })).total).toBe(0)
    expect((await search({ colour: ["red'); drop table x; --"] })).total).toBe(0)
  })
})

describe('writing', () => {
  const margaux = cellar[0]!

  test('the same again changes nothing and appends nothing to the log', async () => {
    const before = await logLength()
    expect(await catalogue.upsertWines(entriesOf(margaux))).toEqual({ added: 0, changed: 0, unchanged: 2 })
    expect(await logLength()).toBe(before)
  })

  test('a change appends its SKUs as they are now, at the position that is answered', async () => {
    const entries = entriesOf(margaux)
    const result = await catalogue.upsertWines({
      ...entries,
      vintages: entries.vintages.map((vintage) => ({ ...vintage, abv: 13 })),
    })
    expect(result).toMatchObject({ added: 0, changed: 2, unchanged: 0 })
    const { rows } = await pool.query('select position, changes from log.log order by position desc limit 1')
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
    await catalogue.upsertWines({ wines: [{ id: wine!.id, name: wine!.name }], vintages: [], skus: [] })
    const found = await catalogue.getWine(wine!.id)
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
    expect(await catalogue.upsertWines(withGtin('96385074'))).toMatchObject({ changed: 2 })
    expect(await catalogue.upsertWines(withGtin('4006381333931'))).toMatchObject({ changed: 2 })
    expect(await catalogue.upsertWines(withGtin('4006381333931'))).toMatchObject({ unchanged: 2 })
    expect(await catalogue.upsertWines(entries)).toMatchObject({ unchanged: 2 })
    expect(await catalogue.skusByGtin('96385074')).toEqual([])
    expect(await catalogue.skusByGtin('4006381333931')).toEqual(['ChateauMargaux-2010-1500', 'ChateauMargaux-2015-750'])
  })

  test('twelve writers at once in any order add each SKU once', async () => {
    const wines = Array.from({ length: 30 }, (_, n) =>
      entriesOf([`Maker ${n}`, 'Wine', '', '', 'Chile', 'red', ['Malbec'], [[2020, 750]]]),
    )
    const merge = (parts: Entries[]): Entries => ({
      wines: parts.flatMap((part) => part.wines),
      vintages: parts.flatMap((part) => part.vintages),
      skus: parts.flatMap((part) => part.skus.map((sku) => ({ ...sku, sku: sku.wine.slice(0, 60) }))),
    })
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, n) => catalogue.upsertWines(merge(n % 2 ? wines : wines.toReversed()))),
    )
    expect(results.reduce((sum, result) => sum + result.added, 0)).toBe(30)
  })

  test('a SKU is known once it is written, and asked for only as long as it is not', async () => {
    const entries = entriesOf(['Later', 'Wine', '', '', 'Chile', 'red', [], [[2021, 750]]])
    expect(await catalogue.knownSkus(['Later-2021-750', 'Krug-NV-750', 'nonsense'])).toEqual(new Set(['Krug-NV-750']))
    await catalogue.upsertWines(entries)
    expect(await catalogue.knownSkus(['Later-2021-750'])).toEqual(new Set(['Later-2021-750']))
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
  expect(await catalogue.getWine('no-such-wine')).toBeUndefined()
  expect(await catalogue.getWine('nul\0')).toBeUndefined()
})
