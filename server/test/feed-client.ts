import { openPermit } from '../src/feed/guard.ts'
import type { ServerFrame, TopicRequest } from '@cellarhand/protocol/feed'
import type { GoneOffer, Offer } from '@cellarhand/protocol/offer'
import type { Connection, Feed, Frame, Sink } from '../src/feed/feed.ts'
import { bufferedMax } from '../src/feed/session.ts'
import { parsePosition } from '../src/log/log.ts'
import { must } from '../src/platform/must.ts'

/** What the world knows and the client must not fall short of: the offers of a topic as of a number of an epoch. */
export type Truth = (topic: string, epoch: string, number: number) => ReadonlyMap<string, Offer | GoneOffer>

export interface ClientOptions {
  readonly topics: readonly string[]
  /** frames that fit between server and client before the server has to wait */
  readonly capacity: number
  readonly truth: Truth
  /** Whether an offer left the topic after a number of an epoch: who never had it need not be told of it. */
  readonly left?: (topic: string, sku: string, epoch: string, number: number) => boolean
}

/** A client that believes nothing: each frame is held against what a feed promises (invariants I6 and I7), and throws where it breaks. */
export interface FeedClient {
  view(topic: string): ReadonlyMap<string, Offer>
  connect(feed: Feed): void
  connected(): boolean
  /** Loses the line, and what was on it. */
  disconnect(): void
  /** Takes up to so many frames off the line. */
  deliver(frames: number): void
  /** Sees a frame as if the server had sent it. */
  receive(frame: Frame): void
  follow(topic: string): void
  unfollow(topic: string): void
  /** Asks again for what was refused: a channel that was not there may be there now. */
  askAgain(): void
  waiting(): readonly Frame[]
  cursor(topic: string): string | undefined
}

/** What a client has of a topic. */
interface Kept {
  readonly view: Map<string, Offer>
  cursor: string | undefined
  /** what came since a beginning without a cursor; undefined while what is there is gone on from */
  staged: Set<string> | undefined
  whole: boolean
  /** positions seen on this line, for nothing may come twice */
  readonly seen: Map<string, number>
}

interface Line {
  readonly frames: Frame[]
  connection: Connection | undefined
  blocked: boolean
  /** by topic: how many times the server has still to say that nothing of it comes any more; what comes before is of the past */
  readonly leaving: Map<string, number>
  readonly refused: Set<string>
  drained: () => void
  gone: () => void
}

interface Client {
  readonly options: ClientOptions
  readonly kept: Map<string, Kept>
  line: Line | undefined
}

const numberOf = (position: string) => must(parsePosition(position), `a position: ${position}`).number

const nothing = (): Kept => ({ view: new Map(), cursor: undefined, staged: new Set(), whole: false, seen: new Map() })

/** A client that has never connected. */
export function createFeedClient(options: ClientOptions): FeedClient {
  const client: Client = { options, kept: new Map(options.topics.map((topic) => [topic, nothing()])), line: undefined }
  return {
    view: (topic) => client.kept.get(topic)?.view ?? new Map(),
    connected: () => client.line !== undefined,
    waiting: () => client.line?.frames ?? [],
    cursor: (topic) => client.kept.get(topic)?.cursor,
    receive: (frame) => receive(client, frame),
    connect: (feed) => connect(client, feed),
    follow(topic) {
      if (client.kept.has(topic)) leave(client.line, topic)
      client.kept.set(topic, nothing())
      client.line?.connection?.follow([{ topic }])
    },
    unfollow(topic) {
      client.kept.delete(topic)
      leave(client.line, topic)
      client.line?.connection?.unfollow([topic])
    },
    askAgain() {
      const { line } = client
      for (const topic of line?.refused ?? [])
        if (client.kept.has(topic)) line?.connection?.follow([request(client, topic)])
      line?.refused.clear()
    },
    disconnect() {
      const { line } = client
      client.line = undefined
      line?.gone()
    },
    deliver(frames) {
      const { line } = client
      for (const frame of line?.frames.splice(0, frames) ?? []) receive(client, frame)
      if (line !== client.line) return
      if (line?.blocked && line.frames.length === 0) {
        line.blocked = false
        line.drained()
      }
    },
  }
}

function leave(line: Line | undefined, topic: string): void {
  line?.leaving.set(topic, (line.leaving.get(topic) ?? 0) + 1)
}

function connect(client: Client, feed: Feed): void {
  const line: Line = {
    frames: [],
    connection: undefined,
    blocked: false,
    leaving: new Map(),
    refused: new Set(),
    drained: () => {},
    gone: () => {},
  }
  client.line = line
  const connection = feed.connect(sinkOf(client, line), { permit: openPermit, channel: 'web', address: 'a client' })
  if (typeof connection === 'string') {
    client.line = undefined
    return
  }
  line.connection = connection
  for (const kept of client.kept.values()) {
    kept.seen.clear()
    kept.whole = false
    kept.staged = kept.cursor === undefined ? new Set() : undefined
  }
  connection.follow([...client.kept.keys()].map((topic) => request(client, topic)))
}

