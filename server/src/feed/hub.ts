import type { Change } from '../replica/replica.ts'
import { noteChange, noteMuch } from './passes.ts'
import type { Follow, Followed } from './kept.ts'

/** The topics that are followed in this process, by their names. */
export type Hub = Map<string, Followed>

/** The topic of that name, which is made where nobody follows it yet. */
export function followedOf(hub: Hub, name: string, pageMax: number, items: () => Followed['items']): Followed {
  const known = hub.get(name)
  if (known) return known
  const followed: Followed = {
    name,
    items: items(),
    pageMax,
    followers: new Set(),
    changed: new Set(),
    unchangedTo: 0,
    changedAt: 0,
  }
  hub.set(name, followed)
  return followed
}

/** Takes a follower out, and its topic with the last. Answers whether it was. */
export function leave(hub: Hub, follow: Follow): boolean {
  const { followed } = follow
  followed.followers.delete(follow)
  return followed.followers.size === 0 && hub.get(followed.name) === followed && hub.delete(followed.name)
}

interface Named {
  skuOf(key: number): string
  channelOf(key: number): string
  skuOfLevel(key: number): string
  locationOf(key: number): string
}

const none: readonly never[] = []

/** Notes changed offers and levels at the topics that hold them. Answers which. Topics that nobody follows cost a look-up each. */
export function noteChanges(
  hub: Hub,
  members: ReadonlyMap<string, ReadonlySet<Followed>>,
  names: Named,
  { offers, levels, previous }: Change & { kind: 'values' },
  position: number,
): Set<Followed> {
  const touched = new Set<Followed>()
  if (hub.size === 0) return touched
  const note = (followed: Followed | undefined, key: number) => {
    if (followed === undefined) return
    noteChange(followed, key, previous, position)
    touched.add(followed)
  }
  for (const key of offers) {
    const channel = names.channelOf(key)
    const name = `${names.skuOf(key)}@${channel}`
    note(hub.get(`sku:${name}`), key)
    note(hub.get(`channel:${channel}`), key)
    for (const followed of members.get(name) ?? none) note(followed, key)
  }
  for (const key of levels) note(hub.get(`location:${names.locationOf(key)}`), key)
  return touched
}

/** Notes that any of every topic may have changed; entries do not. */
export function noteAll(hub: Hub, previous: number, position: number): void {
  for (const followed of hub.values()) if (followed.items.type !== 'entries') noteMuch(followed, previous, position)
}
