import { FEED_TOPICS_MAX, type CloseCause, type TopicRequest } from '@cellarhand/protocol/feed'
import { parsePosition } from '../log/log.ts'
import type { Live } from '../replica/replica.ts'
import { closedTo, count, hasAll, isCountedAs } from './crowd.ts'
import { beginFollow, createFollow, welcomeFrame } from './follow.ts'
import { frameOf } from './frame.ts'
import { followedOf } from './hub.ts'
import { findFor } from './finding.ts'
import { readCursor } from './items.ts'
import { forbidden, itemsOf, refusalOf, type TopicRefusal } from './kinds.ts'
import { forget, leaveTopic, type Running } from './running.ts'
import { createSession, end, pingEveryMs, resetFollow, write } from './session.ts'
import { isFound, type FoundItems } from './finder.ts'
import { holderOf } from './hold-items.ts'
import type { Permit } from './guard.ts'
import type { EntryItems } from './entry-items.ts'
import type { Sink } from './sink.ts'
import { parseTopic, topicName, type Topic } from './topic.ts'
import { createTrail, type Trail } from './trail.ts'
import { catchUpSoon, passSoon } from './work.ts'
import type { Follow, Followed, Session } from './kept.ts'

/**
 * A cursor from another process may be a moment ahead of this one; after this long it is ahead of the log, if the log was seen
 * meanwhile. While the database is away it was not: a kill of PostgreSQL sent clients of the quicker process back in time here.
 */
const aheadWaitMs = 1_000

/** A client's line to its topics. */
export interface Connection {
  /** Follows topics, those that are followed already from their beginning. What is refused is told in an `error` frame. */
  follow(requests: readonly TopicRequest[]): void
  unfollow(names: readonly string[]): void
  /** Shows another token. What it does not let be followed is followed no more. Answers whether it was taken; otherwise the connection has ended. Nothing else is to be asked until it has answered. */
  show(token: string): boolean | Promise<boolean>
  end(cause: CloseCause): void
  /** Whether every topic is whole: the frames so far are all there was. */
  isWhole(): boolean
}

export interface ConnectOptions {
  /** what it may follow, as far as is known before it says anything */
  readonly permit: Permit
  /** of topics that name none */
  readonly channel: string
  readonly address: string
  /** of the connection; without it, it lasts as long as both sides want */
  readonly lifetimeMs?: number | undefined
}

/** Opens a connection and welcomes it. */
export function connect(running: Running, sink: Sink, request: ConnectOptions): Connection | CloseCause {
  const { live, options, sessions } = running
  const { channel, address, permit, lifetimeMs } = request
  const closed = closedTo(running, address)
  if (closed !== undefined) return closed
  if (hasAll(running, permit.person)) return 'full'
  count(running, address, 1)
  count(running, permit.person, 1)
  const session = createSession({
    live,
    sink,
    permit,
    counts: running.counts,
    nowMs: options.timers.nowMs(),
    lifetimeMs,
  })
  sessions.add(session)
  sink.onDrain(() => {
    session.blockedSinceMs = undefined
    if (session.behind.size > 0) catchUpSoon(running, session)
  })
  sink.onGone(() => {
    session.closed = true
    forget(running, session)
    count(running, address, -1)
    count(running, session.permit.person, -1)
  })
  write(session, welcomeFrame(live, pingEveryMs), options.timers.nowMs())
  return connectionOf(running, session, channel)
}

function connectionOf(running: Running, session: Session, channel: string): Connection {
  return {
    follow(requests) {
      // Who was sent away may speak on until the line is down: what it follows then, nobody would ever leave.
      if (session.closed) return
      for (const request of requests) followOne(running, session, request, channel)
    },
    unfollow(names) {
      for (const name of names) unfollowOne(running, session, name, channel)
    },
    show: (token) => show(running, session, token),
    end(cause) {
      end(session, cause)
      forget(running, session)
    },
    isWhole: () => [...session.follows.values()].every(({ whole }) => whole),
  }
}

function followOne(running: Running, session: Session, { topic: asked, cursor }: TopicRequest, channel: string): void {
  const { options } = running
  const topic = parseTopic(asked, channel)
  const refusal = refusalOf(running, session.permit, topic, asked)
  if (refusal !== undefined || topic === undefined) {
    return write(session, frameOf({ type: 'error', ...(refusal ?? tooMany), topic: asked }), options.timers.nowMs())
  }
  const name = topicName(topic)
  const known = session.follows.get(name)
  if (known) unfollowOne(running, session, name, channel)
  else if (session.follows.size >= FEED_TOPICS_MAX) {
    return write(session, frameOf({ type: 'error', ...tooMany, topic: asked }), options.timers.nowMs())
  }
  const follow = createFollow(followedFor(running, name, topic), session)
  session.follows.set(name, follow)
  follow.followed.followers.add(follow)
  follow.waiting = true
  // Until it begins it stands where its client was: who is cut off meanwhile has not lost its place.
  follow.at = cursor === undefined ? undefined : numberIn(running.live, cursor)
  whenReady(running, session, follow, cursor)
}

/** The topic of that name, with what it takes to find out what it holds. */
function followedFor(running: Running, name: string, topic: Topic): Followed {
  const { hub, options, findings } = running
  const followed = followedOf(hub, name, options.limits.pageMax, () => itemsOf(running, topic))
  if (isFound(topic) && !findings.has(name)) {
    const items = followed.items as FoundItems
    findings.set(name, { followed, items, topic, waiting: new Set(), asking: false, again: false })
  }
  if (followed.items.type === 'entries' && running.trail === undefined) {
    running.trail = trailOf(running, followed, followed.items)
  }
  return followed
}

