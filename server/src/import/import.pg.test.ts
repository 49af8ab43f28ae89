import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestDatabase } from '../../test/postgres.ts'
import { openTestStock, setUpCellar, type TestStock } from '../../test/stock.ts'
import { createCatalogue, type Catalogue } from '../catalogue/catalogue.ts'
import { createPool } from '../platform/postgres/database.ts'
import { putChannel, readPrices, readSettings, Unavailable, type Stock } from '../stock/stock.ts'
import { exitCode, importCatalogue, importStock, loadMapping, reportText } from './import.ts'
import type {
  CatalogueImportDeps,
  CatalogueImportOptions,
  Mapping,
  Progress,
  StockImportDeps,
  StockImportOptions,
} from './import.ts'

let folder: string
let ours: Mapping
let counts: Mapping
let database: { url: string; drop(): Promise<void> }
let pool: pg.Pool
let stock: TestStock
let catalogue: Catalogue
let deps: CatalogueImportDeps & StockImportDeps

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cellarhand-import-'))
  ours = await loadMapping('cellarhand')
  counts = await loadMapping('stock')
  database = await createTestDatabase()
  pool = createPool(database.url, { applicationName: 'tests', max: 6 })
  await setUpCellar(database.url)
  stock = openTestStock(database.url)
})

// One database, emptied: making one for each test took longer than the tests.
beforeEach(async () => {
  await pool.query(`truncate catalogue.wines, catalogue.vintages, catalogue.skus, catalogue.identifiers, catalogue.words, import.runs,
    stock.levels, stock.entries, stock.movements, stock.prices, stock.price_changes, stock.shortfalls, log.log`)
  await pool.query(`delete from stock.channels where id not in ('web', 'counter')`)
  catalogue = createCatalogue(pool)
  deps = depsOn(stock)
})

afterAll(async () => {
  await stock?.close()
  await pool?.end()
  await database?.drop()
  await rm(folder, { recursive: true, force: true })
})

const depsOn = (stock: Stock): CatalogueImportDeps & StockImportDeps => ({
  pool,
  catalogue,
  stock,
  settings: () => readSettings(pool),
  ensureChannel: (channel) => putChannel(pool, channel),
  currentPrices: (skus, channel) => readPrices(pool, channel, skus),
  nowMs: () => Date.now(),
})

let files = 0
async function fileOf(content: string | Buffer): Promise<string> {
  const path = join(folder, `file-${files++}.csv`)
  await writeFile(path, content)
  return path
}

const bring = async (content: string | Buffer, options: Partial<CatalogueImportOptions> = {}) =>
  importCatalogue(deps, { source: await fileOf(content), mapping: ours, ...options })
const count = async (content: string, options: Partial<StockImportOptions> = {}) =>
  importStock(deps, { source: await fileOf(content), mapping: counts, ...options })

const tables = [
  'catalogue.wines',
  'catalogue.skus',
  'stock.prices',
  'stock.entries',
  'stock.channels',
  'log.log',
  'import.runs',
]
const sizes = async (): Promise<Record<string, number>> => {
  const parts = tables.map((table) => `'${table}', (select count(*) from ${table})`)
  return (await pool.query<{ sizes: Record<string, number> }>(`select json_build_object(${parts.join()}) as sizes`))
    .rows[0]!.sizes
}
const priceOf = async (sku: string, channel = 'web') => (await readPrices(pool, channel, [sku])).get(sku)?.amountMinor
const onHand = async (sku: string, location: string) =>
  (
    await pool.query<{ available: number }>('select available from stock.levels where sku = $1 and location = $2', [
      sku,
      location,
    ])
  ).rows[0]?.available

const header = 'sku,producer,wine,region,colour,vintage,format_ml,price:web,price:counter'
const rows = (from: number, to: number, changed = (n: number) => `${n}.50`) =>
  Array.from({ length: to - from }, (_, at) => from + at)
    .map(
      (n) =>
        `W-${n},Maker ${n},Wine ${n},Bordeaux,red,20${String(n % 20).padStart(2, '0')},750,${changed(n + 1)},${n + 1}`,
    )
    .join('\n')

