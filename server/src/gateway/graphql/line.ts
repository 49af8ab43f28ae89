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
  const state: State = {
    waiting: [],
    bytes: 0,
    taker: undefined,
    ended: undefined,
    connection: undefined,
    drained: () => {},
    gone: () => {},
  }
  return {
    sink: sinkOf(state, onEnded),
    begin: (connection) => void (state.connection = connection),
    events: eventsOf(state),
  }
}

interface State {
  readonly waiting: Waiting[]
  /** of what waits */
  bytes: number
  taker: Taker | undefined
  ended: Error | 'left' | undefined
  connection: Pick<Connection, 'isWhole'> | undefined
  drained: () => void
  gone: () => void
}

function endWith(state: State, ended: Error | 'left'): void {
  state.ended ??= ended
  const { taker } = state
  state.taker = undefined
  if (ended === 'left') taker?.take({ done: true, value: undefined })
  else taker?.fail(ended)
}

/** Where the feed writes. */
function sinkOf(state: State, onEnded: (cause: CloseCause) => void): Sink {
  return {
    write(frame, cursor) {
      const event = state.connection && eventOf(frame, state.connection, cursor)
      if (event === undefined || state.ended) return
      if (event instanceof Error) return endWith(state, event)
      const { taker } = state
      state.taker = undefined
      if (taker) return taker.take({ done: false, value: event })
      state.waiting.push({ event, bytes: frame.text.length })
      state.bytes += frame.text.length
    },
    buffered: () => state.bytes,
    onDrain: (drained) => void (state.drained = drained),
    onGone: (gone) => void (state.gone = gone),
    close(cause) {
      if (cause === 'slow') state.waiting.length = 0
      endWith(state, new LineEnded(cause))
      state.gone()
      onEnded(cause)
    },
  }
}

/** Where whoever follows takes, one event at a time. */
function eventsOf(state: State): AsyncIterableIterator<OfferChanges> {
  const events: AsyncIterableIterator<OfferChanges> = {
    [Symbol.asyncIterator]: () => events,
    async next() {
      const first = state.waiting.shift()
      if (first) return take(state, first)
      if (state.ended === 'left') return { done: true, value: undefined }
      if (state.ended) throw state.ended
      return new Promise((take, fail) => (state.taker = { take, fail }))
    },
    async return() {
      state.waiting.length = 0
      endWith(state, 'left')
      state.gone()
      return { done: true, value: undefined }
    },
  }
  return events
}

function take(state: State, { event, bytes }: Waiting): IteratorResult<OfferChanges> {
  state.bytes -= bytes
  // Not within the pull: what the feed writes then comes to a taker that is there.
  if (state.waiting.length === 0) queueMicrotask(state.drained)
  return { done: false, value: event }
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
