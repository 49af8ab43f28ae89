import type { Wine } from '@cellarhand/protocol/catalogue'
import type pg from 'pg'
import { must } from '../platform/must.ts'
import { readFacets, type Facets } from './facets.ts'
import { all, filterConditions, PAGE_MAX, readCursor, skuFacets, Values, wineFacets, writeCursor } from './query.ts'
import type { After, WineQuery } from './query.ts'
import { readWines } from './wines.ts'
import { searchCondition, searchScore, searchWords, type Search } from './words.ts'

/** A page of wines, as of one position of the log. */
export interface WinePage {
  readonly kind: 'page'
  readonly items: readonly Wine[]
  /** of each item, what comes behind it */
  readonly cursors: readonly string[]
  /** wines that match, on all pages */
  readonly total: number
  /** cursor of the next page; absent on the last */
  readonly next?: string
  readonly facets?: Facets
  /** the log's number at which it was read */
  readonly logPosition: number
}

/** The cursor is none of ours. */
export interface BadCursor {
  readonly kind: 'bad-cursor'
}

interface Found {
  readonly total: number
  readonly page: readonly { readonly id: string; readonly sortKey: string; readonly score: number }[]
}

/**
 * Wines that match, the most relevant first, then by producer and name. Reads in one snapshot; `client` is in a transaction of its own that is
 * repeatable read.
 */
export async function search(client: pg.ClientBase, query: WineQuery): Promise<WinePage | BadCursor> {
  const after = query.cursor === undefined ? undefined : readCursor(query.cursor)
  if (query.cursor !== undefined && after === undefined) return { kind: 'bad-cursor' }
  const limit = Math.min(Math.max(query.limit, 1), PAGE_MAX)
  const { found, text } = await findForgiving(client, query, { after, limit })
  const shown = found.page.slice(0, limit)
  const last = shown.at(-1)
  const facets = query.facets ? await readFacets(client, query, text) : undefined
  const items = await readWines(
    client,
    shown.map((row) => row.id),
  )
  const places = new Map(shown.map((row) => [row.id, writeCursor(row)]))
  return {
    kind: 'page',
    items,
    cursors: items.map(({ id }) => must(places.get(id), 'the place of a wine that was found')),
    total: found.total,
    ...(found.page.length > limit && last ? { next: writeCursor(last) } : {}),
    ...(facets === undefined ? {} : { facets }),
    logPosition: await readHead(client),
  }
}

interface Wanted {
  readonly after: After | undefined
  readonly limit: number
}

/** Words that are known are taken at their word; only where that finds nothing, each may be a typo. */
async function findForgiving(
  client: pg.ClientBase,
  query: WineQuery,
  wanted: Wanted,
): Promise<{ found: Found; text: Search }> {
  const words = await searchWords(client, query.q ?? '')
  const strict = { words, loose: false }
  const found = await find(client, query, strict, wanted)
  const mayBeTypo = words.some((word) => word.known && word.similar.length > 0)
  if (found.total > 0 || !mayBeTypo) return { found, text: strict }
  const loose = { words, loose: true }
  return { found: await find(client, query, loose, wanted), text: loose }
}

async function find(client: pg.ClientBase, query: WineQuery, text: Search, { after, limit }: Wanted): Promise<Found> {
  const values = new Values()
  const condition = searchCondition(text, values)
  const conditions = filterConditions(query, values)
  const byPrice = (query.price?.length ?? 0) > 0 || query.offered
  const prices = byPrice
    ? `left join stock.listed_prices p on p.sku = s.sku and p.channel = ${values.add(query.channel)}`
    : ''
  const bottle = `exists (select from catalogue.skus s ${prices} where s.wine = w.id and ${all(conditions, skuFacets)})`
  const where = `${condition} and ${all(conditions, wineFacets)} and ${bottle}`
  const statement =
    text.words.length === 0 ? browsing(where, { after, limit }, values) : ranking(where, text, { after, limit }, values)
  const { rows } = await client.query<Found>(statement, values.list)
  return must(rows[0], 'a search answers one row')
}

/** Without words all are equally relevant: the page is read off an index, and only the total looks at every wine. */
function browsing(where: string, { after, limit }: Wanted, values: Values): string {
  const beyond = after
    ? `(w.sort_key, w.id) > (${values.add(after.sortKey)}::text collate "C", ${values.add(after.id)}::text collate "C")`
    : 'true'
  return `select (select count(*)::int from catalogue.wines w where ${where}) as total,
    (select coalesce(json_agg(page order by "sortKey", id), '[]') from (
       select w.id, w.sort_key as "sortKey", 0 as score from catalogue.wines w where ${beyond} and ${where}
       order by w.sort_key, w.id limit ${values.add(limit + 1)}) page) as page`
}

function ranking(where: string, text: Search, { after, limit }: Wanted, values: Values): string {
  const beyond = after
    ? `where (-score, "sortKey", id) > (-${values.add(after.score)}::int, ${values.add(after.sortKey)}::text collate "C", ${values.add(after.id)}::text)`
    : ''
  return `with matched as materialized (
       select w.id, w.sort_key as "sortKey", (${searchScore(text, values)})::int as score from catalogue.wines w where ${where}
     ), page as (
       select * from matched ${beyond} order by score desc, "sortKey", id limit ${values.add(limit + 1)}
     )
     select (select count(*)::int from matched) as total,
       (select coalesce(json_agg(page order by score desc, "sortKey", id), '[]') from page) as page`
}

/** The log's number that a snapshot is of. */
export async function readHead(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ head: number }>('select log.head() as head')
  return must(rows[0], 'the log has a head').head
}