describe('a catalogue', () => {
  test('goes in with its prices, and the second time nothing changes', async () => {
    const content = `${header}\n${rows(0, 700)}\n`
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
    const content = `${header}\n${rows(0, 3)}\n`
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
      await stock.done(changed)
      expect(await priceOf('W-1')).toBe(1)
      expect((await bring(content)).prices).toEqual({ set: 1, same: 5, refused: 0 })
      expect(await priceOf('W-1')).toBe(250)
    }
  })

  test('stopped in the middle is completed by running it again', async () => {
    const content = `${header}\n${rows(0, 900)}\n`
    let left = 3
    const dying: Stock = {
      ...stock,
      submit: async (submission) => {
        if (left-- <= 0) throw new Error('killed')
        return stock.submit(submission)
      },
    }
    await expect(importCatalogue(depsOn(dying), { source: await fileOf(content), mapping: ours })).rejects.toThrow(
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
      ...stock,
      submit: async (submission) => {
        keys.push(submission.key)
        if (keys.length === 1) throw new Unavailable('busy')
        return stock.submit(submission)
      },
    }
    const report = await importCatalogue(depsOn(busy), {
      source: await fileOf(`sku,wine,vintage,format_ml,price:web\nA,B,NV,750,5`),
      mapping: ours,
    })
    expect(report.prices?.set).toBe(1)
    expect(keys).toHaveLength(2)
    expect(keys[0]).toBe(keys[1])
  })

  test('names each wrong row with line, column and reason, and takes the others', async () => {
    const content = [
      'sku,wine,vintage,format_ml,colour,price:web',
      'A-1,Barolo,2015,750,red,40',
      'A 2,Barolo,2016,750,red,40',
      'A-3,Barolo,2017,750,purple,40',
      'A-4,Barolo,2018',
      'A-5,"Barolo"x,2018,750,red,40',
      'A-6,Barolo,2019,750,red,=1+1',
      'A-1,Barolo,2015,1500,red,90',
      'A-1,Barolo,2015,750,red,40',
      'A-7,Bar\u0000olo,2020,750,red,40',
      'A-8,"Barolo, ""Cannubi""\nRiserva",2020,750,red,40.00',
      'A-9,Barolo,2020,1500,red,',
    ].join('\r\n')
    const source = await fileOf(content)
    const report = await importCatalogue(deps, { source, mapping: ours })
    expect(report.rejections.map(({ line, column }) => [line, column])).toEqual([
      [3, 'sku'],
      [4, 'colour'],
      [5, ''],
      [6, ''],
      [7, 'price:web'],
      [8, 'sku'],
      [10, 'wine'],
      [11, 'wine'],
    ])
    expect(report).toMatchObject({ added: 2, rejected: 8, rejectsPath: `${source}.rejected.csv` })
    expect(report.rejections[5]?.reason).toContain('stands on line 2 already')
    const written = (await readFile(`${source}.rejected.csv`, 'utf8')).split('\r\n')
    expect(written[0]).toBe('sku,wine,vintage,format_ml,colour,price:web,rejected_line,rejected_column,reason')
    expect(written).toContain(
      'A-6,Barolo,2019,750,red,\'=1+1,7,price:web,"not an amount: write digits, with a point before the decimals"',
    )
    const text = reportText(report)
    expect(text).toContain(`2 in, 8 not (see ${source}.rejected.csv).`)
    expect(text).toContain('line 4, colour "purple": is none of red, white, rose, orange')
    expect(text).toContain('1 rows say again')
    expect(exitCode(report)).toBe(0)
  })

  test('of which nothing could go in exits with 1, and says so', async () => {
    const none = await bring('sku,wine,vintage,format_ml\n,,,\n')
    expect(reportText(none)).toMatch(/^0 in, 1 not/)
    expect(exitCode(none)).toBe(1)
    const empty = await bring('sku,wine,vintage,format_ml\n')
    expect(reportText(empty)).toContain('has no rows')
    expect(exitCode(empty)).toBe(1)
  })

  test.each([
    ['a byte order mark and CRLF', Buffer.from('\ufeffsku,wine,vintage,format_ml\r\nX-1,Château,2015,750\r\n'), {}],
    ['semicolons', Buffer.from('sku;wine;vintage;format_ml\nX-1;Château;2015;750'), {}],
    ['tabs', Buffer.from('sku\twine\tvintage\tformat_ml\nX-1\tChâteau\t2015\t750\n'), {}],
    [
      'windows-1252',
      Buffer.from('sku,wine,vintage,format_ml\nX-1,Ch\xe2teau,2015,750\n', 'latin1'),
      { encoding: 'windows-1252' as const },
    ],
    ['lone CR', Buffer.from('sku,wine,vintage,format_ml\rX-1,Château,2015,750\r'), {}],
  ])('may come with %s', async (_, content, options) => {
    expect(await bring(content, options)).toMatchObject({ added: 1, rejected: 0 })
    const found = await catalogue.searchWines({ q: 'chateau', channel: 'web', limit: 5, facets: false })
    expect(found).toMatchObject({ total: 1, items: [{ name: 'Château' }] })
  })

  test('in another encoding is refused by line and byte before anything of it is in', async () => {
    const content = Buffer.from(`${header}\n${rows(0, 5_000)}\nW-x,Ch\xe2teau,W,B,red,2015,750,1,1\n`, 'latin1')
    const before = await sizes()
    await expect(bring(content)).rejects.toThrow(/is not UTF-8: line 5,002, byte [\d,]+ of the file is 0xE2/)
    expect(await sizes()).toEqual(before)
  })

  test('whose file, columns or channel are wrong is refused with what to do, and nothing is written', async () => {
    const before = await sizes()
    await expect(importCatalogue(deps, { source: '/no/such/file.csv', mapping: ours })).rejects.toThrow(
      'There is no file',
    )
    await expect(importCatalogue(deps, { source: folder, mapping: ours })).rejects.toThrow('not a file')
    await expect(bring('')).rejects.toThrow('is empty')
    await expect(bring('code,wine\n1,2')).rejects.toThrow("The file's columns are: code, wine.")
    await expect(bring('a,b', { delimiter: '::' })).rejects.toThrow('is not one character')
    await expect(bring('sku,sku,wine\n')).rejects.toThrow('two columns "sku"')
    await expect(bring('sku,wine,vintage,format_ml,price:moon\nA,B,NV,750,1')).rejects.toThrow(
      'the channel moon, which is not there (there are: counter, web)',
    )
    await expect(bring('sku,wine,vintage,format_ml\nA,B,NV,750', { mapping: counts })).rejects.toThrow(
      'is for a file of stock',
    )
    expect(await sizes()).toEqual(before)
  })

  test('previewed writes nothing at all and says what would be', async () => {
    await bring(`${header}\n${rows(0, 2)}\n`)
    const before = await sizes()
    const source = await fileOf(`${header}\n${rows(0, 5)}\nbad sku,,,,,,,,\n`)
    const report = await importCatalogue(deps, { source, mapping: ours, dryRun: true })
    expect(report).toMatchObject({ added: 3, unchanged: 2, rejected: 1, prices: { set: 6, same: 4 } })
    expect(reportText(report)).toContain('5 would go in, 1 not. 3 new, 2 known already. Nothing was written.')
    expect(await sizes()).toEqual(before)
    expect(existsSync(`${source}.rejected.csv`)).toBe(false)
  })

  test('keeps what a later file leaves empty, and changes what it says', async () => {
    await bring('sku,wine,vintage,format_ml,abv,grapes,allergens\nA,Barolo,2015,750,14,Nebbiolo 100,sulphites|egg\n')
    expect(await bring('sku,wine,vintage,format_ml,abv,grapes\nA,Barolo,2015,750,,\n')).toMatchObject({ unchanged: 1 })
    expect(await bring('sku,wine,vintage,format_ml,abv\nA,Barolo,2015,750,14.5\n')).toMatchObject({ changed: 1 })
    const page = await catalogue.searchWines({ q: 'barolo', channel: 'web', limit: 1, facets: false })
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
    await bring(`${header}\n${rows(0, 700)}\n`, { onProgress: (progress) => seen.push(progress) })
    expect(seen.at(-1)).toMatchObject({ done: 700, rejected: 0, bytes: seen[0]!.totalBytes })
    expect(seen.length).toBeGreaterThan(2)
  })

  test('may be a stream', async () => {
    const chunks = async function* () {
      yield Buffer.from('sku,wine,vint')
      yield Buffer.from('age,format_ml\nA,Barolo,2015,750\n')
    }
    expect(await importCatalogue(deps, { source: { name: 'stdin', chunks: chunks() }, mapping: ours })).toMatchObject({
      added: 1,
    })
  })

  test('of 30 MB, nearly all of it wrong, is read in constant memory', async () => {
    const line = Buffer.from(`not a sku,${'x'.repeat(990)},2015,750\n`)
    const block = Buffer.concat(Array.from({ length: 60 }, () => line))
    const chunks = async function* () {
      yield Buffer.from('sku,wine,vintage,format_ml\n')
      for (let bytes = 0; bytes < 30_000_000; bytes += block.length) yield block
      yield Buffer.from('A,Barolo,2015,750\n')
    }
    let most = 0
    const before = process.memoryUsage().rss
    const onProgress = () => {
      most = Math.max(most, process.memoryUsage().rss - before)
    }
    const report = await importCatalogue(deps, {
      source: { name: 'stdin', chunks: chunks() },
      mapping: ours,
      onProgress,
    })
    expect(report).toMatchObject({ added: 1, rejected: expect.any(Number) })
    expect(report.rejected).toBeGreaterThan(29_000)
    expect(most).toBeLessThan(120_000_000)
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
    expect(await readPrices(pool, 'vinmonopolet', ['59101'])).toEqual(
      new Map([['59101', { amountMinor: 15_190, currency: 'NOK', taxIncluded: true, dutyIncluded: true }]]),
    )
    expect((await bring(file, { mapping: await mapping() })).notes.join()).not.toContain('channel')
    const page = await catalogue.searchWines({ q: 'mouton', channel: 'vinmonopolet', limit: 1, facets: false })
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
    expect((await readSettings(pool)).channels.map(({ id }) => id)).toEqual(['counter', 'web'])
  })
})

