import type { Timers } from '../src/replica/replica.ts'

export interface FakeTimers extends Timers {
  /** Lets time pass, and runs what falls due in it, in order. */
  advance(ms: number): void
}

/** Time that passes only when it is told to. */
export function createFakeTimers(): FakeTimers {
  let nowMs = 0
  const due = new Set<{ readonly atMs: number; readonly run: () => void }>()
  return {
    nowMs: () => nowMs,
    after(ms, run) {
      const alarm = { atMs: nowMs + ms, run }
      due.add(alarm)
      return () => due.delete(alarm)
    },
    soon: (run) => void due.add({ atMs: nowMs, run }),
    advance(ms) {
      const untilMs = nowMs + ms
      for (;;) {
        const next = [...due].toSorted((a, b) => a.atMs - b.atMs)[0]
        if (next === undefined || next.atMs > untilMs) break
        due.delete(next)
        nowMs = next.atMs
        next.run()
      }
      nowMs = untilMs
    },
  }
}
