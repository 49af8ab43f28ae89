/** Time as a door: a simulation brings its own. All in milliseconds. */
export interface Timers {
  nowMs(): number
  /** Runs `run` once after `ms`; the answer calls it off. */
  after(ms: number, run: () => void): () => void
  /** Runs `run` once when what is under way has had its turn. */
  soon(run: () => void): void
}

/** What waits for a time, and never for a turn. */
export type Alarms = Pick<Timers, 'nowMs' | 'after'>

/** The machine's. A timer of ours never keeps the process alive. */
export const systemTimers: Timers = {
  nowMs: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
  soon: (run) => void setImmediate(run),
}
