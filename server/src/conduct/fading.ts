/** What somebody did counts half as much after this long: a bad hour is forgotten in an afternoon, and nobody waits out a bot's patience in minutes. */
export const HALF_LIFE_MS = 3_600_000

/** A sum of which each part counts less and less. */
export interface Fading {
  value: number
  /** as of when, ms since 1970 */
  atMs: number
}

export const nothing = (): Fading => ({ value: 0, atMs: 0 })

const kept = (ms: number): number => 0.5 ** (Math.max(0, ms) / HALF_LIFE_MS)

/** What is left of it at a moment. */
export const leftOf = ({ value, atMs }: Fading, nowMs: number): number => value * kept(nowMs - atMs)

/** Adds something that happened at a moment, in whatever order it is heard of. */
export function add(to: Fading, amount: number, atMs: number): void {
  const asOfMs = Math.max(to.atMs, atMs)
  to.value = leftOf(to, asOfMs) + amount * kept(asOfMs - atMs)
  to.atMs = asOfMs
}
