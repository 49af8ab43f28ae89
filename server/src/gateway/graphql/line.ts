import type { CloseCause, ServerFrame } from '@cellarhand/protocol/feed'
import type { GoneOffer, Offer } from '@cellarhand/protocol/offer'
import type { ProblemSlug } from '@cellarhand/protocol/problem'
import type { Connection, Frame, Sink } from '../../feed/feed.ts'
import { problemError } from './errors.ts'

/** What became of offers that are followed, as the schema has it. */
export interface OfferChanges {
  readonly offers: readonly ((Offer | GoneOffer) & { readonly __typename: 'Offer' | 'GoneOffer' })[]
  readonly reset?: string
  readonly whole: boolean
  readonly cursor: string | undefined
}

/** The feed has ended the line: whoever follows may come back with its cursor, unless it may not follow at all. */
export class LineEnded extends Error {
  override readonly name = 'LineEnded'
  override readonly cause: CloseCause
  constructor(cause: CloseCause) {
    super(`the line was ended: ${cause}`)
    this.cause = cause
  }
}

/** A line from the feed to whoever takes its events, one after another. */
export interface Line {
  readonly sink: Sink
  /** Takes events from the connection on. Nothing of the feed is lost before: its first frame says only that there is a line. */
  readonly begin: (connection: Pick<Connection, 'isWhole'>) => void
  readonly events: AsyncIterableIterator<OfferChanges>
}

interface Waiting {
  readonly event: OfferChanges
  readonly bytes: number
}

interface Taker {
  readonly take: (result: IteratorResult<OfferChanges>) => void
  readonly fail: (error: Error) => void
}

/**
 * What waits here counts as not taken: as soon as it is much, the feed keeps the rest as the set of what changed, and sends the newest of it when all of this is
 * gone. So who asks for the next event only when the network has taken the last is never owed more than one value of an offer beside what is on its way.
 *
 * @param onEnded told that the feed has ended it: whoever waits for the network to take something does not ask for the next event
 */
export function createLine(onEnded: (cause: CloseCause) => void): Line {
  const waiting: Waiting[] = []
  const line = {
    bytes: 0,
    taker: undefined as Taker | undefined,
    ended: undefined as Error | 'left' | undefined,
    connection: undefined as Pick<Connection, 'isWhole'> | undefined,
    drained: () => {},
    gone: () => {},
  }
  const endWith = (ended: Error | 'left') => {
    line.ended ??= ended
    const { taker } = line
    line.taker = undefined
    if (ended === 'left') taker?.take({ done: true, value: undefined })
    else taker?.fail(ended)
  }
  const take = ({ event, bytes }: Waiting) => {
    line.bytes -= bytes
    // Not within the pull: what the feed writes then comes to a taker that is there.
    if (waiting.length === 0) queueMicrotask(line.drained)
    return { done: false as const, value: event }
  }
  const sink: Sink = {
    write(frame, cursor) {
      const event = line.connection && eventOf(frame, line.connection, cursor)
      if (event === undefined || line.ended) return
      if (event instanceof Error) return endWith(event)
      const { taker } = line
      line.taker = undefined
      if (taker) return taker.take({ done: false, value: event })
      waiting.push({ event, bytes: frame.text.length })
      line.bytes += frame.text.length
    },
    buffered: () => line.bytes,
    onDrain: (drained) => void (line.drained = drained),
    onGone: (gone) => void (line.gone = gone),
    close(cause) {
      if (cause === 'slow') waiting.length = 0
      endWith(new LineEnded(cause))
      line.gone()
      onEnded(cause)
    },
  }
  const events: AsyncIterableIterator<OfferChanges> = {
    [Symbol.asyncIterator]: () => events,
    async next() {
      const first = waiting.shift()
      if (first) return take(first)
      if (line.ended === 'left') return { done: true, value: undefined }
      if (line.ended) throw line.ended
      return new Promise((take, fail) => (line.taker = { take, fail }))
    },
    async return() {
      waiting.length = 0
      endWith('left')
      line.gone()
      return { done: true, value: undefined }
    },
  }
  return { sink, begin: (connection) => void (line.connection = connection), events }
}

/** What a frame says to who follows offers: nothing, an event, or that it is not followed. */
function eventOf(
  frame: Frame,
  connection: Pick<Connection, 'isWhole'>,
  cursor: () => string | undefined,
): OfferChanges | Error | undefined {
  switch (frame.type) {
    case 'offers':
      return { offers: offersIn(frame), whole: connection.isWhole(), cursor: cursor() }
    case 'ready':
    case 'progress':
      return { offers: [], whole: connection.isWhole(), cursor: cursor() }
    case 'reset': {
      const { reason } = JSON.parse(frame.text) as Extract<ServerFrame, { type: 'reset' }>
      return { offers: [], reset: reason, whole: false, cursor: undefined }
    }
    case 'error': {
      const { problem, detail } = JSON.parse(frame.text) as Extract<ServerFrame, { type: 'error' }>
      return problemError(problem as ProblemSlug, detail)
    }
    default:
      return undefined
  }
}

/** A frame is made once for all who follow its topic, and read once for all of them that speak GraphQL. */
const read = new WeakMap<Frame, OfferChanges['offers']>()

function offersIn(frame: Frame): OfferChanges['offers'] {
  const known = read.get(frame)
  if (known) return known
  const { offers } = JSON.parse(frame.text) as Extract<ServerFrame, { type: 'offers' }>
  const named = offers.map((offer) => ({
    ...offer,
    __typename: 'gone' in offer ? ('GoneOffer' as const) : ('Offer' as const),
  }))
  read.set(frame, named)
  return named
}
