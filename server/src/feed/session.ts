import { FEED_VERSION, type FeedFrame } from '@cellarhand/protocol/feed-one'
import { formatPosition, parsePosition } from '../log/log.ts'
import type { Live, OfferTopic } from '../replica/replica.ts'
import type { OutFrame, Sink } from './sink.ts'

/** What a session reads of the replica. */
export type Source = Pick<Live, 'epoch' | 'positionNumber' | 'horizon' | 'offerKeys' | 'offerJsonOf' | 'skuOf'>

export interface SessionLimits {
  /** offers in one frame */
  readonly pageMax: number
  /** offers that a session remembers as owed */
  readonly owedMax: number
}

/** A page is some 50 KB, a few times what a socket takes at once. A session that is owed more than it remembers goes over its topic again. */
export const sessionLimits: SessionLimits = { pageMax: 200, owedMax: 2_000 }
/** Pages written in one turn, so that one quick client with a million offers does not hold up the others. */
const pagesPerTurn = 8
/** A client that takes nothing for this long is better served by coming back. */
export const slowAfterMs = 30_000
/** A client that heard nothing for twice this may take the line for dead. */
export const beatEveryMs = 5_000

/** A walk over the topic in the order of SKU codes, a page at a time. */
interface Sweep {
  /** send only what changed after this; undefined: all there is */
  readonly since: number | undefined
  /** the replica's position when it began: at its end, all up to here is sent */
  readonly from: number
  after: string | undefined
  /** what changed meanwhile is too much to remember: sweep again for what changed after `from` */
  again: boolean
}

/**
 * One client's view of one topic. It holds no values, only which offers are owed: a slow client gets each as it is when its turn comes, and
 * memory stays the same however slow it is.
 */
export interface Session {
  readonly topic: OfferTopic
  readonly sink: Sink
  readonly limits: SessionLimits
  /** offer keys owed, each with a position at which it was not yet; oldest first */
  readonly owed: Map<number, number>
  sweep: Sweep | undefined
  /** has the client been told that its view is whole? */
  whole: boolean
  blockedSinceMs: number | undefined
  wroteAtMs: number
  /** is it under its topic in the hub? Not while it waits for the replica to come up to its cursor. */
  joined: boolean
  closed: boolean
}

/** A session that has said nothing yet. */
export function createSession(topic: OfferTopic, sink: Sink, limits: SessionLimits, nowMs: number): Session {
  return {
    topic,
    sink,
    limits,
    owed: new Map(),
    sweep: undefined,
    whole: false,
    blockedSinceMs: undefined,
    wroteAtMs: nowMs,
    joined: false,
    closed: false,
  }
}

type Reset = (FeedFrame & { type: 'reset' })['reason']

/** Why a cursor cannot be gone on from; undefined where it can. */
function refuseCursor(source: Source, cursor: string): Reset | undefined {
  const parts = parsePosition(cursor)
  if (parts === undefined) return 'malformed'
  if (parts.epoch !== source.epoch()) return 'epoch'
  if (parts.number > source.positionNumber()) return 'ahead'
  return parts.number < source.horizon() ? 'too_old' : undefined
}

/** Greets the client and begins with what it missed, or with a snapshot. */
export function beginSession(source: Source, session: Session, cursor: string | undefined, nowMs: number): void {
  const refused = cursor === undefined ? undefined : refuseCursor(source, cursor)
  const since = cursor === undefined || refused !== undefined ? undefined : parsePosition(cursor)?.number
  const mode = since === undefined ? 'snapshot' : 'resume'
  send(session, { type: 'hello', version: FEED_VERSION, mode, channel: session.topic.channel }, undefined, nowMs)
  if (refused !== undefined) send(session, { type: 'reset', reason: refused }, undefined, nowMs)
  startSweep(source, session, since)
}

/** The replica was built anew: nothing that was sent or owed means anything. */
export function restartSession(source: Source, session: Session, reason: Reset, nowMs: number): void {
  send(session, { type: 'reset', reason }, undefined, nowMs)
  session.whole = false
  startSweep(source, session, undefined)
}

function startSweep(source: Source, session: Session, since: number | undefined) {
  session.owed.clear()
  session.sweep = { since, from: source.positionNumber(), after: undefined, again: false }
}

/** An offer of the topic changed after position `previous`. */
export function oweOffer(source: Source, session: Session, key: number, previous: number): void {
  const { sweep, owed } = session
  // What a sweep has yet to come to, it will send as it is then.
  if (sweep && (sweep.again || sweep.after === undefined || source.skuOf(key) > sweep.after)) return
  if (!owed.has(key)) owed.set(key, previous)
  if (owed.size > session.limits.owedMax) oweAll(source, session, previous)
}

