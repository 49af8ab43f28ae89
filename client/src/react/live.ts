import type { Problem } from '@cellarhand/protocol/problem'
import { createContext, createElement, useContext, useMemo, useSyncExternalStore, type ReactNode } from 'react'
import type { Cellarhand, Followed, Status, View } from '../client.ts'

/** Something that is kept up to date, and how far it can be trusted. */
export interface Live<T> {
  readonly data?: T | undefined
  readonly status: Status
  readonly error?: Problem | undefined
  /** By the device's clock, ms since 1970; 0 before there are any data. */
  readonly updatedAt: number
  readonly position: string | undefined
  /** Asks for all of it anew. */
  readonly refetch: () => void
}

const Context = createContext<Cellarhand | undefined>(undefined)

/** Gives the hooks below it their client: one for a page, made outside of any component. */
export function CellarhandProvider({
  client,
  children,
}: {
  readonly client: Cellarhand
  readonly children?: ReactNode
}) {
  return createElement(Context.Provider, { value: client }, children)
}

export function useCellarhand(): Cellarhand {
  const client = useContext(Context)
  if (!client) throw new Error('Put a CellarhandProvider around what uses the cellar.')
  return client
}

/** Several topics as one thing to subscribe to: what it gives stays the same until one of them changes. */
export interface Joined<T> {
  readonly subscribe: (tell: () => void) => () => void
  readonly views: () => Views<T>
  readonly viewsAtFirst: () => Views<T>
  readonly refetch: () => void
}
interface Views<T> {
  readonly all: readonly View<readonly T[]>[]
  /** Why they cannot be followed. */
  readonly refused: Problem | undefined
}

function joined<T>(topics: readonly Followed<T>[]): Joined<T> {
  let last: Views<T> = { all: [], refused: undefined }
  let refused: Problem | undefined
  const read = (all: Views<T>['all']) => {
    const isSame =
      last.refused === refused && all.length === last.all.length && all.every((view, at) => view === last.all[at])
    return isSame ? last : (last = { all, refused })
  }
  return {
    subscribe(tell) {
      const offs: (() => void)[] = []
      try {
        for (const topic of topics) offs.push(topic.subscribe(tell))
        refused = undefined
      } catch (error) {
        refused = { type: 'too-many-topics', title: 'Too many topics', status: 0, detail: (error as Error).message }
        tell()
      }
      return () => offs.forEach((off) => off())
    },
    views: () => read(topics.map((topic) => topic.view())),
    viewsAtFirst: () => read(topics.map((topic) => topic.viewAtFirst())),
    refetch: () => topics.forEach((topic) => topic.refetch()),
  }
}

/** Follows topics as long as the component is there: `name` says which, and `of` makes them. The data are those of all. */
export function useTopics<T>(name: string, of: (client: Cellarhand) => readonly Followed<T>[]): Live<readonly T[]> {
  const client = useCellarhand()
  // `of` is a new function each time, and `name` says all that it depends on.
  const topics = useMemo(() => joined(of(client)), [client, name])
  const views = useSyncExternalStore(topics.subscribe, topics.views, topics.viewsAtFirst)
  return useMemo(() => liveOf(views, topics.refetch), [views, topics])
}

function liveOf<T>({ all, refused }: Views<T>, refetch: () => void): Live<readonly T[]> {
  const status = refused
    ? 'error'
    : ((['error', 'loading', 'stale'] as const).find((one) => all.some((view) => view.status === one)) ?? 'live')
  const newest = all.reduce<View<readonly T[]> | undefined>(
    (a, b) => (a && a.updatedAt >= b.updatedAt ? a : b),
    undefined,
  )
  return {
    data: all.some(({ data }) => data) ? all.flatMap(({ data = [] }) => data) : undefined,
    status,
    error: refused ?? all.find(({ error }) => error)?.error,
    updatedAt: newest?.updatedAt ?? 0,
    position: newest?.position,
    refetch,
  }
}
