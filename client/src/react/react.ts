import type { AuditEntry } from '@cellarhand/protocol/feed'
import type { Offer } from '@cellarhand/protocol/offer'
import type { Level } from '@cellarhand/protocol/stock'
import { useMemo, useState, useSyncExternalStore } from 'react'
import type { ConnectionView } from '../client.ts'
import { useCellarhand, useTopics, type Live } from './live.ts'

export { CellarhandProvider, useCellarhand, type Live } from './live.ts'
export { useHold, type HeldBottles } from './use-hold.ts'
export { useMutate } from './use-mutate.ts'
export { useWineSearch, type FoundWines, type WineQuery } from './use-wine-search.ts'

interface InChannel {
  /** The client's own where none is named. */
  readonly channel?: string | undefined
}

const topicOf = (sku: string, channel?: string) => `sku:${sku}${channel ? `@${channel}` : ''}`

/** The offer of a SKU. Live without data: it is not offered. */
export function useOffer(sku: string, { channel }: InChannel = {}): Live<Offer> {
  const topic = topicOf(sku, channel)
  const live = useTopics<Offer>(topic, (client) => [client.offers(topic)])
  return useMemo(() => ({ ...live, data: live.data?.[0] }), [live])
}

/** The offers of SKUs by their code: one render for each change of one of them. */
export function useOffers(skus: readonly string[], { channel }: InChannel = {}): Live<ReadonlyMap<string, Offer>> {
  const live = useTopics<Offer>([channel, ...skus].join(' '), (client) =>
    skus.map((sku) => client.offers(topicOf(sku, channel))),
  )
  return useMemo(() => ({ ...live, data: live.data && new Map(live.data.map((offer) => [offer.sku, offer])) }), [live])
}

/** The levels of a location; for staff. */
export function useStock({ location }: { readonly location: string }): Live<readonly Level[]> {
  return useTopics<Level>(location, (client) => [client.follow(`location:${location}`)])
}

/** Journal entries as they are made; for staff. While it is paused, what comes is counted and not shown. */
export function useMovements() {
  const live = useTopics<AuditEntry>('audit', (client) => [client.follow('audit')])
  const [frozen, freeze] = useState<Live<readonly AuditEntry[]>>()
  return useMemo(() => {
    const shown = new Set(frozen?.data)
    return {
      ...(frozen ?? live),
      paused: frozen !== undefined,
      pending: frozen ? (live.data ?? []).filter((entry) => !shown.has(entry)).length : 0,
      pause: () => freeze(live),
      resume: () => freeze(undefined),
    }
  }, [live, frozen])
}

const atFirst: ConnectionView = {
  state: 'idle',
  since: 0,
  retries: 0,
  hasEverConnected: false,
  queued: 0,
  recovered: false,
  way: '',
}
const textAtFirst = () => JSON.stringify(atFirst)

/** The connection, for who wants to say how it stands. */
export function useConnection(): ConnectionView & { readonly reconnect: () => void } {
  const client = useCellarhand()
  // As text, it is the same as long as it says the same.
  const text = useSyncExternalStore(client.onConnection, () => JSON.stringify(client.connection()), textAtFirst)
  return useMemo(() => ({ ...(JSON.parse(text) as ConnectionView), reconnect: client.reconnect }), [client, text])
}
