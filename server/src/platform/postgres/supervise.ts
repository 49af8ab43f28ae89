import { sleep } from '../loop.ts'
import { messageOf } from '../setup-error.ts'
import type { Postmaster } from './postmaster.ts'

/** Attempts to bring PostgreSQL back without it having stayed up in between, before it is given up; with the waits below, about a minute. */
const maxRestarts = 10
/** A postmaster that was up for this long has recovered; the count begins anew. */
const steadyAfterMs = 60_000
const defaultWaitsMs = [0, 250, 1_000, 2_000, 5_000, 10_000]

/** A postmaster that is brought back when it ends without being asked to. */
export type Supervised = {
  /** The postmaster of this moment. */
  current(): Postmaster
  /** Settles the supervisor; resolves with the postmaster to stop, none where it is down. */
  release(): Promise<Postmaster | undefined>
  /** Resolves with a sentence if it was given up. Pending for ever otherwise. */
  givenUp: Promise<string>
}

type Options = {
  restart: (previous: Postmaster) => Promise<Postmaster>
  say: (line: string) => void
  /** Milliseconds to wait before the first attempt, the second, and so on; the last one stays. */
  waitsMs?: readonly number[]
}

/** Watches a postmaster and starts another in its place when it is killed or crashes, by `restart`, a bounded number of times. */
export function supervise(first: Postmaster, options: Options): Supervised {
  const released = new AbortController()
  const releasing = new Promise<void>((resolve) => released.signal.addEventListener('abort', () => resolve()))
  const bringBack = createRestarts(options, released.signal)
  let giveUp: (reason: string) => void = () => {}
  const givenUp = new Promise<string>((resolve) => (giveUp = resolve))
  let current = first
  let up = true

  async function watch(): Promise<void> {
    while (up) {
      const how = await Promise.race([current.ended, releasing])
      if (how === undefined) return
      up = false
      options.say(`PostgreSQL ended unexpectedly (${how}); starting it again.`)
      const outcome = await bringBack(current)
      if (typeof outcome === 'object') {
        current = outcome
        up = true
      } else if (outcome !== 'released') giveUp(outcome)
    }
  }

  const watching = watch()
  return {
    current: () => current,
    release: async () => {
      released.abort()
      await watching
      return up ? current : undefined
    },
    givenUp,
  }
}

/** How to bring a postmaster back: resolves with the new one, with `released`, or with why it was given up. */
function createRestarts({ restart, say, waitsMs = defaultWaitsMs }: Options, released: AbortSignal) {
  let failures = 0
  let upSinceMs = performance.now()
  return async (previous: Postmaster): Promise<Postmaster | string> => {
    if (performance.now() - upSinceMs > steadyAfterMs) failures = 0
    let reason = 'it was killed again and again'
    while (failures < maxRestarts) {
      await sleep(waitsMs[Math.min(failures, waitsMs.length - 1)] ?? 0, released)
      if (released.aborted) return 'released'
      failures += 1
      try {
        const next = await restart(previous)
        upSinceMs = performance.now()
        say('PostgreSQL is back; all that was confirmed is there.')
        return next
      } catch (error) {
        reason = messageOf(error)
        say(`PostgreSQL could not be started again: ${reason}`)
      }
    }
    return `PostgreSQL ended and ${maxRestarts} attempts did not bring it back: ${reason}`
  }
}
