import type { ResetReason } from '@cellarhand/protocol/feed'
import { formatPosition, parsePosition } from '../log/log.ts'
import type { Live, OfferTopic } from '../replica/replica.ts'
import type { EntryItems } from './entry-items.ts'

export interface PageQuery {
  /** only what changed after this position, what is gone included; undefined: all there is, and nothing gone */
  readonly since: number | undefined
  /** the name that the page before ended with */
  readonly after: string | undefined
  readonly limit: number
}

/** A page of a topic; `next` is what the following one begins after, undefined behind the last. A page may be empty, and not the last. */
export interface Page {
  readonly keys: readonly number[]
  readonly next: string | undefined
}

/** What a topic holds: things that have a number each, and change. */
export interface Items {
  readonly type: 'offers' | 'levels' | 'hold'
  page(query: PageQuery): Page
  /** One of them, or that it is gone, as JSON, as it is now. */
  text(key: number): string
  /** What pages are ordered by. */
  nameOf(key: number): string
  /** from this position on it is known what left */
  horizon(): number
}

/** Offers of one SKU, or of a whole channel: the replica has them. */
export function offerItems(live: Live, query: OfferTopic): Items {
  return {
    type: 'offers',
    page: (page) => {
      const { rows, next } = live.offerKeys({ ...query, ...page })
      return { keys: rows, next }
    },
    text: (key) => live.offerJsonOf(key),
    nameOf: (key) => live.skuOf(key),
    horizon: () => live.horizon(),
  }
}

/** Levels of a location. None ever leaves. */
export function levelItems(live: Live, location: string): Items {
  return {
    type: 'levels',
    page: (page) => live.levelKeys({ location, ...page }),
    text: (key) => live.levelJsonOf(key),
    nameOf: (key) => live.skuOfLevel(key),
    horizon: () => 0,
  }
}

type Cursor = { readonly number: number } | { readonly refused: Exclude<ResetReason, 'rebuilt'> }

/** The position of a cursor, or why it cannot be gone on from. */
export function readCursor(live: Live, items: Items | EntryItems, cursor: string): Cursor {
  const parts = parsePosition(cursor)
  if (parts === undefined) return { refused: 'malformed' }
  if (parts.epoch !== live.epoch()) return { refused: 'epoch' }
  if (parts.number > live.positionNumber()) return { refused: 'ahead' }
  if (parts.number >= items.horizon()) return { number: parts.number }
  return { refused: items.type === 'entries' ? 'expired' : 'too_old' }
}

/** A part of a position, as what is found again has, is not told: who comes back from there is sent it once more. */
export const cursorAt = (live: Live, number: number): string => formatPosition(live.epoch(), Math.floor(number))
