/** Numbers in [0, 1) from a seed: mulberry32, by Tommy Ettinger, public domain. Good enough to play a day, and the same day again. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** One of a list; undefined where it is empty. */
export function pick<T>(random: () => number, list: readonly [T, ...T[]]): T
export function pick<T>(random: () => number, list: readonly T[]): T | undefined
export function pick<T>(random: () => number, list: readonly T[]): T | undefined {
  return list[Math.floor(random() * list.length)]
}

/** So many different ones of a list, or all where it has no more. */
export function pickSome<T>(random: () => number, list: readonly T[], most: number): T[] {
  const left = [...list]
  const chosen: T[] = []
  while (chosen.length < most && left.length > 0) chosen.push(...left.splice(Math.floor(random() * left.length), 1))
  return chosen
}

/** A whole number from `least` to `most`, both included. */
export function between(random: () => number, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1))
}