function trailOf(running: Running, followed: Followed, items: EntryItems): Trail {
  return createTrail({
    ...running.options,
    live: running.live,
    followed,
    items,
    isFollowed: () => !running.closed && running.trail?.followed === followed,
    onNews: () => passSoon(running, followed),
  })
}

/** Begins as soon as the replica has come to the cursor, and it is known what the topic holds. */
function whenReady(running: Running, session: Session, follow: Follow, cursor: string | undefined): void {
  const ready = () => {
    const { findings, trail } = running
    const finding = findings.get(follow.followed.name)
    const beginNow = () => {
      if (isOthersHold(follow, session)) return notFollowed(running, session, follow)
      begin(running, session, follow, cursor)
    }
    if (finding) findFor(running, finding, beginNow)
    else if (trail?.followed === follow.followed) trail.begin(beginNow)
    else beginNow()
  }
  if (cursor === undefined || !isAhead(running.live, cursor)) ready()
  else void untilReached(running, session, cursor).then(ready)
}

/** Whose a hold is, is known when it has been found. */
function isOthersHold({ followed }: Follow, { permit }: Session): boolean {
  return followed.items.type === 'hold' && !permit.owns(holderOf(followed.items.text(0)))
}

/** Ends the following of what is not there for whoever follows. */
function notFollowed(running: Running, session: Session, follow: Follow): void {
  const { name } = follow.followed
  if (session.closed || session.follows.get(name) !== follow) return
  session.follows.delete(name)
  unjoin(running, session, follow)
  write(session, frameOf({ type: 'error', ...forbidden(name), topic: name }), running.options.timers.nowMs())
}

const tooMany: TopicRefusal = {
  problem: 'invalid-request',
  detail: `A connection follows ${FEED_TOPICS_MAX} topics at most.`,
}

/** Takes another token; what it does not allow ends. */
function show(running: Running, session: Session, token: string): boolean | Promise<boolean> {
  const permit = running.options.guard(token)
  if (!(permit instanceof Promise)) return takePermit(running, session, permit)
  return permit.then(
    (given) => takePermit(running, session, given),
    (error: unknown) => {
      // Who cannot be asked has not said no: the client comes back.
      running.options.onError(error)
      end(session, 'tokenExpired')
      forget(running, session)
      return false
    },
  )
}

function takePermit(running: Running, session: Session, permit: Permit | undefined): boolean {
  const { timers } = running.options
  if (session.closed) return false
  if (permit === undefined) {
    end(session, 'forbidden')
    forget(running, session)
    return false
  }
  if (!isCountedAs(running, session, permit)) {
    end(session, 'full')
    forget(running, session)
    return false
  }
  session.permit = permit
  const { expiresAtMs } = permit
  const expiresAt = expiresAtMs === undefined ? {} : { expiresAt: new Date(expiresAtMs).toISOString() }
  write(session, frameOf({ type: 'authorised', ...expiresAt }), timers.nowMs())
  for (const [name, follow] of session.follows) {
    const topic = parseTopic(name, '')
    const isTheirs = follow.waiting || !isOthersHold(follow, session)
    if (topic === undefined || !permit.may(topic) || !isTheirs) notFollowed(running, session, follow)
  }
  return true
}

function unfollowOne(running: Running, session: Session, asked: string, channel: string): void {
  const topic = parseTopic(asked, channel)
  const name = topic === undefined ? asked : topicName(topic)
  const follow = session.follows.get(name)
  if (follow) {
    session.follows.delete(name)
    unjoin(running, session, follow)
  }
  write(session, frameOf({ type: 'unsubscribed', topic: name }), running.options.timers.nowMs())
}

function unjoin(running: Running, session: Session, follow: Follow): void {
  session.behind.delete(follow)
  leaveTopic(running, follow)
}

function begin(running: Running, session: Session, follow: Follow, cursor: string | undefined): void {
  if (session.closed || session.follows.get(follow.followed.name) !== follow) return
  follow.waiting = false
  const read = cursor === undefined ? undefined : readCursor(running.live, follow.followed.items, cursor)
  if (read && 'refused' in read) resetFollow(session, follow, read.refused, running.options.timers.nowMs())
  else beginFollow(follow, read?.number)
  session.behind.add(follow)
  catchUpSoon(running, session)
}

const isAhead = (live: Live, cursor: string) => (numberIn(live, cursor) ?? 0) > live.positionNumber()

/** The position of a cursor that is of this log. */
function numberIn(live: Live, cursor: string): number | undefined {
  const parts = parsePosition(cursor)
  return parts?.epoch === live.epoch() ? parts.number : undefined
}

/** Until the replica has come up to the cursor, or has seen all of the log without coming to it. */
async function untilReached({ live }: Running, session: Session, cursor: string): Promise<void> {
  let reached = await live.waitFor(cursor, aheadWaitMs)
  while (reached === 'timeout' && !session.closed) {
    const lagMs = live.lagMs === undefined ? 0 : (live.lagMs() ?? Infinity)
    if (lagMs < aheadWaitMs / 2) return
    reached = await live.waitFor(cursor, aheadWaitMs)
  }
}
