import { refetch, wantsChanged } from './feed.ts'
import { join, tellAll } from './listeners.ts'
import type { Client } from './session.ts'
import { forget, loading, topicOf, viewOf, type Value, type View } from './store.ts'

/** A topic that can be followed, as long as somebody does. */
export interface Followed<T> extends AsyncIterable<View<readonly T[]>> {
  readonly topic: string
  /** Follows it, and tells of every change. Throws `TooManyTopics`. */
  subscribe(listener: () => void): () => void
  /** As it is now; the same object until something changes. */
  view(): View<readonly T[]>
  /** As it came with the page. */
  viewAtFirst(): View<readonly T[]>
  /** What it holds, once it is whole. Rejects where it is refused, with the problem as `cause`. */
  get(): Promise<readonly T[]>
  /** Asks for all of it anew. */
  refetch(): void
}

/** One connection follows no more topics than that. */
const TOPICS_MAX = 128
/** A page that changes, or a component that is mounted anew, comes back for its topics within this. */
const LINGER_MS = 5_000

export class TooManyTopics extends Error {}

/** A topic by its name, which may leave out this client's channel. */
export function followed<T extends Value>(client: Client, topic: string): Followed<T> {
  const { store } = client
  const name = /^(sku|wine|search):[^@]*$/.test(topic) ? `${topic}@${client.channel}` : topic
  const view = () => viewOf(store, name) as View<readonly T[]>
  const subscribe = (listener: () => void) => follow(client, name, listener)
  return {
    topic: name,
    subscribe,
    view,
    viewAtFirst: () => (store.atFirst.get(name) ?? loading) as View<readonly T[]>,
    refetch: () => refetch(client, name),
    async get() {
      for await (const { status, data, error } of this) {
        if (error) throw new Error(error.detail, { cause: error })
        if (status === 'live' && data) return data
      }
      throw new Error('Closed')
    },
    async *[Symbol.asyncIterator]() {
      let wake = () => {}
      let last: View<readonly T[]> | undefined
      const off = subscribe(() => wake())
      try {
        while (!client.isClosed) {
          const now = view()
          if (now === last) await new Promise<void>((go) => (wake = go))
          else yield (last = now)
        }
      } finally {
        off()
      }
    },
  }
}

function follow(client: Client, name: string, listener: () => void): () => void {
  const { held, store, world } = client
  const isFull = () => held.size >= TOPICS_MAX
  if (!held.has(name)) {
    for (const [other, { count }] of held) if (isFull() && !count) drop(client, other)
    if (isFull()) throw new TooManyTopics(`More than ${TOPICS_MAX} topics: follow a wine or a search.`)
    wantsChanged(client)
  }
  const mine = held.get(name) ?? { count: 0, off: () => {} }
  held.set(name, mine)
  mine.off()
  mine.count += 1
  const off = join(topicOf(store, name).listeners, listener)
  return () => {
    if (off() && !(mine.count -= 1)) mine.off = world.after(LINGER_MS, () => drop(client, name))
  }
}

function drop(client: Client, name: string): void {
  client.held.get(name)?.off()
  client.held.delete(name)
  forget(client.store, name)
  wantsChanged(client)
}

/** Follows nothing any more; iterations end. */
export function dropAll(client: Client): void {
  for (const [name, { off }] of client.held) {
    off()
    tellAll(topicOf(client.store, name).listeners)
  }
  client.held.clear()
}
