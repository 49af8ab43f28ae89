import type { FastifyInstance } from 'fastify'
import { brand } from '@cellarhand/protocol/brand'
import {
  clientFrames,
  closeCodes,
  Closing,
  FEED_CLIENT_FRAME_MAX,
  FEED_TOPICS_MAX,
  FEED_VERSION,
  PollAnswer,
  serverFrames,
} from '@cellarhand/protocol/feed'
import { clientExamples, closingExample, pollExample, serverExamples } from './asyncapi-examples.ts'
import type { Config } from '../../platform/config.ts'
import { baseOf } from './base.ts'
import { sendDocument } from './validated.ts'
import { completeSchema, type Schema } from './document.ts'
import { FeedQuery } from './feed-route.ts'

const ref = (path: string) => ({ $ref: `#/${path}` })

type Frames = Readonly<Record<string, object>>

/** All that the server sends as a message of its own. */
const sent: Frames = { ...serverFrames, closing: Closing }
const serverNames = Object.keys(serverFrames)
const clientNames = Object.keys(clientFrames)
/** What only answers a client that speaks on the line. */
const answers = ['unsubscribed', 'authorised']
/** What says nothing to who asks again and again. */
const signs = ['welcome', 'progress', 'ping', 'reconnect']
const eventNames = serverNames.filter((name) => !answers.includes(name))
const polledNames = eventNames.filter((name) => !signs.includes(name))

/** The document of the feed, at `/v1/asyncapi.json`, made from the schemas that its frames are typed and checked by. */
export function registerAsyncApi(app: FastifyInstance, config: Pick<Config, 'publicUrl' | 'tls' | 'tlsCert'>): void {
  let text: string | undefined
  app.get('/v1/asyncapi.json', { schema: { hide: true } }, async (request, reply) => {
    text ??= JSON.stringify(asyncApi(new URL(baseOf(app, config))))
    return sendDocument(request, reply, text)
  })
}

/**
 * The feed as AsyncAPI 3. `send` and `receive` are the server's.
 *
 * @param base where the server is, such as `http://127.0.0.1:7000`
 */
function asyncApi({ host, protocol }: URL): object {
  const secure = protocol === 'https:' ? 's' : ''
  return {
    asyncapi: '3.0.0',
    info: {
      title: `${brand.title} feed`,
      version: String(FEED_VERSION),
      description:
        'What is followed, as it is and then as it changes. The same frames over each transport; `send` is what the server sends. What a client does with them is in protocol/PROTOCOL.md. Within a version fields and frames may be added: ignore what you do not know.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      http: { host, protocol: `http${secure}`, description: 'Server-Sent Events and long-polls' },
      ws: { host, protocol: `ws${secure}`, description: 'WebSockets' },
    },
    channels: channels(),
    operations: operations(),
    components: {
      messages: {
        ...messagesOf(sent, { ...serverExamples, closing: closingExample }),
        ...messagesOf(clientFrames, clientExamples),
        poll: messageOf('poll', 'The answer to a long-poll', pollExample),
      },
      schemas: { ...schemasOf(sent), ...schemasOf(clientFrames), poll: pollSchema() },
    },
  }
}

const schemasOf = (frames: Frames) =>
  Object.fromEntries(Object.entries(frames).map(([name, schema]) => [name, completeSchema(schema as Schema, name)]))

/** Frames of a poll are said to be what they are here, where each has a schema of its own. */
function pollSchema(): Schema {
  const schema = completeSchema(PollAnswer as unknown as Schema, 'poll')
  const anyOf = polledNames.map((name) => ref(`components/schemas/${name}`))
  return {
    ...schema,
    properties: { ...schema.properties, frames: { ...schema.properties?.['frames'], items: { anyOf } } },
  }
}

const messagesOf = (frames: Frames, examples: Frames) =>
  Object.fromEntries(
    Object.entries(frames).map(([name, schema]) => [
      name,
      messageOf(name, (schema as Schema).description ?? name, examples[name]),
    ]),
  )

const messageOf = (name: string, summary: string, payload: object | undefined) => ({
  name,
  title: name,
  summary,
  contentType: 'application/json',
  payload: ref(`components/schemas/${name}`),
  examples: [{ name, payload }],
})

const channelQuery = { type: 'object', properties: { channel: FeedQuery.properties.channel } }

const query = { ...completeSchema(FeedQuery as unknown as Schema, 'query'), required: ['topic'] }

function channels() {
  const both = [...serverNames, ...clientNames]
  return {
    webSocket: {
      ...channelOf('ws', '/v1/feed', both),
      title: 'WebSocket',
      description: `Text frames, a JSON object each, without extensions. The client says \`hello\` first. It follows ${FEED_TOPICS_MAX} topics at most and sends frames of ${FEED_CLIENT_FRAME_MAX} bytes at most.`,
      bindings: { ws: { method: 'GET', query: channelQuery, bindingVersion: '0.1.0' } },
      'x-close-codes': Object.values(closeCodes).map(({ code, reason }) => ({ code, reason, comeBack: code < 4_500 })),
    },
    events: {
      ...channelOf('http', '/v1/feed', eventNames),
      title: 'Server-Sent Events',
      description:
        'With `Accept: text/event-stream`. The type of an event is the frame’s, its data the frame, its id the cursor of the connection, which comes back as `Last-Event-ID` or as `cursor`.',
    },
    poll: {
      ...channelOf('http', '/v1/feed', ['poll']),
      title: 'Long-poll',
      description:
        'Answers at once when there is something that `cursor` has not seen, else when there is, or without frames after up to 25 s. The answer’s `cursor` goes into the next request.',
    },
    socketIo: {
      ...channelOf('ws', '/socket.io/', [...both, 'closing']),
      title: 'Socket.IO',
      description: `Version 4 of the Socket.IO protocol, where the operator has switched it on (\`${brand.envPrefix}SOCKETIO\`). An event’s name is the frame’s type, its one argument the frame. The first \`hello\` may be the handshake’s \`auth\`. In place of a close code comes \`closing\`.`,
    },
  }
}

const channelOf = (server: string, address: string, names: readonly string[]) => ({
  address,
  servers: [ref(`servers/${server}`)],
  messages: Object.fromEntries(names.map((name) => [name, ref(`components/messages/${name}`)])),
})

function operations() {
  const overHttp = { http: { method: 'GET', query, bindingVersion: '0.3.0' } }
  return {
    sendOverWebSocket: operationOf('send', 'webSocket', serverNames),
    receiveOverWebSocket: operationOf('receive', 'webSocket', clientNames),
    sendEvents: { ...operationOf('send', 'events', eventNames), bindings: overHttp },
    answerPoll: { ...operationOf('send', 'poll', ['poll']), bindings: overHttp },
    sendOverSocketIo: operationOf('send', 'socketIo', [...serverNames, 'closing']),
    receiveOverSocketIo: operationOf('receive', 'socketIo', clientNames),
  }
}

const operationOf = (action: 'send' | 'receive', channel: string, names: readonly string[]) => ({
  action,
  channel: ref(`channels/${channel}`),
  messages: names.map((name) => ref(`channels/${channel}/messages/${name}`)),
})
