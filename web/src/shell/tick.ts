import { useSyncExternalStore } from 'react'
import { serverNow } from './clock.ts'

const TICK_MS = 1_000

/** A clock that components share: fresh every second while somebody looks, and still while nobody does. */
function createTick(read: () => number): (ticking: boolean) => number {
  let now = read()
  let timer: ReturnType<typeof setInterval> | undefined
  const listeners = new Set<() => void>()

  function subscribe(listener: () => void): () => void {
    listeners.add(listener)
    now = read()
    timer ??= setInterval(() => {
      now = read()
      for (const one of listeners) one()
    }, TICK_MS)
    return () => {
      listeners.delete(listener)
      if (listeners.size > 0) return
      clearInterval(timer)
      timer = undefined
    }
  }

  const stand = () => () => {}
  return function useTick(ticking) {
    return useSyncExternalStore(ticking ? subscribe : stand, () => now)
  }
}

/** Server time, ms, fresh every second while `ticking`. */
export const useServerNow = createTick(serverNow)

/** This machine's time, ms, fresh every second while `ticking`. */
export const useLocalNow = createTick(() => Date.now())