function request({ kept }: Client, topic: string): TopicRequest {
  const cursor = kept.get(topic)?.cursor
  return cursor === undefined ? { topic } : { topic, cursor }
}

/** Signs of life and words about a topic may go into a full line: they are few. */
const small: ReadonlySet<Frame['type']> = new Set(['welcome', 'ready', 'reset', 'unsubscribed', 'error', 'reconnect'])

function sinkOf(client: Client, line: Line): Sink {
  return {
    write(frame) {
      must(!line.blocked || small.has(frame.type), `${frame.type} is not sent into a full line`)
      line.frames.push(frame)
      line.blocked ||= line.frames.length >= client.options.capacity
    },
    buffered: () => (line.blocked ? bufferedMax : 0),
    onDrain: (drained) => void (line.drained = drained),
    onGone: (gone) => void (line.gone = gone),
    close() {
      client.line = undefined
      line.gone()
    },
  }
}

function receive(client: Client, out: Frame) {
  const frame = JSON.parse(out.text) as ServerFrame
  must(frame.type === out.type, 'a frame says its own type')
  if (frame.type === 'error') {
    if (frame.topic !== undefined) client.line?.refused.add(frame.topic)
    return
  }
  if (frame.type === 'progress') {
    for (const [topic, kept] of client.kept)
      if (kept.whole && !isLeaving(client, topic)) advance(client, topic, kept, frame.cursor)
    return
  }
  const leaving = client.line?.leaving
  if (frame.type === 'unsubscribed') leaving?.set(frame.topic, (leaving.get(frame.topic) ?? 0) - 1)
  if ('topic' in frame && frame.topic !== undefined && isLeaving(client, frame.topic)) return
  const kept = 'topic' in frame && frame.topic !== undefined ? client.kept.get(frame.topic) : undefined
  if (!kept || !('topic' in frame)) return
  switch (frame.type) {
    case 'reset':
      Object.assign(kept, { cursor: undefined, staged: new Set(), whole: false })
      kept.seen.clear()
      return
    case 'offers':
      must(frame.cursor === undefined || kept.whole, 'a cursor only behind what is whole')
      for (const offer of frame.offers) take(kept, offer)
      if (frame.cursor !== undefined) advance(client, frame.topic, kept, frame.cursor)
      return
    case 'ready':
      must(frame.resumed === (kept.staged === undefined), 'what is gone on from is said to be')
      for (const sku of kept.view.keys()) if (kept.staged?.has(sku) === false) kept.view.delete(sku)
      kept.staged = undefined
      kept.whole = true
      advance(client, frame.topic, kept, frame.cursor)
      return
    default:
  }
}

const isLeaving = ({ line }: Client, topic: string) => (line?.leaving.get(topic) ?? 0) > 0

function take(kept: Kept, offer: Offer | GoneOffer) {
  const number = numberOf(offer.position)
  const seen = kept.seen.get(offer.sku)
  const known = kept.view.get(offer.sku)
  if ('gone' in offer) {
    // It has left the topic, and may be offered still: the same offer may come back to it.
    must(seen === undefined || number >= seen, `${offer.sku} leaves behind what it was: ${number} after ${seen}`)
    kept.seen.delete(offer.sku)
    kept.view.delete(offer.sku)
    return
  }
  must(
    seen === undefined || number > seen,
    `${offer.sku} comes once at each position and only rises: ${number} after ${seen}`,
  )
  kept.seen.set(offer.sku, number)
  kept.staged?.add(offer.sku)
  const isSame = known === undefined || parsePosition(known.position)?.epoch !== parsePosition(offer.position)?.epoch
  must(isSame || number >= numberOf(known.position), `${offer.sku} never goes back, not even after a resume`)
  kept.view.set(offer.sku, offer)
}

/** A cursor says that nothing up to it is missing. */
function advance({ options }: Client, topic: string, kept: Kept, cursor: string) {
  const { epoch, number } = must(parsePosition(cursor), 'a cursor')
  must(kept.cursor === undefined || numberOf(kept.cursor) <= number, 'cursors only rise')
  kept.cursor = cursor
  for (const [sku, offer] of options.truth(topic, epoch, number)) {
    const known = kept.view.get(sku)
    if ('gone' in offer) {
      must(known === undefined || numberOf(known.position) > number, `${sku} is gone as of ${cursor}, and no ghost`)
    } else {
      const latest = kept.seen.get(sku) ?? (known && numberOf(known.position))
      const isKnown = latest !== undefined && latest >= numberOf(offer.position)
      const isNeedless = latest === undefined && options.left?.(topic, sku, epoch, number) === true
      must(isKnown || isNeedless, `${sku} is known as of ${cursor}`)
    }
  }
}
