import { useSyncExternalStore } from 'react'
import { parseSearch, printSearch, type SearchState } from './search-state.ts'

/** How long typing may pause and still be the same step of the history, ms. */
const SAME_STEP_MS = 2_000

let state = parseSearch(location.search)
let lastTypedAt = Number.NEGATIVE_INFINITY
const listeners = new Set<() => void>()

addEventListener('popstate', () => {
  lastTypedAt = Number.NEGATIVE_INFINITY
  set(parseSearch(location.search))
})

function set(next: SearchState): void {
  state = next
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** The search in the address; the component renders again when it changes. */
export function useSearch(): SearchState {
  return useSyncExternalStore(subscribe, () => state)
}

/** Changes the search and the address with it. Typing in one go is one step back; everything else is a step of its own. */
export function changeSearch(change: (state: SearchState) => SearchState, { typed = false } = {}): void {
  const next = change(state)
  const now = Date.now()
  const sameStep = typed && now - lastTypedAt < SAME_STEP_MS
  lastTypedAt = typed ? now : Number.NEGATIVE_INFINITY
  const url = `${location.pathname}${printSearch(next)}`
  if (url !== `${location.pathname}${location.search}`) {
    if (sameStep) history.replaceState(null, '', url)
    else history.pushState(null, '', url)
  }
  set(next)
}
