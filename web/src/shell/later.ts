import { useEffect, useSyncExternalStore } from 'react'

/** Wait before a part that could not be fetched is asked for again, ms. */
const FETCH_AGAIN_MS = 5_000

/**
 * A part of the page in a file of its own, fetched after the first view. Answers a hook: undefined until the part is here. `afterMs` is how
 * long to wait before fetching it; a part that could not be fetched is asked for again.
 */
export function createLater<T>(load: () => Promise<T>): (afterMs: number) => T | undefined {
  let part: T | undefined
  let under = false
  const listeners = new Set<() => void>()

  function fetchPart(): void {
    if (under || part !== undefined) return
    under = true
    load().then(
      (loaded) => {
        part = loaded
        for (const listener of listeners) listener()
      },
      () => {
        under = false
        setTimeout(fetchPart, FETCH_AGAIN_MS)
      },
    )
  }

  function subscribe(listener: () => void): () => void {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  return function useLater(afterMs) {
    useEffect(() => {
      const timer = setTimeout(fetchPart, afterMs)
      return () => clearTimeout(timer)
    }, [afterMs])
    return useSyncExternalStore(subscribe, () => part)
  }
}
