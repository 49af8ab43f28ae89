import { dropBeyond } from './record.ts'
import type { Sign } from './sign.ts'

/** Eight pauses in a row that are as long as each other: no hand does that. */
const PAUSES = 8
/** As far as they may differ: what a network and a busy server add to a program's clock. A hand's differ by a hundred and more. */
const SPREAD_MAX_MS = 8
/** What comes faster is one click with many bottles, or a page that sends them behind one another; there rates have an end. */
const PAUSE_MIN_MS = 100
/** Callers whose last calls are remembered: some 2 MB. */
const CALLERS_MAX = 10_000

/** A light that comes on is answered by a hand after 200 ms at the earliest, and here it has to be seen on a page before. */
const REFLEX_MS = 150
/** What was gone for less is a cart that somebody let go: that happens all the time, and whoever clicks often hits it by chance. */
const DRY_MIN_MS = 5_000
/** Levels that are known to be empty, and SKUs that came back: some 2 MB each. */
const LEVELS_MAX = 10_000

/** What of a transaction says how many bottles there are: `sku, location, available` and more. */
export type LevelsOf = {
  readonly levels?: readonly (readonly [sku: string, location: string, available: number, ...unknown[]])[]
}

/** Tells paces that no hand has. */
export interface Paces {
  /** Levels have changed. */
  follows(changes: LevelsOf): void
  /** Somebody asks to hold some SKUs: what that says of them. */
  asked(subject: string, skus: readonly string[]): readonly Sign[]
}

/** @param nowMs ms since 1970; fractions are welcome */
export function createPaces(nowMs: () => number): Paces {
  const dry = new Map<string, number>()
  const cameBack = new Map<string, number>()
  const calls = new Map<string, number[]>()
  return {
    follows({ levels = [] }) {
      for (const [sku, location, available] of levels) {
        if (available > 0 && dry.size === 0) continue
        follow({ dry, cameBack }, { sku, level: `${sku}\n${location}`, available }, nowMs())
      }
    },
    asked(subject, skus) {
      const atMs = nowMs()
      const isReflex = skus.some((sku) => atMs - (cameBack.get(sku) ?? -Infinity) <= REFLEX_MS)
      return [
        ...(isReflex ? [{ party: subject, kind: 'reflex', atMs } as const] : []),
        ...(isRhythm(calls, subject, atMs) ? [{ party: subject, kind: 'rhythm', atMs } as const] : []),
      ]
    },
  }
}

function follow(
  { dry, cameBack }: { readonly dry: Map<string, number>; readonly cameBack: Map<string, number> },
  { sku, level, available }: { readonly sku: string; readonly level: string; readonly available: number },
  atMs: number,
): void {
  const since = dry.get(level)
  if (available <= 0) {
    dry.set(level, since ?? atMs)
    return dropBeyond(dry, LEVELS_MAX)
  }
  dry.delete(level)
  if (since === undefined || atMs - since < DRY_MIN_MS) return
  cameBack.delete(sku)
  cameBack.set(sku, atMs)
  dropBeyond(cameBack, LEVELS_MAX)
}

/** Whether the last calls came at even intervals. Each call counts for one such row only. */
function isRhythm(calls: Map<string, number[]>, subject: string, atMs: number): boolean {
  const known = [...(calls.get(subject) ?? []), atMs]
  calls.delete(subject)
  const isEven = known.length > PAUSES && areEven(known)
  calls.set(subject, isEven ? [atMs] : known.slice(-PAUSES))
  dropBeyond(calls, CALLERS_MAX)
  return isEven
}

function areEven(times: readonly number[]): boolean {
  const pauses = times.slice(1).map((time, index) => time - (times[index] ?? time))
  const shortest = Math.min(...pauses)
  return shortest >= PAUSE_MIN_MS && Math.max(...pauses) - shortest <= SPREAD_MAX_MS
}
