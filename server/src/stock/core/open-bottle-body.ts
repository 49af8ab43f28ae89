import { instant } from './answer.ts'

/** A pour as it is remembered with its bottle. */
export interface PourLine {
  readonly ml: number
  readonly atMs: number
  readonly reference?: string
}

/**
 * A bottle that was opened, in millilitres. What left it is `pouredMl` alone; the other figures follow from it and from the state, so that the order
 * in which pours are heard of, before or after the bottle was discarded, comes to the same.
 */
export interface OpenBottleBody {
  readonly sku: string
  readonly location: string
  readonly formatMl: number
  /** What a pour is that does not say how much. */
  readonly servingMl?: number
  /** How it is kept: a stopper, argon, a needle. */
  readonly preservation?: string
  readonly openedAtMs: number
  readonly discardByMs: number
  readonly pouredMl: number
  /** Of what was poured, what is more than the bottle had by its format. */
  readonly overMl: number
  readonly leftMl: number
  readonly discardedMl: number
  /** How many pours there were; the newest of them are in `pours`. */
  readonly servings: number
  readonly pours: readonly PourLine[]
  readonly discardedAtMs?: number
  readonly discardReason?: string
}

/** An open bottle's members as the protocol has them; without its pours, which are shown where one bottle is asked for. */
export function bottleShown({
  openedAtMs,
  discardByMs,
  discardedAtMs,
  pours: _pours,
  ...shown
}: OpenBottleBody): object {
  return {
    ...shown,
    openedAt: instant(openedAtMs * 1_000),
    discardBy: instant(discardByMs * 1_000),
    ...(discardedAtMs === undefined ? {} : { discardedAt: instant(discardedAtMs * 1_000) }),
  }
}

/** The newest pours of a bottle, newest first. */
export function poursShown({ pours }: OpenBottleBody): object[] {
  return pours.toReversed().map(({ atMs, ...pour }) => ({ ...pour, at: instant(atMs * 1_000) }))
}
