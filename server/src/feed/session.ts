import type { CloseCause, ResetReason } from '@cellarhand/protocol/feed'
import type { Live } from '../replica/replica.ts'
import { countOne, type FeedCounts } from './counts.ts'
import { beginFollow, moveOn, resetFrame, startSweep, sweepPage } from './follow.ts'
import { frameOf, type Frame } from './frame.ts'
import type { Permit } from './guard.ts'
import { cursorAt } from './items.ts'
import type { Sink } from './sink.ts'
import type { Follow, Session } from './kept.ts'

/** Bytes that may wait in a socket: what is changed meanwhile waits outside, where only its newest value costs something. */
export const bufferedMax = 65_536
/** A client that takes nothing for this long is better served by coming back. */
export const slowAfterMs = 30_000
/** A sign of life at least so often: a client that heard nothing for twice this may take the line for dead. */
export const pingEveryMs = 10_000
/** The cursors of topics in which nothing happens move on so often. */
export const progressEveryMs = 5_000

/** What a session is made of. */
export interface SessionDoor {
  readonly live: Live
  readonly sink: Sink
  readonly permit: Permit
  readonly counts: FeedCounts
  readonly nowMs: number
  readonly lifetimeMs?: number | undefined
}

export function createSession({ live, sink, permit, counts, nowMs, lifetimeMs = Infinity }: SessionDoor): Session {
  const follows = new Map<string, Follow>()
  return {
    sink,
    follows,
    behind: new Set(),
    cursor: () => connectionCursor(live, follows.values()),
    counts,
    permit,
    endsAtMs: nowMs + lifetimeMs,
    blockedSinceMs: undefined,
    progressedAtMs: nowMs,
    pingedAtMs: nowMs,
    progressAt: -1,
    closed: false,
  }
}

/** `EPOCH.N`, and behind it the topics that do not stand at N, by their place; undefined where none has anything to go on from. */
function connectionCursor(live: Live, follows: Iterable<Follow>): string | undefined {
  const now = live.positionNumber()
  let text = cursorAt(live, now)
  let place = 0
  let known = 0
  for (const follow of follows) {
    const at = moveOn(follow, now)
    if (at !== undefined) known += 1
    if (at !== now) text += `,${place}:${at === undefined ? '-' : Math.floor(at)}`
    place += 1
  }
  return known === 0 && place > 0 ? undefined : text
}

/** Whether a frame may be written now. */
export function isOpen(session: Session): boolean {
  return !session.closed && session.blockedSinceMs === undefined
}

export function write(session: Session, frame: Frame, nowMs: number): void {
  if (session.closed) return
  session.counts.frames += 1
  session.sink.write(frame, session.cursor)
  if (session.blockedSinceMs === undefined && session.sink.buffered() >= bufferedMax) session.blockedSinceMs = nowMs
}

/**
 * Writes one page of what is behind. Answers whether there is more that the sink would take.
 *
 * @param read sees to it that what a follow comes to next is there, and then has it catch up again
 */
export function catchUp(live: Live, session: Session, nowMs: number, read: (follow: Follow) => void): boolean {
  if (!isOpen(session)) return false
  for (const follow of session.behind) {
    // To the end of the line, so that a channel of a million offers does not hold up one bottle.
    session.behind.delete(follow)
    const rest = sweepPage(live, follow, (frame) => write(session, frame, nowMs))
    if (rest === 'more') session.behind.add(follow)
    if (rest === 'unread') read(follow)
    // It may stand below what was told while it was not whole, and nothing else may come.
    if (follow.followed.items.type === 'entries') session.progressAt = -1
    break
  }
  return session.behind.size > 0 && isOpen(session)
}

/** From here on this follow is sent what changes by itself. */
export function fallBehind(session: Session, follow: Follow): void {
  startSweep(follow)
  session.behind.add(follow)
}

/** Tells the client to forget what it has of a topic, and begins anew. */
export function resetFollow(session: Session, follow: Follow, reason: ResetReason, nowMs: number): void {
  countOne(session.counts.resets, reason)
  write(session, resetFrame(follow.followed.name, reason), nowMs)
  beginFollow(follow, undefined)
  session.behind.add(follow)
}

/** Frames of one look after all sessions, made once. */
export interface Signs {
  readonly ping: Frame
  readonly progress: Frame
  readonly position: number
  readonly nowMs: number
}

export function signsOf(live: Live, nowMs: number): Signs {
  return {
    ping: frameOf({ type: 'ping', head: live.position(), at: new Date(nowMs).toISOString() }),
    progress: frameOf({ type: 'progress', cursor: live.position() }),
    position: live.positionNumber(),
    nowMs,
  }
}

/** Looks after a session: ends one that takes nothing, moves the others' cursors on, and gives a sign of life. */
export function tend(session: Session, { ping, progress, position, nowMs }: Signs): void {
  const { expiresAtMs = Infinity } = session.permit
  if (nowMs >= expiresAtMs || session.permit.isOver()) return end(session, 'tokenExpired')
  if (nowMs >= session.endsAtMs) return rotate(session, nowMs)
  if (session.blockedSinceMs !== undefined) {
    if (nowMs - session.blockedSinceMs >= slowAfterMs) end(session, 'slow')
    return
  }
  const isDue = nowMs - session.progressedAtMs >= progressEveryMs && session.progressAt !== position
  if (isDue && isSettled(session, position)) {
    session.progressedAtMs = nowMs
    session.progressAt = position
    write(session, progress, nowMs)
  }
  if (isOpen(session) && nowMs - session.pingedAtMs >= pingEveryMs) {
    session.pingedAtMs = nowMs
    write(session, ping, nowMs)
  }
}

/** A line that lasts for ever is one that no deployment moves and no balancer spreads. */
function rotate(session: Session, nowMs: number): void {
  if (isOpen(session)) write(session, frameOf({ type: 'reconnect', afterMs: 0 }), nowMs)
  end(session, 'rotated')
}

/** Whether all topics that are whole are so up to a position. */
function isSettled({ follows }: Session, position: number): boolean {
  for (const follow of follows.values()) if (follow.whole && moveOn(follow, position) !== position) return false
  return true
}

/** Closes the connection. */
export function end(session: Session, cause: CloseCause): void {
  if (session.closed) return
  session.closed = true
  countOne(session.counts.ended, cause)
  session.sink.close(cause)
}
