import { sleep } from '../platform/loop.ts'

/** A restart of PostgreSQL takes about half a second, so the first tries are close together. */
const firstDelayMs = 50
/** Long enough not to load a database that is down, short enough to be back within a second of it. */
const longestDelayMs = 1_000

/** Waits between tries: longer each time up to a second, from the start again after `reset`. */
export interface Backoff {
  reset(): void
  wait(signal: AbortSignal): Promise<void>
}

/** A fresh row of waits. */
export function createBackoff(): Backoff {
  let delayMs = firstDelayMs
  return {
    reset() {
      delayMs = firstDelayMs
    },
    async wait(signal) {
      await sleep(delayMs, signal)
      delayMs = Math.min(delayMs * 2, longestDelayMs)
    },
  }
}
