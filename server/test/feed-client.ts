import { isDeepStrictEqual } from 'node:util'
import type { FeedFrame } from '@cellarhand/protocol/feed-one'
import type { GoneOffer, Offer } from '@cellarhand/protocol/offer'
import type { Feed, OutFrame, Sink } from '../src/feed/feed.ts'
import { parsePosition } from '../src/log/log.ts'
import { must } from '../src/platform/must.ts'

/** What the world knows and the client must not fall short of: the offers of the topic as of a number of an epoch. */
export type Truth = (epoch: string, number: number) => ReadonlyMap<string, Offer | GoneOffer>

export interface ClientOptions {
  readonly channel: string
  readonly skus?: readonly string[] | undefined
  /** frames that fit between server and client before the server has to wait */
  readonly capacity: number
  readonly truth: Truth
  /** Whether an offer left the topic after a number of an epoch: who never had it need not be told of it. */
  readonly left?: (sku: string, epoch: string, number: number) => boolean
  /** An offer may come again as it was: the session may have been owed more than it remembers. */
  readonly repeats?: boolean
}

/** A client that believes nothing: each frame is held against what a feed promises (invariants I6 and I7), and throws where it breaks. */
export interface FeedClient {
  readonly view: ReadonlyMap<string, Offer>
  connect(feed: Feed): void
  connected(): boolean
  /** Loses the line, and what was on it. */
  disconnect(): void
  /** Takes up to so many frames off the line. */
  deliver(frames: number): void
  /** Sees a frame as if the server had sent it. */
  receive(frame: OutFrame): void
  waiting(): readonly OutFrame[]
  cursor(): string | undefined
}

interface Line {
  readonly frames: OutFrame[]
  blocked: boolean
  drained: () => void
  gone: () => void
  /** positions seen on this line, for nothing may come twice */
  readonly seen: Map<string, number>
}

interface Client {
  readonly options: ClientOptions
  readonly view: Map<string, Offer>
  cursor: string | undefined
  line: Line | undefined
}

const numberOf = (position: string) => must(parsePosition(position), `a position: ${position}`).number

/** A client that has never connected. */
export function createFeedClient(options: ClientOptions): FeedClient {
  const client: Client = { options, view: new Map(), cursor: undefined, line: undefined }
  return {
    view: client.view,
    connected: () => client.line !== undefined,
    waiting: () => client.line?.frames ?? [],
    cursor: () => client.cursor,
    receive: (frame) => receive(client, frame),
    connect(feed) {
      const line: Line = { frames: [], blocked: false, drained: () => {}, gone: () => {}, seen: new Map() }
      client.line = line
      const { channel, skus } = options
      const refusal = feed.open({ channel, skus, cursor: client.cursor }, sinkOf(client, line))
      if (refusal !== undefined) client.line = undefined
    },
    disconnect() {
      const { line } = client
      client.line = undefined
      line?.gone()
    },
    deliver(frames) {
      for (const frame of client.line?.frames.splice(0, frames) ?? []) receive(client, frame)
      const { line } = client
      if (line?.blocked && line.frames.length === 0) {
        line.blocked = false
        line.drained()
      }
    },
  }
}

function sinkOf(client: Client, line: Line): Sink {
  return {
    write(frame) {
      must(
        !line.blocked || frame.type === 'ready' || frame.type === 'reset',
        `${frame.type} is not sent into a full line`,
      )
      line.frames.push(frame)
      line.blocked ||= line.frames.length >= client.options.capacity
      return !line.blocked
    },
    onDrain: (drained) => void (line.drained = drained),
    onGone: (gone) => void (line.gone = gone),
    close() {
      client.line = undefined
      line.gone()
    },
  }
}

function receive(client: Client, out: OutFrame) {
  const frame = JSON.parse(out.text) as FeedFrame
  must(frame.type === out.type, 'a frame says its own type')
  if (frame.type === 'hello') {
    must((frame.mode === 'resume') <= (client.cursor !== undefined), 'only a cursor is resumed from')
    if (client.cursor === undefined) client.view.clear()
  }
  if (frame.type === 'reset') {
    client.view.clear()
    client.line?.seen.clear()
    client.cursor = undefined
  }
  if (frame.type === 'offers') for (const offer of frame.offers) take(client, offer)
  if (frame.type === 'ready' || frame.type === 'beat') must(frame.position === out.id, 'the position is the cursor')
  if (out.id !== undefined) advance(client, out.id)
}

function take(client: Client, offer: Offer | GoneOffer) {
  const number = numberOf(offer.position)
  const seen = client.line?.seen.get(offer.sku)
  const known = client.view.get(offer.sku)
  const again =
    client.options.repeats && number === seen && isDeepStrictEqual(known, 'gone' in offer ? undefined : offer)
  must(
    again || seen === undefined || number > seen,
    `${offer.sku} comes once at each position and only rises: ${number} after ${seen}`,
  )
  client.line?.seen.set(offer.sku, number)
  must(
    known === undefined || number >= numberOf(known.position),
    `${offer.sku} never goes back, not even after a resume`,
  )
  must(offer.channel === client.options.channel, 'an offer of the topic')
  must(client.options.skus?.includes(offer.sku) ?? true, 'an offer of the topic')
  if ('gone' in offer) client.view.delete(offer.sku)
  else client.view.set(offer.sku, offer)
}

/** A cursor says that nothing up to it is missing. */
function advance(client: Client, cursor: string) {
  const { epoch, number } = must(parsePosition(cursor), 'a cursor')
  must(client.cursor === undefined || numberOf(client.cursor) <= number, 'cursors only rise')
  client.cursor = cursor
  for (const [sku, offer] of client.options.truth(epoch, number)) {
    const known = client.view.get(sku)
    if ('gone' in offer) {
      must(known === undefined || numberOf(known.position) > number, `${sku} is gone as of ${cursor}, and no ghost`)
    } else {
      const latest = client.line?.seen.get(sku) ?? (known && numberOf(known.position))
      const isKnown = latest !== undefined && latest >= numberOf(offer.position)
      const isNeedless = latest === undefined && client.options.left?.(sku, epoch, number) === true
      must(isKnown || isNeedless, `${sku} is known as of ${cursor}`)
    }
  }
}