describe('stock', () => {
  beforeEach(async () => {
    await bring(`${header}\n${rows(0, 300)}\n`)
  })

  const stockFile = (n: number) =>
    `sku,location,quantity\n${Array.from({ length: n }, (_, at) => `W-${at},${at % 3 ? 'shop' : 'warehouse'},${at}`).join('\n')}\n`

  test('goes in as counts of one moment, and the same file again changes nothing', async () => {
    expect(await count(stockFile(250))).toMatchObject({ added: 250, unchanged: 0, rejected: 0 })
    expect(await onHand('W-100', 'shop')).toBe(100)
    expect(await onHand('W-99', 'warehouse')).toBe(99)
    const before = await sizes()
    expect(await count(stockFile(250))).toMatchObject({ added: 0, unchanged: 250 })
    expect(await sizes()).toEqual(before)
  })

  test('again does not undo what was sold since', async () => {
    await count(stockFile(250))
    await stock.done({ kind: 'sale', location: 'shop', lines: [{ sku: 'W-100', quantity: 7 }] })
    await count(stockFile(250))
    expect(await onHand('W-100', 'shop')).toBe(93)
    // Long after, when keys are forgotten, the time of the first import still stands.
    await pool.query(`update stock.entries set key = null where caller = 'import'`)
    await count(stockFile(250))
    expect(await onHand('W-100', 'shop')).toBe(93)
  })

  test('with another reference is a new count', async () => {
    await count(stockFile(250), { reference: 'monday' })
    await stock.done({ kind: 'sale', location: 'shop', lines: [{ sku: 'W-100', quantity: 7 }] })
    await count(stockFile(250), { reference: 'tuesday' })
    expect(await onHand('W-100', 'shop')).toBe(100)
  })

  test('as of a time before a sale leaves the sale to be counted', async () => {
    const asOfMs = Date.now() - 3_600_000
    await stock.done({ kind: 'sale', location: 'shop', lines: [{ sku: 'W-100', quantity: 7 }] })
    await count(stockFile(250), { asOfMs })
    expect(await onHand('W-100', 'shop')).toBe(93)
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
    expect(await onHand('W-1', 'shop')).toBe(5)
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
    await expect(importStock(deps, { source: source(), mapping: counts })).rejects.toThrow('--reference')
    expect(await importStock(deps, { source: source(), mapping: counts, reference: 'r-1' })).toMatchObject({ added: 1 })
    expect(await importStock(deps, { source: source(), mapping: counts, reference: 'r-1' })).toMatchObject({
      unchanged: 1,
    })
  })
})

