import { must } from '../platform/must.ts'
import type { Change } from '../replica/replica.ts'
import { oweAll, oweOffer, type Session, type Source } from './session.ts'

/** Sessions of one channel: those who follow all of it, and those who follow some SKUs. */
interface Followers {
  readonly all: Set<Session>
  readonly bySku: Map<string, Set<Session>>
}

/** Who follows what. */
export type Hub = Map<string, Followers>

/** Adds a session under its topic. */
export function join(hub: Hub, session: Session): void {
  const { channel, skus } = session.topic
  const followers = hub.get(channel) ?? { all: new Set(), bySku: new Map() }
  hub.set(channel, followers)
  if (skus === undefined) followers.all.add(session)
  for (const sku of skus ?? []) {
    const some = followers.bySku.get(sku) ?? new Set()
    followers.bySku.set(sku, some.add(session))
  }
}

/** Takes a session out, and what only it was kept for. */
export function leave(hub: Hub, session: Session): void {
  const { channel, skus } = session.topic
  const followers = must(hub.get(channel), 'the followers of a session that joined')
  followers.all.delete(session)
  for (const sku of skus ?? []) {
    const some = must(followers.bySku.get(sku), 'the followers of a SKU that was joined')
    some.delete(session)
    if (some.size === 0) followers.bySku.delete(sku)
  }
  if (followers.all.size === 0 && followers.bySku.size === 0) hub.delete(channel)
}

/** Passes changed offers to the sessions that follow them. Answers which. */
export function dispatch(
  hub: Hub,
  source: Source & { channelOf(key: number): string },
  { keys, previous }: Change & { kind: 'offers' },
): Set<Session> {
  const reached = new Set<Session>()
  if (hub.size === 0) return reached
  for (const key of keys) {
    const followers = hub.get(source.channelOf(key))
    if (followers === undefined) continue
    for (const sessions of [followers.all, followers.bySku.get(source.skuOf(key)) ?? []]) {
      for (const session of sessions) {
        oweOffer(source, session, key, previous)
        reached.add(session)
      }
    }
  }
  return reached
}

/** Tells all sessions that any offer may have changed. */
export function dispatchAll(sessions: Iterable<Session>, source: Source, previous: number): void {
  for (const session of sessions) oweAll(source, session, previous)
}
