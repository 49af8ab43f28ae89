import type { FeedCounts } from './counts.ts'
import type { EntryItems } from './entry-items.ts'
import type { Permit } from './guard.ts'
import type { Items } from './items.ts'
import type { Sink } from './sink.ts'

// What a feed keeps: of a topic that is followed, of a connection, and of a connection's view of a topic.

/** Up to the thing named `upTo`, of those in the order of names, all that changed up to `at` is sent; undefined: nothing is. */
export interface Mark {
  /** undefined: to the end */
  readonly upTo: string | undefined
  readonly at: number | undefined
}

/**
 * A walk over a topic in the order of names, a page at a time, which sends what changed since the marks of the walk before it. What has changed behind its back since
 * is for the next: each page says at which position it was read, and so nothing is sent twice.
 */
export interface Sweep {
  readonly since: readonly Mark[]
  readonly marks: Mark[]
  after: string | undefined
}

/** A topic that somebody follows in this process. */
export interface Followed {
  readonly name: string
  readonly items: Items | EntryItems
  /** values of one frame */
  readonly pageMax: number
  readonly followers: Set<Follow>
  /** what changed since the last pass began: more than a frame takes is not remembered one by one */
  changed: Set<number> | 'much'
  /** nothing of it had changed before this that was not passed on; the position before the first of `changed` */
  unchangedTo: number
  /** of its newest change */
  changedAt: number
}

/**
 * One client's view of one topic. No values and no list of frames: either it goes along with the passes that all followers are sent, or it walks over
 * the topic by itself, from where it was. So what it costs does not grow with how slow its client is.
 */
export interface Follow {
  readonly followed: Followed
  readonly session: Session
  /** all that changed up to here is sent; undefined: nothing is */
  at: number | undefined
  sweep: Sweep | undefined
  /** has the client been told that its view is whole? */
  whole: boolean
  resumed: boolean
  /** it waits for the replica to come up to its cursor, or for what the topic holds */
  waiting: boolean
}

/** One connection: its topics, in the order they were asked for, and where its frames go. */
export interface Session {
  readonly sink: Sink
  readonly follows: Map<string, Follow>
  /** those that go by themselves, and have something to send */
  readonly behind: Set<Follow>
  /** what the connection could be gone on from now */
  readonly cursor: () => string | undefined
  readonly counts: FeedCounts
  permit: Permit
  /** when it is to come back, however well it is */
  readonly endsAtMs: number
  blockedSinceMs: number | undefined
  progressedAtMs: number
  pingedAtMs: number
  /** the position that the client was last told of by a progress */
  progressAt: number
  closed: boolean
}
