import type { Wine } from '@cellarhand/protocol/catalogue'
import type { Cache } from './cache.ts'
import { topics } from './marks.ts'
import { plainQuery, type WineQuery } from './query.ts'
import type { BadCursor, WinePage } from './search.ts'

type Search = (query: WineQuery) => Promise<WinePage | BadCursor>
type FoundWine = { readonly wine: Wine; readonly logPosition: number }
type GetWine = (id: string) => Promise<FoundWine | undefined>

/** A search whose pages are kept. */
export function cachedSearch(cache: Cache, search: Search): Search {
  return async (query) => {
    const plain = plainQuery(query)
    // Pages that are kept for others say by their key what is in them.
    const asked = { of: 'search', key: `with cursors ${JSON.stringify(plain)}`, topics: topicsOf(plain) }
    const { value, position } = await cache.read<Omit<WinePage, 'logPosition'> | BadCursor>(asked, async () => {
      const page = await search(plain)
      if (page.kind === 'bad-cursor') return { value: page, position: undefined }
      const { logPosition, ...shown } = page
      return { value: shown, position: logPosition }
    })
    return value.kind === 'bad-cursor' ? value : { ...value, logPosition: position ?? 0 }
  }
}

/** Bands of prices are a facet. Where no price is asked for, none is looked at. */
function topicsOf({ channel, facets, offered, price = [] }: WineQuery): string[] {
  const byPrice = facets || offered === true || price.length > 0
  return [topics.catalogue, topics.settings, ...(byPrice ? [topics.prices(channel)] : [])]
}

/** Wines by id, kept where there are any. A set shows labels of other wines: these touch it too. */
export function cachedWine(cache: Cache, getWine: GetWine): GetWine {
  return async (id) => {
    const asked = { of: 'wine', key: id, topics: [topics.settings, topics.wine(id)] }
    const { value, position } = await cache.read(asked, async () => {
      const found = await getWine(id)
      return { value: found?.wine, position: found?.logPosition, topics: found ? partsOf(found.wine) : [] }
    })
    return value === undefined || position === undefined ? undefined : { wine: value, logPosition: position }
  }
}

function partsOf({ skus }: Wine): string[] {
  const parts = skus.flatMap((sku) => [...(sku.madeOf?.parts ?? []), ...(sku.lot ? [{ sku: sku.lot.of }] : [])])
  return [...new Set(parts.map(({ sku }) => topics.sku(sku)))]
}
