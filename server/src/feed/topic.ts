import { Compile } from 'typebox/compile'
import { FeedTopic } from '@cellarhand/protocol/feed'
import { ChannelId, LocationId, Sku, Uuid } from '@cellarhand/protocol/primitives'

/** What a client follows. */
export type Topic =
  | { readonly kind: 'sku'; readonly id: string; readonly channel: string }
  | { readonly kind: 'wine'; readonly id: string; readonly channel: string }
  | { readonly kind: 'search'; readonly id: string; readonly channel: string }
  | { readonly kind: 'channel' | 'location'; readonly id: string }
  | { readonly kind: 'hold'; readonly id: string }
  | { readonly kind: 'audit' }

const isTopic = Compile(FeedTopic)
const isSku = Compile(Sku)
const isChannel = Compile(ChannelId)
const ids = { channel: isChannel, location: Compile(LocationId), hold: Compile(Uuid) }

/**
 * A topic by its name, such as `sku:LATOUR-2010-750@web`; undefined where it is none.
 *
 * @param channel of a name that names none
 */
export function parseTopic(name: string, channel: string): Topic | undefined {
  if (!isTopic.Check(name)) return undefined
  if (name === 'audit') return { kind: 'audit' }
  const colon = name.indexOf(':')
  if (colon < 0) return undefined
  return topicOf(name.slice(0, colon), name.slice(colon + 1), channel)
}

function topicOf(kind: string, rest: string, channel: string): Topic | undefined {
  switch (kind) {
    case 'channel':
    case 'location':
    case 'hold':
      return ids[kind].Check(rest) ? { kind, id: rest } : undefined
    case 'sku':
    case 'wine':
    case 'search':
      return offersOf(kind, rest, channel)
    default:
      return undefined
  }
}

/** An id may have an `@` of its own where it is escaped; what stands behind the last is the channel. */
function offersOf(kind: 'sku' | 'wine' | 'search', rest: string, channel: string): Topic | undefined {
  const at = rest.lastIndexOf('@')
  const topic = { kind, id: at < 0 ? rest : rest.slice(0, at), channel: at < 0 ? channel : rest.slice(at + 1) }
  if (!isChannel.Check(topic.channel)) return undefined
  if (kind === 'sku' && !isSku.Check(topic.id)) return undefined
  return kind === 'wine' && topic.id === '' ? undefined : topic
}

/** The one name of a topic, as frames have it. */
export function topicName(topic: Topic): string {
  if (topic.kind === 'audit') return 'audit'
  return 'channel' in topic ? `${topic.kind}:${topic.id}@${topic.channel}` : `${topic.kind}:${topic.id}`
}
