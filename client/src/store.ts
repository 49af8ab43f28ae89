import type { AuditEntry, GoneHold, GoneLevel } from '@cellarhand/protocol/feed'
import type { GoneOffer, Offer } from '@cellarhand/protocol/offer'
import type { Problem } from '@cellarhand/protocol/problem'
import type { Hold, Level } from '@cellarhand/protocol/stock'
import { tellAll } from './listeners.ts'
import { compare } from './position.ts'

export type Value = Offer | Level | Hold | AuditEntry
export type Told = Value | GoneOffer | GoneLevel | GoneHold

/** How far what is shown can be trusted: not there yet; as the server has it; as it was when the line was lost; refused. */
export type Status = 'loading' | 'live' | 'stale' | 'error'

/** A topic as it is now. It stays the same object until something of it changes. */
export interface View<T> {
  readonly data: T | undefined
  readonly status: Status
  readonly error: Problem | undefined
  /** By the device's clock, ms since 1970, when the data last changed; 0 before there are any. */
  readonly updatedAt: number
  /** The newest position among what was told. */
  readonly position: string | undefined
}

/** A change that is shown before the server has confirmed it. */
export interface Patch {
  readonly key: string
  readonly change: (value: Value) => Value
  /** Where what it foretold was decided: it is taken away when a value as new as that has come. */
  until?: string
}

export interface Topic {
  readonly name: string
  cursor?: string | undefined
  /** Asked for on the line that is open. */
  isAsked?: boolean | undefined
  /** Whole on the line that is open. */
  isReady?: boolean | undefined
  /** Was whole at some time. */
  isWhole?: boolean | undefined
  /** Came with the page, or was ready on the line that this one replaces, and none has failed since: as good as live. */
  isFresh?: boolean | undefined
  /** What came since the topic began anew; when it is whole, the rest is gone. */
  staged?: Set<string> | undefined
  /** Keys of what it holds. */
  readonly members: Set<string>
  error?: Problem | undefined
  data?: readonly Value[] | undefined
  updatedAt: number
  position?: string
  view: View<readonly Value[]>
  /** The view that the listeners know of. */
  told: View<readonly Value[]>
  readonly listeners: Set<() => void>
}

/** What the client knows: each value once, at its newest position; and for each topic what it holds. */
export interface Store {
  readonly wall: () => number
  readonly values: Map<string, Value>
  readonly topics: Map<string, Topic>
  readonly patches: Set<Patch>
  /** Views that came with the page: what a server renders, and a browser before it goes on by itself. */
  readonly atFirst: Map<string, View<readonly Value[]>>
  readonly dirty: Set<Topic>
}

export const loading: View<readonly Value[]> = {
  data: undefined,
  status: 'loading',
  error: undefined,
  updatedAt: 0,
  position: undefined,
}

export function emptyStore(wall: () => number): Store {
  return {
    wall,
    values: new Map(),
    topics: new Map(),
    patches: new Set(),
    atFirst: new Map(),
    dirty: new Set(),
  }
}

/** What a value is told apart by, in all topics: its SKU and channel, its SKU and location, or its id. Pure. */
export function keyOf(value: Told): string {
  if ('id' in value) return value.id
  return 'channel' in value ? `${value.sku}@${value.channel}` : `${value.sku}#${value.location}`
}

/** The topic of that name, made where it is not known yet. */
export function topicOf({ topics }: Store, name: string): Topic {
  const known = topics.get(name)
  if (known) return known
  const topic: Topic = { name, members: new Set(), updatedAt: 0, view: loading, told: loading, listeners: new Set() }
  topics.set(name, topic)
  return topic
}

/** Its values have changed: whoever looks reads them again. */
export function spoil({ wall, dirty }: Store, topic: Topic): void {
  topic.data = undefined
  topic.updatedAt = wall()
  dirty.add(topic)
}

/** A value has changed, in whatever topics it is. */
export function spoilValue(store: Store, key: string): void {
  for (const topic of store.topics.values()) if (topic.members.has(key)) spoil(store, topic)
}

/** Forgets a value that no topic holds any more. */
export function sweep({ topics, values }: Store, key: string): void {
  for (const { members } of topics.values()) if (members.has(key)) return
  values.delete(key)
}

/** Forgets a topic that nobody follows any more. */
export function forget(store: Store, name: string): void {
  const topic = store.topics.get(name)
  store.topics.delete(name)
  for (const key of topic?.members ?? []) sweep(store, key)
}

/** The view of a topic: made anew only where something of it has changed. */
export function viewOf(store: Store, name: string): View<readonly Value[]> {
  const topic = store.topics.get(name)
  return topic ? look(store, topic) : loading
}

export function look(store: Store, topic: Topic): View<readonly Value[]> {
  const { error, isWhole, isReady, isFresh, updatedAt, position, view } = topic
  const status = error ? 'error' : !isWhole ? 'loading' : isReady || isFresh ? 'live' : 'stale'
  if (isWhole) topic.data ??= read(store, topic)
  const { data } = topic
  if (view.data !== data || view.status !== status || view.error !== error)
    topic.view = { data, status, error, updatedAt, position }
  return topic.view
}

function read({ values, patches }: Store, { members }: Topic): readonly Value[] {
  const shown: Value[] = []
  for (const key of members) {
    let value = values.get(key)
    for (const patch of patches) if (value && patch.key === key) value = patch.change(value)
    if (value) shown.push(value)
  }
  return shown
}

/** Tells the listeners of all topics that look otherwise than they know: what was applied together is seen together. */
export function flush(store: Store): void {
  const { dirty } = store
  for (const topic of dirty) {
    dirty.delete(topic)
    const view = look(store, topic)
    if (view === topic.told) continue
    topic.told = view
    tellAll(topic.listeners)
  }
}

/** Shows a change before it is confirmed, until what it gives is called: with the position where it was decided, or with none where it was not. */
export function patch(store: Store, key: string, change: Patch['change']): (until?: string) => void {
  const patch: Patch = { key, change }
  const { patches, values } = store
  const show = () => {
    spoilValue(store, key)
    flush(store)
  }
  patches.add(patch)
  show()
  return (until = '') => {
    patch.until = until
    // It is decided, and the feed has not told of it yet: until then it is shown.
    if (compare(until, values.get(key)?.position ?? '') > 0) return
    patches.delete(patch)
    show()
  }
}
