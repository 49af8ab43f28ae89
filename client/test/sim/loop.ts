/** One event loop from a seed: nothing in a simulated world happens but by it. Times in ms. */
export interface Loop {
  readonly now: () => number
  /** From 0 to below 1. */
  readonly random: () => number
  below(limit: number): number
  percent(chance: number): boolean
  pick<T>(from: readonly T[]): T
  readonly after: (ms: number, run: () => void) => () => void
  /** Lets time pass without anything happening: what was due happens when it is over. */
  sleep(ms: number): void
  /** Runs what is due within so many ms. */
  run(ms: number): Promise<void>
  pending(): number
}

interface Due {
  readonly at: number
  readonly order: number
  readonly run: () => void
  isOff?: boolean
}

export function createLoop(seed: number): Loop {
  let now = 1_000
  let order = 0
  /** The latest first. */
  const dues: Due[] = []
  const random = mulberry(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  return {
    now: () => now,
    random,
    below,
    percent: (chance) => below(100) < chance,
    pick: (from) => from[below(from.length)]!,
    after(ms, run) {
      const due: Due = { at: now + Math.max(0, ms), order: (order += 1), run }
      let at = dues.length
      while (at > 0 && isBefore(dues[at - 1]!, due)) at -= 1
      dues.splice(at, 0, due)
      return () => {
        due.isOff = true
      }
    },
    sleep(ms) {
      now += ms
    },
    async run(ms) {
      const end = now + ms
      for (;;) {
        await settled()
        const next = dues.at(-1)
        if (!next || next.at > end) break
        dues.pop()
        if (next.isOff) continue
        now = Math.max(now, next.at)
        next.run()
      }
      now = Math.max(now, end)
    },
    pending: () => dues.filter(({ isOff }) => !isOff).length,
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

/** All promises that can go on have gone on. */
function settled(): Promise<void> {
  return new Promise((go) => setImmediate(go))
}

/** A small generator of good enough chance: mulberry32. */
function mulberry(seed: number): () => number {
  let state = seed * 2_654_435_761
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
