/** Randomness from a seed: the same seed, the same world. */
export interface Chance {
  /** A whole number from 0 up to, and not with, the bound. */
  below(bound: number): number
  /** Whether something happens that does so in `percent` of cases. */
  percent(percent: number): boolean
  pick<T>(list: readonly T[]): T
}

/** mulberry32: small, quick, and good enough to shuffle events with. */
export function createChance(seed: number): Chance {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    below: (bound) => Math.floor(next() * bound),
    percent: (percent) => next() * 100 < percent,
    pick: <T>(list: readonly T[]) => list[Math.floor(next() * list.length)] as T,
  }
}
