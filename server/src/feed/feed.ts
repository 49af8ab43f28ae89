import type { CloseCause } from '@cellarhand/protocol/feed'
import { createCounts, type FeedCounts } from './counts.ts'
import { connect, type Connection, type ConnectOptions } from './connection.ts'
import { closedTo } from './crowd.ts'
import { refusalOf, type TopicRefusal } from './kinds.ts'
import { asksMax, findAgain } from './finding.ts'
import type { Timers } from '../replica/replica.ts'
import { forget, type FeedOptions, type FeedSource, type Running } from './running.ts'
import { end } from './session.ts'
import type { SocketIo, SocketIoOptions } from './socket-io.ts'
import type { Sink } from './sink.ts'
import { drain, tendAll } from './tend.ts'
import { parseTopic } from './topic.ts'
import { createTurns } from './turns.ts'
import { passOn } from './work.ts'

// The module's door: what may be seen as it changes, to everyone who follows it.
export type { Connection, ConnectOptions } from './connection.ts'
export type { FeedCounts } from './counts.ts'
export { createElsewhere } from './elsewhere.ts'
export type { Elsewhere } from './elsewhere.ts'
export type { Finder } from './finder.ts'
export type { Frame } from './frame.ts'
export { openPermit } from './guard.ts'
export type { Guard, Permit } from './guard.ts'
export { cursorsOf } from './connection-cursor.ts'
export { pollSink } from './poll.ts'
export { sseSink, streamLifetimeMs } from './sse.ts'
export { createSockets, type Upgrade } from './websocket.ts'
export type { TopicRefusal } from './kinds.ts'
export { feedLimits, type FeedOptions } from './running.ts'
export type { Sink } from './sink.ts'
export type { SocketIo, SocketIoOptions } from './socket-io.ts'

/** Socket.IO over a feed. It is loaded here and not before: who does not want it does without. */
export async function openSocketIo(feed: Feed, timers: Timers, options: SocketIoOptions): Promise<SocketIo> {
  const { createSocketIo } = await import('./socket-io.ts')
  return createSocketIo(feed, timers, options)
}

export interface Feed {
  /** Opens a connection that writes to `sink` until either side ends it, and welcomes it. */
  connect(sink: Sink, options: ConnectOptions): Connection | CloseCause
  /** Why a topic could not be followed, with a token or without. */
  refusalOf(name: string, options: Pick<ConnectOptions, 'channel' | 'permit'>): TopicRefusal | undefined
  /** Why nobody can connect from an address now; undefined where they can. */
  closedTo(address: string): CloseCause | undefined
  sessionCount(): number
  /** topics that somebody follows */
  topicCount(): number
  readonly counts: FeedCounts
  /** Sends everybody away, spread over so many milliseconds, and takes no more. Resolves when all have gone. */
  drain(overMs: number): Promise<void>
  /** Ends all that is left at once. */
  close(): void
}

/** The feed over a replica that is ready. */
export function createFeed(live: FeedSource, options: FeedOptions): Feed {
  const running: Running = {
    live,
    options,
    hub: new Map(),
    sessions: new Set(),
    counted: new Map(),
    passes: new Map(),
    catching: new Set(),
    findings: new Map(),
    turns: createTurns(asksMax),
    members: new Map(),
    trail: undefined,
    counts: createCounts(),
    working: false,
    closed: false,
  }
  const unsubscribe = live.onChange((change) => {
    passOn(running, change)
    findAgain(running, change)
    running.trail?.readOn()
  })
  const callOff = tendAll(running)
  return {
    connect: (sink, request) => connect(running, sink, request),
    refusalOf: (name, { channel, permit }) => refusalOf(running, permit, parseTopic(name, channel), name),
    closedTo: (address) => closedTo(running, address),
    sessionCount: () => running.sessions.size,
    topicCount: () => running.hub.size,
    counts: running.counts,
    drain: (overMs) => drain(running, overMs),
    close() {
      running.closed = true
      unsubscribe()
      callOff()
      options.elsewhere?.close()
      for (const session of running.sessions) {
        end(session, 'draining')
        forget(running, session)
      }
    },
  }
}
