import type { FastifyInstance } from 'fastify'
import { Type, type Static } from 'typebox'
import { ChannelId } from '@cellarhand/protocol/primitives'
import { sseSink, topicSkusMax } from '../../feed/feed.ts'
import { DEFAULT_CHANNEL } from './hold-routes.ts'
import { described } from './openapi.ts'
import { sendProblem } from './problems.ts'
import type { Services } from './services.ts'

const FeedQuery = Type.Object(
  {
    channel: Type.Optional(ChannelId),
    sku: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9._,-]{1,33000}$',
        description: 'SKU codes, with commas between; without them the whole channel',
      }),
    ),
  },
  { additionalProperties: false },
)

/**
 * The feed as Server-Sent Events. WebSocket (`Upgrade`), long-poll (`?cursor=`) and Socket.IO join here on the same sessions, each with a
 * sink of its own.
 */
export function registerFeedRoute(app: FastifyInstance, services: Services): void {
  app.get<{ Querystring: Static<typeof FeedQuery> }>(
    '/v1/feed',
    {
      schema: described('feed', 'Offers as they change', {
        id: 'followOffers',
        description:
          'A snapshot of the topic, then every change. The id of an event is the cursor: a client that comes back with it as `Last-Event-ID` gets what changed meanwhile, as it is now. Events: `hello`, `offers`, `ready`, `reset`, `beat`.',
        headers: Type.Object({
          'last-event-id': Type.Optional(
            Type.String({ maxLength: 60, description: 'The cursor to go on from. An EventSource sends it by itself.' }),
          ),
        }),
        query: FeedQuery,
        media: 'text/event-stream',
        answers: { 200: Type.String() },
        refusals: ['unknown-channel', 'too-many-requests'],
      }),
    },
    async (request, reply) => {
      const { channel = DEFAULT_CHANNEL, sku } = request.query
      const skus = sku?.split(',').filter((code) => code !== '')
      const header = request.headers['last-event-id']
      const cursor = typeof header === 'string' && header !== '' ? header : undefined
      const refusal = services.feed.open({ channel, skus, cursor }, sseSink(reply.raw))
      switch (refusal) {
        case 'unknown_channel':
          return sendProblem(reply, 'unknown-channel', `There is no channel ${channel}.`)
        case 'too_many_skus':
          return sendProblem(
            reply,
            'invalid-request',
            `A feed follows ${topicSkusMax} SKUs at most, or a whole channel.`,
          )
        case 'full':
          return sendProblem(
            reply.header('retry-after', '5'),
            'too-many-requests',
            'Too many follow already: try again shortly.',
          )
        case undefined:
          return reply.hijack()
      }
    },
  )
}
