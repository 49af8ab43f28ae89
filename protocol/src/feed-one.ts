import type { GoneOffer, Offer } from './offer.ts'

/** The wire's version: the number grows when a client of the old one could misread the new one. */
export const FEED_VERSION = 1

/**
 * The feed over Server-Sent Events, `GET /v1/feed?channel=web[&sku=A,B]`. Each frame is one event; its `event:` is `type`.
 *
 * - `hello`   first frame of a connection: the version, and whether it resumes or begins with a snapshot.
 * - `offers`  offers as they are now. Part of a snapshot: without an id. Live or resumed: its id is the cursor to resume from.
 * - `ready`   the snapshot (or what was missed) is whole; its id is the cursor.
 * - `reset`   the cursor cannot be resumed from (another epoch, too old, ahead of the log): forget all, a snapshot follows.
 * - `beat`    nothing happened, up to this cursor; sent every few seconds so that a dead line is noticed.
 */
export type FeedFrame =
  | { readonly type: 'hello'; readonly version: number; readonly mode: 'snapshot' | 'resume'; readonly channel: string }
  | { readonly type: 'offers'; readonly offers: readonly (Offer | GoneOffer)[] }
  | { readonly type: 'ready'; readonly position: string }
  | { readonly type: 'reset'; readonly reason: 'epoch' | 'too_old' | 'ahead' | 'malformed' }
  | { readonly type: 'beat'; readonly position: string; readonly at: string }

export const feedFrameTypes = [
  'hello',
  'offers',
  'ready',
  'reset',
  'beat',
] as const satisfies readonly FeedFrame['type'][]
