import type { Chance } from './chance.ts'

/** Time that passes only when nothing is left to do at an instant. Milliseconds. */
export interface Clock {
  nowMs(): number
  /** Runs once after so long; the answer calls it off. */
  after(ms: number, run: () => void): () => void
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Lets time pass until `isOver`; throws where that takes longer than `mostMs`, or where nothing is left that could happen. */
  runUntil(isOver: () => boolean, mostMs: number): Promise<void>
}

interface Event {
  readonly atMs: number
  /** What orders the events of one instant: drawn, so that seeds differ in it. */
  readonly lot: number
  run: (() => void) | undefined
}

export function createClock(chance: Chance): Clock {
  let nowMs = 1_000
  const events: Event[] = []
  const after: Clock['after'] = (ms, run) => {
    const event: Event = { atMs: nowMs + Math.max(0, ms), lot: chance.below(1_000_000), run }
    insert(events, event)
    return () => {
      event.run = undefined
    }
  }
  return {
    nowMs: () => nowMs,
    after,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve()
        const abort = () => {
          callOff()
          resolve()
        }
        const callOff = after(ms, () => {
          signal?.removeEventListener('abort', abort)
          resolve()
        })
        signal?.addEventListener('abort', abort, { once: true })
      }),
    runUntil: async (isOver, mostMs) => {
      const endMs = nowMs + mostMs
      await settled()
      while (!isOver()) {
        const event = events.pop()
        if (!event) throw new Error('nothing is left that could happen, and it is not over')
        if (!event.run) continue
        if (event.atMs > endMs) throw new Error(`not over after ${mostMs} ms`)
        nowMs = event.atMs
        event.run()
        await settled()
      }
    },
  }
}

/** The next to happen is last. */
function insert(events: Event[], event: Event): void {
  let low = 0
  let high = events.length
  while (low < high) {
    const middle = (low + high) >> 1
    const other = events[middle] as Event
    if (other.atMs > event.atMs || (other.atMs === event.atMs && other.lot > event.lot)) low = middle + 1
    else high = middle
  }
  events.splice(low, 0, event)
}

/** Until all promises that can be settled are: the loop's own queue comes behind theirs. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
