import type { Live, Timers } from '../replica/replica.ts'
import type { FeedCounts } from './counts.ts'
import type { Elsewhere } from './elsewhere.ts'
import type { EntryLimits } from './entry-items.ts'
import type { Finder, Finding } from './finder.ts'
import type { Guard } from './guard.ts'
import { leave, type Hub } from './hub.ts'
import type { Pass } from './passes.ts'
import type { Trail } from './trail.ts'
import type { Turns } from './turns.ts'
import type { Follow, Followed, Session } from './kept.ts'

/** What a feed is made over. `lagMs`: how long ago all of the log was known to be seen, undefined before it ever was. */
export type FeedSource = Live & { readonly lagMs?: () => number | undefined }

export interface FeedLimits {
  /** values of one frame */
  readonly pageMax: number
  /** followers that one step of a pass is sent to */
  readonly followersPerStep: number
  /** of journal entries */
  readonly entries?: EntryLimits
}

/** A page is some 50 KB, so that a socket below its bound is never far above it. A step takes a millisecond or so, and then others have their turn. */
export const feedLimits: FeedLimits = { pageMax: 200, followersPerStep: 256 }

export interface FeedOptions {
  readonly limits: FeedLimits
  readonly timers: Timers
  readonly guard: Guard
  readonly finder: Finder
  /** Told of what could not be found out, and is asked for again. */
  readonly onError: (error: unknown) => void
  /** in [0, 1) */
  readonly random: () => number
  /** connections of this process */
  readonly sessionsMax: number
  /** connections from one address; with `elsewhere`, to all processes together */
  readonly perAddressMax: number
  /** connections of one person; counted as those of an address are */
  readonly perPersonMax: number
  readonly elsewhere?: Elsewhere | undefined
}

/** All that a feed is made of. */
export interface Running {
  readonly live: FeedSource
  readonly options: FeedOptions
  readonly hub: Hub
  readonly sessions: Set<Session>
  /** connections, by address and by person */
  readonly counted: Map<string, number>
  /** passes under way, by their topic; undefined: to be begun */
  readonly passes: Map<Followed, Pass | undefined>
  /** sessions that have something to send by themselves */
  readonly catching: Set<Session>
  /** topics whose SKUs are asked for, by their names */
  readonly findings: Map<string, Finding>
  /** searches and wines take turns at the database */
  readonly turns: Turns
  /** of such topics: who holds an offer, by `sku@channel` */
  readonly members: Map<string, Set<Followed>>
  /** journal entries, where somebody follows them */
  trail: Trail | undefined
  readonly counts: FeedCounts
  working: boolean
  closed: boolean
}

/** Takes a session out that has ended. */
export function forget(running: Running, session: Session): void {
  if (!running.sessions.delete(session)) return
  running.catching.delete(session)
  for (const follow of session.follows.values()) leaveTopic(running, follow)
}

/** Takes a follower out, and what only it was kept for. */
export function leaveTopic(running: Running, follow: Follow): void {
  const { hub, findings } = running
  if (!leave(hub, follow)) return
  if (running.trail?.followed === follow.followed) running.trail = undefined
  const finding = findings.get(follow.followed.name)
  findings.delete(follow.followed.name)
  if (finding) holdNoMore(running, finding)
}

/** `sku@channel` of the offers that a found topic holds. */
export function offersOf({ items, topic }: Finding): string[] {
  return topic.kind === 'hold' ? [] : [...items.members()].map((sku) => `${sku}@${topic.channel}`)
}

/** A found topic holds none of its offers any more. */
export function holdNoMore({ members }: Running, finding: Finding): void {
  for (const name of offersOf(finding)) {
    const some = members.get(name)
    some?.delete(finding.followed)
    if (some?.size === 0) members.delete(name)
  }
}
