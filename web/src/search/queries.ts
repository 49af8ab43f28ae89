import type { Wine, WineList } from '@cellarhand/protocol/catalogue'
import type { Offer } from '@cellarhand/protocol/offer'
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { read } from '../shell/http.ts'
import { winesQuery, type SearchState } from './search-state.ts'

/** A channel as customers may know it. */
export interface Channel {
  readonly id: string
  readonly name: string
  readonly currency: string
  readonly duty: 'paid' | 'in_bond'
  readonly showMax: number
  readonly lowAt: number
}

/** Wines to a page: three screens on a desk, six on a phone. */
const PAGE_WINES = 24

export const wineListQuery = (state: SearchState) =>
  infiniteQueryOptions({
    queryKey: ['wines', winesQuery(state, { limit: PAGE_WINES })],
    queryFn: ({ pageParam, signal }) =>
      read<WineList>(`/v1/wines?${winesQuery(state, { limit: PAGE_WINES, cursor: pageParam })}`, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  })

export const wineQuery = (id: string) =>
  queryOptions({
    queryKey: ['wine', id],
    queryFn: ({ signal }) => read<Wine>(`/v1/wines/${encodeURIComponent(id)}`, signal),
    staleTime: Number.POSITIVE_INFINITY,
  })

export const channelsQuery = queryOptions({
  queryKey: ['channels'],
  queryFn: ({ signal }) => read<{ items: readonly Channel[] }>('/v1/channels', signal),
  staleTime: 300_000,
})

/** Offers read once, for rows that would otherwise stand empty while the feed is away. */
export async function readOffers(channel: string, skus: readonly string[]): Promise<readonly Offer[]> {
  const query = new URLSearchParams({ channel, sku: skus.join(','), limit: String(skus.length) })
  return (await read<{ items: readonly Offer[] }>(`/v1/offers?${query}`)).items
}
