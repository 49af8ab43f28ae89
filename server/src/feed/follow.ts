import { FEED_VERSION, type ResetReason } from '@cellarhand/protocol/feed'
import { frameOf, valuesFrame, type Frame } from './frame.ts'
import type { EntryItems } from './entry-items.ts'
import { cursorAt, type Items, type Page } from './items.ts'
import type { Live } from '../replica/replica.ts'
import type { Follow, Followed, Mark, Session, Sweep } from './kept.ts'

export function createFollow(followed: Followed, session: Session): Follow {
  return { followed, session, at: undefined, sweep: undefined, whole: false, resumed: false, waiting: false }
}

/** Begins with a snapshot, or behind a position that all is known up to. */
export function beginFollow(follow: Follow, since: number | undefined): void {
  follow.at = since
  follow.whole = false
  follow.resumed = since !== undefined
  startSweep(follow)
}

/** Leaves the passes: what comes from now on it is sent by itself. */
export function startSweep(follow: Follow): void {
  follow.sweep = { since: [{ upTo: undefined, at: follow.at }], marks: [], after: undefined }
}

/** Where a topic stands now. */
export function standOf(live: Live, { changedAt, items }: Followed): number {
  return items.type === 'entries' ? items.knownTo() : Math.max(live.positionNumber(), changedAt)
}

/**
 * Where a follow stands: up to where all that changed is sent; undefined: it has not begun. Where it has missed nothing it moves on with the log for good: what a client
 * was told that it stands at it may not be told to stand before.
 */
export function moveOn(follow: Follow, now: number): number | undefined {
  const { at, sweep, waiting, followed } = follow
  if (sweep !== undefined || waiting || at === undefined || at < followed.changedAt) return at
  const stand = followed.items.type === 'entries' ? Math.max(at, followed.items.knownTo()) : now
  follow.at = Math.max(at, stand)
  return stand
}

/** What is left of a sweep: more of it, nothing, or what has to be read first. */
export type Rest = 'more' | 'none' | 'unread'

/** Writes the next page of a sweep. */
export function sweepPage(live: Live, follow: Follow, write: (frame: Frame) => void): Rest {
  const { sweep, followed } = follow
  const { items } = followed
  if (sweep === undefined) return 'none'
  if (items.type === 'entries') return sweepEntries(live, follow, items, write)
  const page = pageOf(items, followed.pageMax, sweep)
  addMark(sweep.marks, { upTo: page.next, at: standOf(live, followed) })
  sweep.after = page.next
  if (page.next === undefined) endSweep(follow, sweep)
  const cursor = page.next === undefined && follow.whole ? cursorOf(live, follow) : undefined
  if (page.keys.length > 0) write(framed(followed, page.keys, cursor))
  if (page.next === undefined) tellWhole(live, follow, write)
  return follow.sweep === undefined ? 'none' : 'more'
}

/** Entries that are behind, each with a cursor: what was sent must not come twice, and in their order nothing can be left out before it. */
function sweepEntries(live: Live, follow: Follow, items: EntryItems, write: (frame: Frame) => void): Rest {
  const page = items.behind((follow.at ??= items.knownTo()))
  if (page === undefined) return 'unread'
  follow.at = page.to
  if (!page.more) follow.sweep = undefined
  if (page.texts.length > 0) write(valuesFrame('entries', follow.followed.name, page.texts, cursorOf(live, follow)))
  if (!page.more) tellWhole(live, follow, write)
  return page.more ? 'more' : 'none'
}

function tellWhole(live: Live, follow: Follow, write: (frame: Frame) => void): void {
  if (follow.whole) return
  follow.whole = true
  const { resumed, followed } = follow
  write(frameOf({ type: 'ready', topic: followed.name, resumed, cursor: cursorOf(live, follow) }))
}

const cursorOf = (live: Live, { at }: Follow): string => cursorAt(live, at ?? 0)

/** The values of some things as they are now. */
export function framed({ items, name }: Followed, keys: readonly number[], cursor: string | undefined): Frame {
  const texts = keys.map((key) => items.text(key))
  return valuesFrame(items.type, name, texts, cursor)
}

/** A page within one of the marks of the walk before. */
function pageOf(items: Items, pageMax: number, { since, after }: Sweep): Page {
  const mark = since.find(({ upTo }) => upTo === undefined || after === undefined || upTo > after)
  const page = items.page({ since: mark?.at, after, limit: pageMax })
  const upTo = mark?.upTo
  if (upTo === undefined || (page.next !== undefined && page.next <= upTo)) return page
  return { keys: page.keys.filter((key) => items.nameOf(key) <= upTo), next: upTo }
}

/** Pages that were read at one position are one mark. */
function addMark(marks: Mark[], mark: Mark): void {
  if (marks.at(-1)?.at === mark.at) marks.pop()
  marks.push(mark)
}

/** What the first page was read at, all of it is sent up to. Another walk where something has changed since. */
function endSweep(follow: Follow, { marks }: Sweep): void {
  follow.at = marks[0]?.at
  const isLate = follow.at === undefined || follow.followed.changedAt > follow.at
  follow.sweep = isLate ? { since: marks, marks: [], after: undefined } : undefined
}

export const resetFrame = (topic: string, reason: ResetReason): Frame => frameOf({ type: 'reset', topic, reason })

export const welcomeFrame = (live: Live, pingMs: number): Frame =>
  frameOf({ type: 'welcome', version: FEED_VERSION, epoch: live.epoch(), head: live.position(), pingMs })
