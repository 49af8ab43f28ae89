import type { CloseCause, ResetReason } from '@cellarhand/protocol/feed'

/** What happened in a feed since it was begun. */
export interface FeedCounts {
  /** frames that were written to clients */
  frames: number
  /** connections that the server ended, by its reason */
  readonly ended: Map<CloseCause, number>
  /** topics that clients had to begin anew, by the reason */
  readonly resets: Map<ResetReason, number>
}

export const createCounts = (): FeedCounts => ({ frames: 0, ended: new Map(), resets: new Map() })

export function countOne<T>(counts: Map<T, number>, what: T): void {
  counts.set(what, (counts.get(what) ?? 0) + 1)
}
