import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { createCatalogue, type Catalogue } from '../src/catalogue/catalogue.ts'
import { importCatalogue, importStock, loadMapping } from '../src/import/import.ts'
import type {
  CatalogueImportDeps,
  CatalogueImportOptions,
  Mapping,
  StockImportDeps,
  StockImportOptions,
} from '../src/import/import.ts'
import { createPool } from '../src/platform/postgres/database.ts'
import { putChannel, readPrices, readSettings, type Stock } from '../src/stock/stock.ts'
import { createTestDatabase } from './postgres.ts'
import { openTestStock, setUpCellar, type TestStock } from './stock.ts'

/** What a test of imports works on; new for each file of tests, emptied for each test. */
interface Importing {
  folder: string
  /** the default mappings of a catalogue and of stock */
  ours: Mapping
  counts: Mapping
  pool: pg.Pool
  stock: TestStock
  catalogue: Catalogue
  deps: CatalogueImportDeps & StockImportDeps
}

const counted = [
  'catalogue.wines',
  'catalogue.skus',
  'stock.prices',
  'stock.entries',
  'stock.channels',
  'log.log',
  'import.runs',
]

const emptySql = `truncate catalogue.wines, catalogue.vintages, catalogue.skus, catalogue.identifiers, catalogue.words, import.runs,
  stock.levels, stock.entries, stock.answers, stock.movements, stock.prices, stock.price_changes, stock.shortfalls, log.log, log.batches`

/** Sets a database, stock and a folder for files up for the tests of the file that calls it. */
export function useImporting() {
  const at = {} as Importing
  let database: { url: string; drop(): Promise<void> } | undefined
  let files = 0

  beforeAll(async () => {
    at.folder = await mkdtemp(join(tmpdir(), 'cellarhand-import-'))
    at.ours = await loadMapping('cellarhand')
    at.counts = await loadMapping('stock')
    database = await createTestDatabase()
    at.pool = createPool(database.url, { applicationName: 'tests', max: 6 })
    await setUpCellar(database.url)
    at.stock = openTestStock(database.url)
  })

  // One database, emptied: making one for each test took longer than the tests.
  beforeEach(async () => {
    await at.pool.query(emptySql)
    await at.pool.query(`delete from stock.channels where id not in ('web', 'counter')`)
    at.catalogue = createCatalogue(at.pool)
    at.deps = depsOn(at.stock)
  })

  afterAll(async () => {
    await at.stock?.close()
    await at.pool?.end()
    await database?.drop()
    await rm(at.folder, { recursive: true, force: true })
  })

  const depsOn = (stock: Stock): CatalogueImportDeps & StockImportDeps => ({
    pool: at.pool,
    catalogue: at.catalogue,
    stock,
    settings: () => readSettings(at.pool),
    ensureChannel: (channel) => putChannel(at.pool, channel),
    currentPrices: (skus, channel) => readPrices(at.pool, channel, skus),
    nowMs: () => Date.now(),
  })

  const fileOf = async (content: string | Buffer): Promise<string> => {
    const path = join(at.folder, `file-${files++}.csv`)
    await writeFile(path, content)
    return path
  }

  return { at, depsOn, fileOf, ...verbs(at, fileOf) }
}

function verbs(at: Importing, fileOf: (content: string | Buffer) => Promise<string>) {
  return {
    /** Imports a catalogue of this content. */
    bring: async (content: string | Buffer, options: Partial<CatalogueImportOptions> = {}) =>
      importCatalogue(at.deps, { source: await fileOf(content), mapping: at.ours, ...options }),
    /** Imports stock of this content. */
    count: async (content: string, options: Partial<StockImportOptions> = {}) =>
      importStock(at.deps, { source: await fileOf(content), mapping: at.counts, ...options }),
    /** How many rows tables have: what an import that changes nothing leaves. */
    sizes: async (): Promise<Record<string, number>> => {
      const parts = counted.map((table) => `'${table}', (select count(*) from ${table})`)
      const text = `select json_build_object(${parts.join()}) as sizes`
      return (await at.pool.query<{ sizes: Record<string, number> }>(text)).rows[0]!.sizes
    },
    priceOf: async (sku: string, channel = 'web') => (await readPrices(at.pool, channel, [sku])).get(sku)?.amountMinor,
    available: async (sku: string, location: string) => {
      const text = 'select available from stock.levels where sku = $1 and location = $2'
      return (await at.pool.query<{ available: number }>(text, [sku, location])).rows[0]?.available
    },
  }
}

/** The columns of `wineRows`. */
export const wineHeader = 'sku,producer,wine,region,colour,vintage,format_ml,price:web,price:counter'

/** Rows of wines W-from to W-to, the last not included; W-n costs n + 1.50 on the web, n + 1 at the counter. */
export function wineRows(from: number, to: number): string {
  const row = (n: number) => {
    const year = `20${String(n % 20).padStart(2, '0')}`
    return `W-${n},Maker ${n},Wine ${n},Bordeaux,red,${year},750,${n + 1}.50,${n + 1}`
  }
  return Array.from({ length: to - from }, (_, at) => row(from + at)).join('\n')
}