const shared = process.env.CELLARHAND_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url))
const real = join(shared, 'data/catalogue/vinmonopolet-2016.csv')
const xwines = join(shared, 'data/catalogue/xwines-slim-wines.csv')
const why = existsSync(real) ? '' : ' (skipped: the real lists are not here; CELLARHAND_SHARED says where they are)'

describe.skipIf(why !== '')(`real lists${why}`, () => {
  test('10,972 wines of the Norwegian monopoly go in with their prices, and a second time nothing changes', async () => {
    const mapping = await loadMapping('vinmonopolet')
    const report = await importCatalogue(deps, { source: real, mapping, keepRejects: false })
    expect(report).toMatchObject({ added: 10_961, rejected: 11, prices: { set: 10_961, same: 0, refused: 0 } })
    const before = await sizes()
    expect(await importCatalogue(deps, { source: real, mapping, keepRejects: false })).toMatchObject({
      added: 0,
      changed: 0,
      unchanged: 10_961,
      prices: { set: 0, same: 10_961 },
    })
    expect(await sizes()).toEqual(before)
    const page = await catalogue.searchWines({ q: 'chateau margo', channel: 'vinmonopolet', limit: 5, facets: true })
    expect(page).toMatchObject({ items: [{ name: 'Ch. Margaux' }, {}, {}, {}, {}] })
  })

  test('the wines of X-Wines are a SKU a vintage', async () => {
    const first = (await readFile(xwines, 'utf8')).split('\n').slice(0, 101).join('\n')
    const report = await bring(first, { mapping: await loadMapping('xwines') })
    expect(report).toMatchObject({ rejected: 0, prices: { set: 0 } })
    expect(report.added).toBeGreaterThan(1_000)
    expect((await sizes())['catalogue.wines']).toBe(100)
    expect(await catalogue.knownSkus(['100001-NV', '100001-2020'])).toEqual(new Set(['100001-NV', '100001-2020']))
  })
})
