import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { FEED_TOPICS_MAX, FeedTopic, PollAnswer } from '@cellarhand/protocol/feed'
import { ChannelId } from '@cellarhand/protocol/primitives'
import { createSockets, cursorsOf, pollSink, sseSink, streamLifetimeMs } from '../../feed/feed.ts'
import { systemTimers } from '../../replica/replica.ts'
import { DEFAULT_CHANNEL } from '../default-channel.ts'
import { isRefused } from '../../access/access.ts'
import { callerOfUpgrade, permitOf } from '../permit.ts'
import { described } from './openapi.ts'
import { carryHeaders } from './headers.ts'
import { otherName, otherOrigin } from './origins.ts'
import { sendProblem } from './problems.ts'
import type { Services } from '../services.ts'
import { addressOf } from './socket-io-route.ts'
import { refuseUpgrade } from './transport.ts'

const path = '/v1/feed'
/** 128 topics that each stand elsewhere. */
const CURSOR_CHARS_MAX = 4_000
const RETRY_AFTER_S = '5'

const Cursor = Type.String({
  maxLength: CURSOR_CHARS_MAX,
  description: 'what the answer or the event before it said. An EventSource sends it by itself, as `Last-Event-ID`',
})

/** What is followed, and from where. */
export const FeedQuery = Type.Object(
  {
    topic: Type.Union([FeedTopic, Type.Array(FeedTopic, { minItems: 1, maxItems: FEED_TOPICS_MAX })], {
      description:
        'may come more than once: `sku:ID@CHANNEL`, `wine:ID@CHANNEL`, `search:QUERY@CHANNEL`, `channel:ID`, `location:ID`, `hold:ID`, `audit`',
    }),
    channel: Type.Optional({ ...ChannelId, description: 'of topics that name none' }),
    cursor: Type.Optional(Cursor),
  },
  { additionalProperties: false },
)
type FeedRequest = FastifyRequest<{ Querystring: Static<typeof FeedQuery> }>

/** The feed as Server-Sent Events and as a long-poll; over WebSocket see `upgradeToFeed`. */
export function registerFeedRoute(app: FastifyInstance, services: Services): void {
  app.get<{ Querystring: Static<typeof FeedQuery> }>(
    path,
    {
      schema: described('feed', 'What changes, as it changes', {
        id: 'follow',
        description:
          'Each topic as it is, then every change. With `Accept: text/event-stream` as Server-Sent Events, whose ids are the cursor; without it as a long-poll, which answers as soon as there is something that its `cursor` has not seen, or after 25 s; with `Upgrade: websocket` as a WebSocket. The whole contract is in protocol/PROTOCOL.md.',
        headers: Type.Object({ 'last-event-id': Type.Optional(Cursor) }),
        query: FeedQuery,
        answers: { 200: PollAnswer },
        refusals: ['unprocessable', 'unknown-channel', 'unknown-location', 'not-found'],
      }),
    },
    (request, reply) => follow(services, request, reply),
  )
}

function follow(services: Services, request: FeedRequest, reply: FastifyReply) {
  const { feed } = services
  const { topic, channel = DEFAULT_CHANNEL, cursor } = request.query
  const permit = permitOf(services, request.caller)
  const names = [...new Set(typeof topic === 'string' ? [topic] : topic)]
  for (const name of names) {
    const refusal = feed.refusalOf(name, { channel, permit })
    if (refusal) return sendProblem(reply, refusal.problem, refusal.detail)
  }
  // The first frame is written as it connects.
  carryHeaders(reply)
  const isStream = request.headers.accept?.includes('text/event-stream') === true
  const poll = isStream ? undefined : pollSink(reply.raw, systemTimers, Math.random)
  const lifetimeMs = isStream ? streamLifetimeMs(Math.random) : undefined
  const address = services.addressOf(request.raw)
  const connection = feed.connect(poll ?? sseSink(reply.raw), { channel, permit, address, lifetimeMs })
  if (typeof connection === 'string') {
    const later = reply.header('retry-after', RETRY_AFTER_S)
    return sendProblem(later, 'too-many-requests', 'Too many follow already: try again shortly.')
  }
  const seen = lastEventId(request) ?? cursor
  const cursors = seen === undefined || seen === '' ? [] : cursorsOf(seen, names.length)
  reply.hijack()
  connection.follow(names.map((name, place) => ({ topic: name, ...given(cursors[place]) })))
  poll?.begin(connection)
  return reply
}

const given = (cursor: string | undefined) => (cursor === undefined ? {} : { cursor })

function lastEventId(request: FeedRequest): string | undefined {
  const header = request.headers['last-event-id']
  return typeof header === 'string' && header !== '' ? header : undefined
}

/** Other places that take WebSockets, by their path. */
export type Upgrades = ReadonlyMap<string, (request: IncomingMessage, socket: Duplex, head: Buffer) => void>

/** Takes over requests that ask to be WebSockets, of the feed or of what else there is; others are told that there is none. */
export function upgradeToFeed(app: FastifyInstance, services: Services, others: Upgrades): void {
  const upgrade = createSockets(services.feed, systemTimers)
  app.server.on('upgrade', (request, socket, head) => {
    const { pathname, searchParams } = addressOf(request)
    if (!services.isMeant(request)) return refuseUpgrade(socket, 'misdirected-request', otherName)
    if (services.whosePage(request) === 'other') {
      return refuseUpgrade(socket, 'forbidden', otherOrigin(String(request.headers.origin)))
    }
    const other = others.get(pathname)
    if (other) return other(request, socket, head)
    if (pathname !== path) return refuseUpgrade(socket, 'not-found', `There is nothing to upgrade to at ${pathname}.`)
    if (searchParams.has('token') || searchParams.has('access_token')) {
      return refuseUpgrade(
        socket,
        'invalid-request',
        'A token does not belong into an address: send it as a header, or take a ticket.',
      )
    }
    // Whoever goes meanwhile takes nothing down with it.
    socket.on('error', () => {})
    callerOfUpgrade(services, request, searchParams.get('ticket')).then(
      (shown) => {
        if (isRefused(shown)) return refuseUpgrade(socket, 'unauthenticated', shown.refused)
        const channel = searchParams.get('channel') ?? DEFAULT_CHANNEL
        const address = services.addressOf(request)
        upgrade(request, socket, head, { channel, address, permit: permitOf(services, shown) })
      },
      () => refuseUpgrade(socket, 'unavailable', 'It cannot be told now who asks: try again in a moment.'),
    )
  })
}
