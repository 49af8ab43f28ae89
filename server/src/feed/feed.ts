import { unreachable } from '../platform/must.ts'
import { parsePosition } from '../log/log.ts'
import type { Change, Live, OfferTopic, Timers } from '../replica/replica.ts'
import { dispatch, dispatchAll, join, leave, type Hub } from './hub.ts'
import {
  beginSession,
  createSession,
  endSession,
  pump,
  restartSession,
  sessionLimits,
  tendSession,
  type Session,
  type SessionLimits,
} from './session.ts'
import type { Sink } from './sink.ts'

// The module's door: offers as they change, to everyone who follows them.
export type { CloseReason, OutFrame, Sink } from './sink.ts'
export { sseSink } from './sse.ts'

/** Sessions of one process: at some 10 KB each with their sockets, 100 MB. */
export const sessionsMax = 10_000
/** SKUs that one topic may list: more than a page shows, and a URL of 8 KB holds. */
export const topicSkusMax = 500
/** A session is written to at most this often; what changes in between is one change. */
const flushEveryMs = 50
/** How often sessions are looked after: a fifth of the time between beats. */
const tendEveryMs = 1_000
/**
 * A cursor from another process may be a moment ahead of this one; after this long it is ahead of the log, if the log was seen
 * meanwhile. While the database is away it was not: a kill of PostgreSQL sent clients of the quicker process back in time here.
 */
const aheadWaitMs = 1_000

/** What a feed is made over. `lagMs`: how long ago all of the log was known to be seen, undefined before it ever was. */
type FeedSource = Live & { readonly lagMs?: () => number | undefined }

/** What a client asks for. `cursor` is the last event id it has seen. */
export interface FeedRequest extends OfferTopic {
  readonly cursor?: string | undefined
}

/** Why there is no session. `full`: come back in a while. */
export type FeedRefusal = 'unknown_channel' | 'too_many_skus' | 'full'

export interface Feed {
  /** Opens a session that writes to `sink` until either side ends it. Answers a refusal before anything is written. */
  open(request: FeedRequest, sink: Sink): FeedRefusal | undefined
  sessionCount(): number
  /** Ends all sessions so that their clients come back, here or elsewhere, and takes no more. */
  close(): void
}

/** All that a feed is made of. */
interface Running {
  readonly live: FeedSource
  readonly timers: Timers
  readonly limits: SessionLimits
  readonly hub: Hub
  readonly sessions: Set<Session>
  /** those that have more to write than their turn allowed, or were written to a moment ago */
  readonly waiting: Set<Session>
  flushing: boolean
  closed: boolean
}

/** The feed over a replica that is ready. */
export function createFeed(live: FeedSource, timers: Timers, limits: SessionLimits = sessionLimits): Feed {
  const running: Running = {
    live,
    timers,
    limits,
    hub: new Map(),
    sessions: new Set(),
    waiting: new Set(),
    flushing: false,
    closed: false,
  }
  const unsubscribe = live.onChange((change) => passOn(running, change))
  const callOff = tendAll(running)
  return {
    open: (request, sink) => open(running, request, sink),
    sessionCount: () => running.sessions.size,
    close() {
      running.closed = true
      unsubscribe()
      callOff()
      for (const session of running.sessions) {
        endSession(session, 'shutdown')
        forget(running, session)
      }
    },
  }
}

function open(running: Running, request: FeedRequest, sink: Sink): FeedRefusal | undefined {
  const skus = request.skus && [...new Set(request.skus)]
  if (!running.live.hasChannel(request.channel)) return 'unknown_channel'
  if (skus !== undefined && skus.length > topicSkusMax) return 'too_many_skus'
  if (running.closed || running.sessions.size >= sessionsMax) return 'full'
  const session = createSession({ channel: request.channel, skus }, sink, running.limits, running.timers.nowMs())
  running.sessions.add(session)
  sink.onDrain(() => {
    session.blockedSinceMs = undefined
    flush(running, session)
  })
  sink.onGone(() => {
    session.closed = true
    forget(running, session)
  })
  if (isAhead(running.live, request.cursor)) {
    void untilReached(running, session, request.cursor).then(() => begin(running, session, request.cursor))
  } else begin(running, session, request.cursor)
  return undefined
}

function isAhead(live: Live, cursor: string | undefined): cursor is string {
  const parts = cursor === undefined ? undefined : parsePosition(cursor)
  return parts !== undefined && parts.epoch === live.epoch() && parts.number > live.positionNumber()
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

function begin(running: Running, session: Session, cursor: string | undefined) {
  if (session.closed) return
  join(running.hub, session)
  session.joined = true
  beginSession(running.live, session, cursor, running.timers.nowMs())
  flush(running, session)
}

function forget(running: Running, session: Session) {
  if (!running.sessions.delete(session)) return
  running.waiting.delete(session)
  if (session.joined) leave(running.hub, session)
}

function passOn(running: Running, change: Change) {
  switch (change.kind) {
    case 'offers':
      for (const session of dispatch(running.hub, running.live, change)) flushSoon(running, session)
      return
    case 'settings':
      dispatchAll(joined(running), running.live, change.previous)
      for (const session of joined(running)) flushSoon(running, session)
      return
    case 'rebuilt':
      for (const session of joined(running)) {
        restartSession(running.live, session, 'epoch', running.timers.nowMs())
        flushSoon(running, session)
      }
      return
    default:
      unreachable(change)
  }
}

const joined = (running: Running) => [...running.sessions].filter((session) => session.joined)

/** The first change goes out at once, what follows it shortly waits for the next turn. */
function flushSoon(running: Running, session: Session) {
  if (running.timers.nowMs() - session.wroteAtMs >= flushEveryMs) flush(running, session)
  else waitForTurn(running, session)
}

function flush(running: Running, session: Session) {
  if (pump(running.live, session, running.timers.nowMs())) waitForTurn(running, session)
  else running.waiting.delete(session)
}

function waitForTurn(running: Running, session: Session) {
  running.waiting.add(session)
  if (running.flushing) return
  running.flushing = true
  running.timers.after(flushEveryMs, () => {
    running.flushing = false
    for (const waiting of running.waiting) flush(running, waiting)
  })
}

/** Looks after all sessions, now and again. The answer ends that. */
function tendAll(running: Running): () => void {
  let callOff = running.timers.after(tendEveryMs, function tend() {
    const nowMs = running.timers.nowMs()
    for (const session of running.sessions) {
      if (session.joined) tendSession(running.live, session, nowMs)
      if (session.closed) forget(running, session)
    }
    callOff = running.timers.after(tendEveryMs, tend)
  })
  return () => callOff()
}