/**
 * Every offer of the topic may have changed after position `previous`. In the midst of a sweep this is the one case in which an offer may be sent again as
 * it was sent already: which ones were read since the sweep began is not remembered.
 */
export function oweAll(source: Source, session: Session, previous: number): void {
  if (session.sweep === undefined) return startSweep(source, session, oldestOwed(session) ?? previous)
  if (session.sweep.after === undefined) return startSweep(source, session, session.sweep.since)
  session.sweep.again = true
  session.owed.clear()
}

/** Owed offers are kept oldest first, so all up to what the first one was not yet at is sent. */
function oldestOwed(session: Session): number | undefined {
  return session.owed.values().next().value
}

/** Is something owed? */
function isOwing(session: Session): boolean {
  return session.sweep !== undefined || session.owed.size > 0
}

/** Writes what is owed for as long as the sink takes it, within one turn's bound. Answers whether there is more that the sink would take. */
export function pump(source: Source, session: Session, nowMs: number): boolean {
  for (let pages = 0; pages < pagesPerTurn; pages++) {
    if (session.closed || session.blockedSinceMs !== undefined || !isOwing(session)) return false
    if (session.sweep) sweepPage(source, session, session.sweep, nowMs)
    else owedPage(source, session, nowMs)
  }
  return isOwing(session) && !session.closed && session.blockedSinceMs === undefined
}

/** A sweep's frames carry no cursor until it is whole. */
function sweepPage(source: Source, session: Session, sweep: Sweep, nowMs: number) {
  const page = source.offerKeys({
    ...session.topic,
    since: sweep.since,
    after: sweep.after,
    limit: session.limits.pageMax,
  })
  if (page.rows.length > 0) sendOffers(source, session, page.rows, undefined, nowMs)
  sweep.after = page.next
  if (page.next === undefined) endSweep(source, session, sweep, nowMs)
}

function endSweep(source: Source, session: Session, sweep: Sweep, nowMs: number) {
  session.sweep = undefined
  if (sweep.again) startSweep(source, session, sweep.from)
  if (session.whole) return
  session.whole = true
  const position = formatPosition(source.epoch(), sweep.again ? sweep.from : sentUpTo(source, session))
  send(session, { type: 'ready', position }, position, nowMs)
}

function owedPage(source: Source, session: Session, nowMs: number) {
  const keys: number[] = []
  for (const key of session.owed.keys()) {
    if (keys.length === session.limits.pageMax) break
    keys.push(key)
    session.owed.delete(key)
  }
  sendOffers(source, session, keys, formatPosition(source.epoch(), sentUpTo(source, session)), nowMs)
}

/** The number up to which everything of the topic is sent, while no sweep is under way. */
function sentUpTo(source: Source, session: Session): number {
  return oldestOwed(session) ?? source.positionNumber()
}

/** Looks after a session every second or so: ends one that takes nothing, and gives one that heard nothing a sign of life. */
export function tendSession(source: Source, session: Session, nowMs: number): void {
  if (session.closed) return
  if (session.blockedSinceMs !== undefined) {
    if (nowMs - session.blockedSinceMs >= slowAfterMs) endSession(session, 'slow')
  } else if (!isOwing(session) && session.whole && nowMs - session.wroteAtMs >= beatEveryMs) {
    const position = formatPosition(source.epoch(), source.positionNumber())
    send(session, { type: 'beat', position, at: new Date(nowMs).toISOString() }, position, nowMs)
  }
}

/** Closes the connection so that the client comes back. */
export function endSession(session: Session, reason: 'slow' | 'shutdown'): void {
  if (session.closed) return
  session.closed = true
  session.sink.close(reason)
}

function sendOffers(source: Source, session: Session, keys: readonly number[], id: string | undefined, nowMs: number) {
  const text = `{"type":"offers","offers":[${keys.map((key) => source.offerJsonOf(key)).join(',')}]}`
  write(session, id === undefined ? { type: 'offers', text } : { type: 'offers', text, id }, nowMs)
}

function send(session: Session, frame: FeedFrame, id: string | undefined, nowMs: number) {
  const text = JSON.stringify(frame)
  write(session, id === undefined ? { type: frame.type, text } : { type: frame.type, text, id }, nowMs)
}

function write(session: Session, frame: OutFrame, nowMs: number) {
  if (session.closed) return
  session.wroteAtMs = nowMs
  if (!session.sink.write(frame)) session.blockedSinceMs ??= nowMs
}
