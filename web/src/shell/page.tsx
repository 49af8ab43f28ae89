import type { Wine } from '@cellarhand/protocol/catalogue'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useLiveWords } from '../feed/live-state.tsx'
import { useWatch } from '../feed/use-feed.ts'
import { HoldsBarLater } from '../holds/holds-bar-later.tsx'
import { skusOf, useHolds, type OwnHold } from '../holds/use-holds.tsx'
import { Chosen } from '../search/chosen.tsx'
import { FacetSheet } from '../search/facet-sheet.tsx'
import { FacetList } from '../search/facets.tsx'
import { followed } from '../search/followed.ts'
import { useNear } from '../search/on-screen.ts'
import { channelsQuery, wineListQuery, type Channel } from '../search/queries.ts'
import { NoResults, Results, ResultsError, ResultsSkeleton } from '../search/results.tsx'
import { useSearch } from '../search/use-search.ts'
import { Footer } from './footer.tsx'
import { Header } from './header.tsx'
import { useFallback } from './use-fallback.ts'
import { useSpeech } from './use-speech.ts'
import { Voice } from './voice.tsx'

const noChannels: readonly Channel[] = []
const noWines: readonly Wine[] = []

/** The cellar as a customer sees it. */
export function Page() {
  const state = useSearch()
  const list = useInfiniteQuery(wineListQuery(state))
  const channels = useQuery(channelsQuery).data?.items ?? noChannels
  const wines = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? noWines, [list.data])
  const holds = useHolds()
  const skus = useFollowed(wines, holds, state.channel)
  const live = useLiveWords()
  useWatch(state.channel, skus)
  useFallback(state.channel, skus, live.tone === 'stale')
  useSpeech(wines)
  const channel = channels.find((one) => one.id === state.channel)
  const first = list.data?.pages[0]
  const facets = useLast(first?.facets)
  return (
    <div data-live={live.tone} className="page">
      <a href="#wines" className="skip">
        Skip to the wines
      </a>
      <Header live={live} channels={channels} channel={state.channel} />
      <div className="page-body">
        <aside aria-label="Filters" className="hidden lg:block">
          <FacetList facets={facets} currency={channel?.currency} />
        </aside>
        <main id="wines" tabIndex={-1} aria-busy={list.isFetching}>
          <div className="flex min-h-14 items-center justify-between gap-4">
            <h2 className="text-muted tabular-nums" data-testid="total">
              {list.isPending && !list.isError ? 'Looking in the cellar' : totalWords(first?.total, channel)}
            </h2>
            <FacetSheet facets={facets} currency={channel?.currency} total={first?.total} />
          </div>
          <Chosen facets={facets} currency={channel?.currency} />
          {list.isPending && <ResultsSkeleton />}
          {list.isError && <ResultsError error={list.error} retry={() => void list.refetch()} />}
          {list.isSuccess && wines.length === 0 && <NoResults state={state} />}
          {list.isSuccess && wines.length > 0 && (
            <Results
              wines={wines}
              more={{ has: list.hasNextPage, busy: list.isFetchingNextPage, load: () => void list.fetchNextPage() }}
            />
          )}
        </main>
      </div>
      <Footer />
      <HoldsBarLater wanted={holds.length > 0} />
      <Voice />
    </div>
  )
}

/** The last value there was: while a search fails, the filters that could mend it stay. */
function useLast<T>(value: T | undefined): T | undefined {
  const [last, setLast] = useState(value)
  if (value !== undefined && value !== last) setLast(value)
  return value ?? last
}

function useFollowed(wines: readonly Wine[], holds: readonly OwnHold[], channel: string): readonly string[] {
  const near = useNear()
  return useMemo(() => {
    const live = holds.flatMap(({ hold }) => (hold?.state === 'active' ? [hold] : []))
    const held = live.filter(({ lines }) => lines[0]?.channel === channel).flatMap(skusOf)
    return followed(wines, near, held)
  }, [wines, near, holds, channel])
}

function totalWords(total: number | undefined, channel: Channel | undefined): string {
  if (total === undefined) return ''
  const wines = `${total.toLocaleString('en-GB')} ${total === 1 ? 'wine' : 'wines'}`
  if (!channel) return wines
  return `${wines} · prices in ${channel.currency}, ${channel.duty === 'in_bond' ? 'in bond' : 'duty paid'}`
}
