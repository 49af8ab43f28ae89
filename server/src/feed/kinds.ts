import type { ProblemSlug } from '@cellarhand/protocol/problem'
import { unreachable } from '../platform/must.ts'
import { entryItems, type EntryItems } from './entry-items.ts'
import type { Permit } from './guard.ts'
import { levelItems, offerItems, type Items } from './items.ts'
import type { Running } from './running.ts'
import { holdItems } from './hold-items.ts'
import { setItems } from './set-items.ts'
import type { Topic } from './topic.ts'

/** Why a topic is not followed. */
export interface TopicRefusal {
  readonly problem: ProblemSlug
  readonly detail: string
}

/** Why a topic cannot be followed; undefined where it can. */
export function refusalOf(
  { live, options: { finder } }: Pick<Running, 'live' | 'options'>,
  permit: Permit,
  topic: Topic | undefined,
  name: string,
): TopicRefusal | undefined {
  if (topic === undefined) return { problem: 'unprocessable', detail: `${name} is no topic.` }
  if (!permit.may(topic)) return forbidden(name)
  switch (topic.kind) {
    case 'sku':
    case 'wine':
      return live.hasChannel(topic.channel) ? undefined : noChannel(topic.channel)
    case 'search': {
      const wrong = finder.refuse(topic.id, topic.channel)
      if (wrong !== undefined) return { problem: 'unprocessable', detail: wrong }
      return live.hasChannel(topic.channel) ? undefined : noChannel(topic.channel)
    }
    case 'channel':
      return live.hasChannel(topic.id) ? undefined : noChannel(topic.id)
    case 'location':
      return live.settings().locations.some(({ id }) => id === topic.id)
        ? undefined
        : { problem: 'unknown-location', detail: `There is no location ${topic.id}.` }
    case 'hold':
    case 'audit':
      return undefined
    default:
      return unreachable(topic)
  }
}

/** What a topic is to who may not follow it: as if there were none. */
export const forbidden = (name: string): TopicRefusal => ({
  problem: 'not-found',
  detail: `There is no ${name} here.`,
})

const noChannel = (channel: string): TopicRefusal => ({
  problem: 'unknown-channel',
  detail: `There is no channel ${channel}.`,
})

/** What a topic that can be followed holds. */
export function itemsOf({ live, options }: Running, topic: Topic): Items | EntryItems {
  switch (topic.kind) {
    case 'sku':
      return offerItems(live, { channel: topic.channel, skus: [topic.id] })
    case 'channel':
      return offerItems(live, { channel: topic.id })
    case 'location':
      return levelItems(live, topic.id)
    case 'wine':
    case 'search':
      return setItems(live, topic.channel)
    case 'hold':
      return holdItems()
    case 'audit':
      return entryItems(live.positionNumber(), options.limits.entries)
    default:
      return unreachable(topic)
  }
}
