import type { FacetName, Wine, WineList } from '@cellarhand/protocol/catalogue'
import type { Offer } from '@cellarhand/protocol/offer'
import type { Problem } from '@cellarhand/protocol/problem'
import { useEffect, useMemo, useState } from 'react'
import { useCellarhand, useTopics, type Live } from './live.ts'

export interface WineQuery {
  readonly q?: string
  /** The values chosen of each facet. */
  readonly facets?: Partial<Readonly<Record<FacetName, readonly string[]>>>
  readonly sort?: string
  readonly channel?: string
  /** What a server read for this query, for the first page to begin with. */
  readonly initial?: WineList | undefined
}

/** Where nobody heard, it is asked again after so long. */
const AGAIN_MS = 2_000

/** Wines that were found, and the offers of their SKUs as they are now. */
export interface FoundWines {
  readonly wines: readonly Wine[]
  readonly total: number
  readonly facets: WineList['facets']
  readonly next: string | undefined
  readonly offers: ReadonlyMap<string, Offer>
}

/** A search: the wines from one read, their offers followed. While another one is read, the last is shown, as `stale`. */
export function useWineSearch({ q, facets, sort, channel, initial }: WineQuery): Live<FoundWines> {
  const client = useCellarhand()
  const inChannel = channel ?? client.channel
  const params = new URLSearchParams({ ...(q && { q }), ...(sort && { sort }) })
  for (const [name, values] of Object.entries(facets ?? {})) for (const value of values) params.append(name, value)
  const query = params.toString()
  const topic = `search:${query}@${inChannel}`
  const [found, setFound] = useState<{ topic: string; list?: WineList; error?: Problem } | undefined>(
    initial && { topic, list: initial },
  )
  const [round, again] = useState(0)
  const live = useTopics<Offer>(topic, (one) => [one.offers(topic)])

  useEffect(() => {
    let isOver = false
    let timer: ReturnType<typeof setTimeout> | undefined
    void client.read<WineList>(`/v1/wines?${query}${query && '&'}channel=${inChannel}&facets=true`).then((came) => {
      if (isOver) return
      if (came.kind === 'done') setFound({ topic, list: came.value })
      else if (came.kind === 'refused') setFound({ topic, error: came.problem })
      else timer = setTimeout(() => again((count) => count + 1), AGAIN_MS)
    })
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [client, query, inChannel, topic, round])

  return useMemo(() => {
    const { list, error = live.error } = found ?? {}
    const offers = new Map(live.data?.map((offer) => [offer.sku, offer]))
    const isPresent = found?.topic === topic
    return {
      ...live,
      data: list && { wines: list.items, total: list.total, facets: list.facets, next: list.next, offers },
      status: error ? 'error' : !list ? 'loading' : isPresent ? live.status : 'stale',
      error,
      refetch() {
        live.refetch()
        again((count) => count + 1)
      },
    }
  }, [live, found, topic])
}
