import { FEED_VERSION } from '@cellarhand/protocol/feed'
import { chunkFraming, clientFrame, webSocketFraming, type Framing } from './framing.ts'

/** Whom a client of the bench can talk to. */
export type ServerKind = 'cellarhand' | BroadcastKind
export type BroadcastKind = 'ws' | 'socket.io' | 'durable-streams'

/** What a client does on a message that carries no value: says something back, counts so many topics as whole. */
export interface Answer {
  readonly say?: Buffer
  readonly whole?: number
}

/** How one talks to a server of a kind: no more of it than is needed to be sent values. */
export interface Speech {
  readonly framing: Framing
  /** The path and headers that open a line. */
  opening(skus: readonly string[]): { readonly path: string; readonly headers: readonly string[] }
  /** Said as soon as the line is open. */
  hello(skus: readonly string[]): Buffer | undefined
  /** Asks for more, on a line that is open; undefined where that cannot be. */
  follow(skus: readonly string[]): Buffer | undefined
  /** How many times `whole` is heard for so many SKUs. */
  wholes(skus: number): number
  /** Throws where the message is a refusal. */
  hear(text: string, skus: readonly string[]): Answer
}

const nothing: Answer = {}
// RFC 6455's own example: whoever asks is not checked against.
const upgrade = [
  'upgrade: websocket',
  'connection: Upgrade',
  'sec-websocket-version: 13',
  'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
]

const topicsOf = (skus: readonly string[]) => skus.map((sku) => `sku:${sku}@web`)
const requests = (topics: readonly string[]) => topics.map((topic) => ({ topic }))
const pong = clientFrame(JSON.stringify({ type: 'pong' }))

/** The first frame of a client of Cellarhand's feed. */
export function feedHello(topics: readonly string[]): Buffer {
  return clientFrame(JSON.stringify({ type: 'hello', version: FEED_VERSION, topics: requests(topics) }))
}

const cellarhand: Speech = {
  framing: webSocketFraming,
  opening: () => ({ path: '/v1/feed?channel=web', headers: upgrade }),
  hello: (skus) => feedHello(topicsOf(skus)),
  follow: (skus) => clientFrame(JSON.stringify({ type: 'subscribe', topics: requests(topicsOf(skus)) })),
  wholes: (skus) => skus,
  hear(text) {
    const { type, detail } = JSON.parse(text) as { type: string; detail?: string }
    if (type === 'error') throw new Error(`the feed refused a topic: ${detail}`)
    if (type === 'ping') return { say: pong }
    return type === 'ready' ? { whole: 1 } : nothing
  },
}

const bareWs: Speech = {
  framing: webSocketFraming,
  opening: () => ({ path: '/', headers: upgrade }),
  hello: (skus) => clientFrame(JSON.stringify(skus)),
  follow: (skus) => clientFrame(JSON.stringify(skus)),
  wholes: () => 1,
  hear: (text) => (text === 'whole' ? { whole: 1 } : nothing),
}

/** Packets of Engine.IO and Socket.IO: a digit for each layer, then JSON. */
const socketIo: Speech = {
  framing: webSocketFraming,
  opening: () => ({ path: '/socket.io/?EIO=4&transport=websocket', headers: upgrade }),
  hello: () => undefined,
  follow: (skus) => clientFrame(`42${JSON.stringify(['follow', skus])}`),
  wholes: () => 1,
  hear(text, skus) {
    if (text.startsWith('0')) return { say: clientFrame('40') }
    if (text.startsWith('40')) return { say: clientFrame(`42${JSON.stringify(['follow', skus])}`) }
    if (text === '2') return { say: clientFrame('3') }
    return text === '42["whole"]' ? { whole: 1 } : nothing
  },
}

/** One stream a line: that of the first SKU. Its first `control` event says that what was there has been sent. */
const durableStreams: Speech = {
  framing: chunkFraming,
  opening: ([sku = '']) => ({ path: `/${sku}?offset=now&live=sse`, headers: ['accept: text/event-stream'] }),
  hello: () => undefined,
  follow: () => undefined,
  wholes: () => 1,
  hear: (text) => (text.includes('"streamNextOffset"') ? { whole: 1 } : nothing),
}

export const speeches: Readonly<Record<ServerKind, Speech>> = {
  cellarhand,
  ws: bareWs,
  'socket.io': socketIo,
  'durable-streams': durableStreams,
}
