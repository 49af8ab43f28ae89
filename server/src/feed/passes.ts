import type { Live } from '../replica/replica.ts'
import { framed, standOf } from './follow.ts'
import type { Frame } from './frame.ts'
import { cursorAt } from './items.ts'
import type { Follow, Followed } from './kept.ts'

/**
 * A walk over all followers of a topic, with one frame for all of them. The next begins when it is done, with what is newest then: however hot a SKU and
 * however many its followers, no frame ever waits behind another.
 */
export interface Pass {
  readonly followed: Followed
  /** who was sent less than this up to has missed nothing of what the frame is behind */
  readonly from: number
  readonly to: number
  /** undefined: too much for one frame, each follower walks over the topic by itself */
  readonly frame: Frame | undefined
  readonly followers: Iterator<Follow>
}

/** Begins with all that has changed, as it is now. */
export function beginPass(live: Live, followed: Followed): Pass {
  const to = standOf(live, followed)
  const { changed, items, unchangedTo: from } = followed
  followed.changed = new Set()
  followed.unchangedTo = to
  const isMuch = changed === 'much' || (items.type === 'entries' && !items.reachesTo(from))
  const frame = isMuch ? undefined : framed(followed, [...changed], cursorAt(live, to))
  return { followed, from, to, frame, followers: followed.followers.values() }
}

/** Something of a topic changed after position `previous`, and up to `position`. */
export function noteChange(followed: Followed, key: number, previous: number, position: number): void {
  const { changed, pageMax } = followed
  if (changed !== 'much') {
    if (changed.size === 0) followed.unchangedTo = Math.max(previous, followed.changedAt)
    if (changed.size >= pageMax && !changed.has(key)) followed.changed = 'much'
    else changed.add(key)
  }
  followed.changedAt = position
}

/** Anything of a topic may have. */
export function noteMuch(followed: Followed, previous: number, position: number): void {
  if (followed.changed !== 'much' && followed.changed.size === 0)
    followed.unchangedTo = Math.max(previous, followed.changedAt)
  followed.changed = 'much'
  followed.changedAt = position
}

export const isDirty = ({ changed }: Followed): boolean => changed === 'much' || changed.size > 0

/**
 * What a pass is to one follower: `skip` it, it walks by itself or has seen more already; `send` it the frame; or it is `behind`, since its line is full, or it came in
 * the midst of what the frame tells.
 */
export function passTo({ from, to, frame }: Pass, follow: Follow, isOpen: boolean): 'skip' | 'send' | 'behind' {
  const { at, sweep, waiting } = follow
  if (waiting || sweep !== undefined || at === undefined || at >= to) return 'skip'
  if (!isOpen || frame === undefined || at > from) return 'behind'
  follow.at = to
  return 'send'
}
