import { FEED_TOPICS_MAX } from '@cellarhand/protocol/feed'
import { cursorsOf } from '../../feed/feed.ts'
import { permitOf } from '../permit.ts'
import type { Context } from './context.ts'
import { problemError } from './errors.ts'
import { createLine, type OfferChanges } from './line.ts'
import { filterQuery, type WineFilter } from './wine-fields.ts'

interface FollowArgs {
  readonly channel: string
  readonly skus?: readonly string[] | null
  readonly wine?: string | null
  readonly search?: WineFilter | null
  readonly cursor?: string | null
}

/** The feed's topics of what is asked for. */
function topicsOf({ channel, skus, wine, search }: FollowArgs): string[] {
  const named = [
    ...(skus ? [skus.map((sku) => `sku:${sku}@${channel}`)] : []),
    ...(wine ? [[`wine:${wine}@${channel}`]] : []),
    ...(search ? [[`search:${queryText(search)}@${channel}`]] : []),
  ]
  if (named.length > 1)
    throw problemError('invalid-request', 'Only one of skus, wine and search says what is followed.')
  const topics = [...new Set(named[0] ?? [`channel:${channel}`])]
  if (topics.length >= 1 && topics.length <= FEED_TOPICS_MAX) return topics
  throw problemError('invalid-request', `skus lists 1 to ${FEED_TOPICS_MAX} codes.`)
}

function queryText(filter: WineFilter): string {
  const members = new URLSearchParams()
  for (const [name, values] of Object.entries(filterQuery(filter))) {
    for (const value of [values].flat()) members.append(name, value)
  }
  return members.toString()
}

/** Follows offers over the feed. What cannot be followed is said before anything is. */
function followOffers(
  _root: unknown,
  args: FollowArgs,
  { services, caller, whence, carrier }: Context,
): AsyncIterableIterator<{ readonly offers: OfferChanges }> {
  const { feed } = services
  const { channel } = args
  const topics = topicsOf(args)
  const permit = permitOf(services, caller)
  for (const topic of topics) {
    const refusal = feed.refusalOf(topic, { channel, permit })
    if (refusal) throw problemError(refusal.problem, refusal.detail)
  }
  const line = createLine((cause) => carrier?.onEnded(cause))
  const connection = feed.connect(line.sink, {
    channel,
    permit,
    address: whence.address,
    lifetimeMs: carrier?.lifetimeMs,
  })
  if (typeof connection === 'string') {
    throw problemError('too-many-requests', 'Too many follow already: try again shortly.', { retryAfterSeconds: 5 })
  }
  line.begin(connection)
  const cursors = args.cursor ? cursorsOf(args.cursor, topics.length) : []
  connection.follow(
    topics.map((topic, place) => {
      const cursor = cursors[place]
      return cursor === undefined ? { topic } : { topic, cursor }
    }),
  )
  return mapped(line.events, (offers) => ({ offers }))
}

/** Each event as something else, in their order; leaving the one is leaving the other. */
export function mapped<T, U>(events: AsyncIterator<T>, change: (event: T) => U | Promise<U>): AsyncIterableIterator<U> {
  const iterator: AsyncIterableIterator<U> = {
    [Symbol.asyncIterator]: () => iterator,
    async next() {
      const { done, value } = await events.next()
      return done ? { done: true, value: undefined } : { done: false, value: await change(value) }
    },
    async return() {
      await events.return?.()
      return { done: true, value: undefined }
    },
  }
  return iterator
}

export const followFields = { offers: followOffers }
