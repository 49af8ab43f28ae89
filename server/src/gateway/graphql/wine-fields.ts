import type { Level } from '@cellarhand/protocol/stock'
import { formatPosition } from '../../log/log.ts'
import { parseWinesQuery } from '../rest/wine-query.ts'
import { badCursor, connectionOf, limitOf, type PageArgs } from './connection.ts'
import { readAt, type Context } from './context.ts'
import { problemError } from './errors.ts'
import { wineSource, type SkuSource } from './wine-source.ts'

/** Filters as a client writes them. */
export interface WineFilter {
  readonly q?: string | null
  readonly colour?: readonly string[] | null
  readonly country?: readonly string[] | null
  readonly region?: readonly string[] | null
  readonly grape?: readonly string[] | null
  readonly vintage?: readonly string[] | null
  readonly formatMl?: readonly number[] | null
  readonly price?: readonly { readonly fromMinor?: number | null; readonly toMinor?: number | null }[] | null
  readonly offered?: boolean | null
}

interface WinesArgs extends PageArgs {
  readonly filter?: WineFilter | null
  readonly channel: string
  readonly facets: boolean
}

/** Locations of one SKU that are shown: more than any house has. */
const LEVELS_MAX = 100

/** The members of a filter as REST's query has them. */
export function filterQuery({ formatMl, price, offered, ...texts }: WineFilter): Record<string, string | string[]> {
  const members = {
    ...texts,
    format: formatMl?.map(String),
    price: price?.map(({ fromMinor, toMinor }) => `${fromMinor ?? ''}-${toMinor ?? ''}`),
    offered: offered ? 'true' : undefined,
  }
  const given = Object.entries(members).filter(([, value]) => value !== undefined && value !== null)
  return Object.fromEntries(given) as Record<string, string | string[]>
}

function readWines(context: Context, { filter, channel, facets, ...page }: WinesArgs) {
  const limit = String(limitOf(page))
  const members = { ...filterQuery(filter ?? {}), channel, limit, facets: String(facets) }
  const query = parseWinesQuery(page.after ? { ...members, cursor: page.after } : members)
  if (query === undefined) throw problemError('invalid-request', 'filter is longer than a search may be.')
  if (typeof query === 'string') throw problemError('unprocessable', query)
  return readAt(context, page, async () => {
    const { catalogue, replica } = context.services
    const found = await catalogue.searchWines(query)
    if (found.kind === 'bad-cursor') throw badCursor()
    const position = formatPosition(replica.epoch(), found.logPosition)
    const nodes = found.items.map((wine) => wineSource(wine, position))
    const connection = connectionOf({ nodes, cursors: found.cursors, hasNextPage: found.next !== undefined, position })
    return { ...connection, total: found.total, facets: found.facets }
  })
}

function readWine(context: Context, args: { readonly id: string; readonly minPosition?: string }) {
  return readAt(context, args, async () => {
    const { catalogue, replica } = context.services
    const found = await catalogue.getWine(args.id)
    return found && wineSource(found.wine, formatPosition(replica.epoch(), found.logPosition))
  })
}

/** Of staff that is limited to some locations, those there. */
function levelsOf({ sku }: SkuSource, { services, caller }: Context): readonly Level[] {
  const { items } = services.replica.levels({ sku, limit: LEVELS_MAX })
  const { locations } = caller
  return locations === undefined ? items : items.filter(({ location }) => locations.has(location))
}

/** Wines, their vintages and SKUs. */
export const wineFields = {
  Query: {
    wines: (_root: unknown, args: WinesArgs, context: Context) => readWines(context, args),
    wine: (_root: unknown, args: { id: string }, context: Context) => readWine(context, args),
  },
  Sku: {
    offer: ({ sku }: SkuSource, { channel }: { channel: string }, { services }: Context) =>
      services.replica.offer(sku, channel),
    levels: (source: SkuSource, _args: unknown, context: Context) => levelsOf(source, context),
  },
}
