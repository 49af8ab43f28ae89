import type { Wine } from '@cellarhand/protocol/catalogue'
import type { Contents } from '@cellarhand/protocol/repack'
import type pg from 'pg'
import { withTransaction } from '../platform/postgres/database.ts'
import type { Cache } from './cache.ts'
import { cachedSearch, cachedWine } from './cached.ts'
import type { Entries, Upserted } from './entries.ts'
import { readLabels, type SkuLabel } from './labels.ts'
import type { WineQuery } from './query.ts'
import { readHead, search, type BadCursor, type WinePage } from './search.ts'
import { readContents } from './contents.ts'
import { copySku, upsertEntries } from './upsert.ts'
import { readWines } from './wines.ts'

export type { Entries, SkuEntry, Upserted, VintageEntry, WineEntry } from './entries.ts'
export type { SkuLabel } from './labels.ts'
export type { PriceBand, WineQuery } from './query.ts'
export type { BadCursor, WinePage } from './search.ts'

export { createCache } from './cache.ts'
export type { Cache, Read } from './cache.ts'
export { createMarks } from './marks.ts'
export type { Marks } from './marks.ts'
export { wineId } from './identity.ts'
export { FILTER_VALUES_MAX, PAGE_MAX, parseBand, SEARCH_CHARS_MAX } from './query.ts'

/** Entries of one kind that one transaction takes: it holds the log's head while it commits, and tills wait behind it. */
const ENTRIES_MAX = 1_000

/** SKUs remembered as known: some 20 MB. A catalogue that is larger asks the database for those that come up rarely. */
const knownSkusMax = 200_000

/** What can be sold: the door of the module. */
export interface Catalogue {
  /**
   * Writes wines, vintages and SKUs in one transaction and appends the SKUs that became different to the log. Doing it again changes nothing and
   * appends nothing. An attribute that is absent keeps what is known.
   */
  upsertWines(entries: Entries): Promise<Upserted>
  /** Those of `skus` that exist. */
  knownSkus(skus: Iterable<string>): Promise<Set<string>>
  /** How much a bottle of a SKU has, and how many bottles its pack; undefined if there is no such SKU. */
  sizeOf(sku: string): Promise<{ readonly formatMl: number; readonly pack: number } | undefined>
  /** What one of each of `skus` holds; those that do not exist are left out. */
  contentsOf(skus: readonly string[]): Promise<Contents[]>
  /** Makes a SKU like another in all but its code and its identifiers, unless there is one of that code. */
  copySku(of: string, as: string): Promise<void>
  /** Those of `ids` that exist. */
  knownWines(ids: Iterable<string>): Promise<Set<string>>
  /** A page of wines that match, with facets where they are asked for, as of one position. */
  searchWines(query: WineQuery): Promise<WinePage | BadCursor>
  /** A wine with its SKUs, and the log's number that it is as of; undefined if there is none. */
  getWine(id: string): Promise<{ readonly wine: Wine; readonly logPosition: number } | undefined>
  /** The wines of some SKUs, each whole, and the log's number that they are as of. SKUs that do not exist are left out. */
  winesOf(skus: readonly string[]): Promise<{ readonly wines: readonly Wine[]; readonly logPosition: number }>
  /** What those of `skus` are that exist, by SKU. */
  labels(skus: readonly string[]): Promise<ReadonlyMap<string, SkuLabel>>
  /** SKUs that carry a GTIN: several, where it covers several vintages. */
  skusByGtin(gtin: string): Promise<string[]>
  /** There is no wine at all. */
  isEmpty(): Promise<boolean>
}

/** The catalogue kept in the database of `pool`. With a cache, pages and wines are shown from it as long as they are true. */
export function createCatalogue(pool: pg.Pool, cache?: Cache): Catalogue {
  const known = new Set<string>()
  const searchWines = (query: WineQuery) => inSnapshot(pool, (client) => search(client, query))
  const readWine = (id: string) => getWine(pool, id)
  return {
    upsertWines: (entries) => upsertWines(pool, entries),
    knownSkus: (skus) => knownSkus(pool, known, skus),
    sizeOf: async (sku) => {
      const text = 'select format_ml as "formatMl", pack from catalogue.skus where sku = $1'
      return (await pool.query<{ formatMl: number; pack: number }>(text, [sku])).rows[0]
    },
    contentsOf: (skus) => readContents(pool, skus),
    copySku: (of, as) => withTransaction(pool, (client) => copySku(client, of, as)),
    knownWines: (ids) => existing(pool, 'select id as key from catalogue.wines where id = any ($1)', [...ids]),
    searchWines: cache ? cachedSearch(cache, searchWines) : searchWines,
    getWine: cache ? cachedWine(cache, readWine) : readWine,
    winesOf: (skus) => winesOf(pool, skus),
    labels: (skus) => readLabels(pool, skus),
    skusByGtin: async (gtin) => {
      const text = `select sku from catalogue.identifiers where value = $1 and kind = 'gtin' order by sku`
      return (await pool.query<{ sku: string }>(text, [gtin])).rows.map((row) => row.sku)
    },
    isEmpty: async () => (await pool.query('select from catalogue.wines limit 1')).rowCount === 0,
  }
}

async function upsertWines(pool: pg.Pool, entries: Entries): Promise<Upserted> {
  const most = Math.max(entries.wines.length, entries.vintages.length, entries.skus.length)
  if (most > ENTRIES_MAX) throw new RangeError(`${most} entries in one transaction, at most ${ENTRIES_MAX} are taken`)
  return withTransaction(pool, (client) => upsertEntries(client, entries))
}

/** SKUs are never deleted, so what was known once need not be asked again. What is not known is asked every time. */
async function knownSkus(pool: pg.Pool, cache: Set<string>, skus: Iterable<string>): Promise<Set<string>> {
  const wanted = new Set(skus)
  const unsure = [...wanted].filter((sku) => !cache.has(sku))
  const found = await existing(pool, 'select sku as key from catalogue.skus where sku = any ($1)', unsure)
  const result = new Set([...wanted].filter((sku) => cache.has(sku) || found.has(sku)))
  if (cache.size + found.size > knownSkusMax) cache.clear()
  for (const sku of found) if (cache.size < knownSkusMax) cache.add(sku)
  return result
}

async function existing(pool: pg.Pool, text: string, keys: readonly string[]): Promise<Set<string>> {
  if (keys.length === 0) return new Set()
  const { rows } = await pool.query<{ key: string }>(text, [keys])
  return new Set(rows.map((row) => row.key))
}

async function getWine(pool: pg.Pool, id: string): Promise<{ wine: Wine; logPosition: number } | undefined> {
  if (id.includes('\0')) return undefined
  return inSnapshot(pool, async (client) => {
    const [wine] = await readWines(client, [id])
    if (wine === undefined) return undefined
    return { wine, logPosition: await readHead(client) }
  })
}

function winesOf(pool: pg.Pool, skus: readonly string[]): Promise<{ wines: readonly Wine[]; logPosition: number }> {
  return inSnapshot(pool, async (client) => {
    const text = 'select distinct wine from catalogue.skus where sku = any ($1)'
    const { rows } = await client.query<{ wine: string }>(text, [skus])
    const wines = await readWines(
      client,
      rows.map(({ wine }) => wine),
    )
    return { wines, logPosition: await readHead(client) }
  })
}

/** Reads of several statements that show one state. Without JIT, whose compiling took longer than the whole search. */
async function inSnapshot<T>(pool: pg.Pool, read: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  return withTransaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read, read only; set local jit = off')
    return read(client)
  })
}
