import type { ServerWritableStream } from '@grpc/grpc-js'
import { closeCodes, type CloseCause, type ServerFrame } from '@cellarhand/protocol/feed'
import type { ProblemSlug } from '@cellarhand/protocol/problem'
import type { Frame, Sink } from '../../feed/feed.ts'
import { messageOf } from '../../platform/grpc/image.ts'
import { encode, type Plain } from '../../platform/grpc/shape.ts'
import { problemMessage, statusOf } from './refusal.ts'

const Followed = messageOf('cellarhand.v1.FollowOffersResponse')

/** A call that streams offers. */
export type OfferCall = ServerWritableStream<Buffer, Buffer>

/** A frame as a message without its cursor, made once for all who are sent it. */
const messages = new WeakMap<Frame, Buffer>()

function messageOfFrame(frame: Frame): Buffer {
  const known = messages.get(frame)
  if (known) return known
  const made = encode(Followed, eventOf(JSON.parse(frame.text) as ServerFrame))
  messages.set(frame, made)
  return made
}

function eventOf(frame: ServerFrame): Plain {
  switch (frame.type) {
    case 'welcome':
      return { welcome: { epoch: frame.epoch, head: frame.head, pingMs: frame.pingMs } }
    case 'reset':
      return { reset: { topic: frame.topic, reason: frame.reason } }
    case 'offers':
      return { changed: { topic: frame.topic, offers: frame.offers.map(changeOf) } }
    case 'ready':
      return { ready: { topic: frame.topic, resumed: frame.resumed } }
    case 'progress':
      return { progress: {} }
    case 'ping':
      return { ping: { head: frame.head, at: frame.at } }
    case 'reconnect':
      return { reconnect: { afterMs: frame.afterMs } }
    case 'error': {
      const problem = problemMessage({ slug: frame.problem as ProblemSlug, detail: frame.detail })
      return { refused: { topic: frame.topic ?? '', problem } }
    }
    // Frames of topics that are not of offers, and of a client that speaks.
    default:
      throw new Error(`a frame of ${frame.type} came to who follows offers`)
  }
}

function changeOf(offer: object): Plain {
  return 'gone' in offer ? { gone: offer } : { offer }
}

/** The cursor stands in field 1. Messages that are written behind one another are one message. */
const CURSOR_TAG = 0x0a
/** A length of seven bits, and of those above. */
const VARINT_BITS = 7
const VARINT_MORE = 0x80

/** A message with the cursor of whoever it goes to. */
function withCursor(message: Buffer, cursor: string | undefined): Buffer {
  if (cursor === undefined) return message
  const text = Buffer.from(cursor)
  const length: number[] = []
  let rest = text.length
  while (rest >= VARINT_MORE) {
    length.push((rest % VARINT_MORE) + VARINT_MORE)
    rest >>= VARINT_BITS
  }
  return Buffer.concat([Buffer.from([CURSOR_TAG, ...length, rest]), text, message])
}

/** A call as a sink: what it has written and the network has not taken is counted, and a client that takes nothing is owed no more than that. */
export function offerSink(call: OfferCall): Sink {
  let buffered = 0
  let drained = () => {}
  return {
    write(frame, cursor) {
      const bytes = withCursor(messageOfFrame(frame), hasCursor(frame) ? cursor() : undefined)
      buffered += bytes.length
      call.write(bytes, () => {
        buffered -= bytes.length
        if (buffered === 0) drained()
      })
    },
    buffered: () => buffered,
    onDrain: (listener) => {
      drained = listener
    },
    onGone: (gone) => void call.once('close', gone),
    close: (cause) => endCall(call, cause),
  }
}

/** A topic that is not whole yet has nothing to go on from: the cursor of before stays good. */
const hasCursor = ({ type }: Frame): boolean => type !== 'welcome' && type !== 'reset'

/** Why a stream was ended, as its status; without one it has just grown old. */
const problems: Readonly<Record<CloseCause, ProblemSlug | undefined>> = {
  draining: 'unavailable',
  slow: 'unavailable',
  tokenExpired: 'unauthenticated',
  rateExceeded: 'too-many-requests',
  full: 'too-many-requests',
  silent: 'unavailable',
  rotated: undefined,
  badFrame: 'invalid-request',
  unsupportedVersion: 'invalid-request',
  forbidden: 'forbidden',
}

function endCall(call: OfferCall, cause: CloseCause): void {
  const slug = problems[cause]
  if (slug === undefined) call.end()
  else call.emit('error', statusOf({ slug, detail: `${closeCodes[cause].reason}.`, ...retryOf(slug) }))
}

const retryOf = (slug: ProblemSlug) => (slug === 'unavailable' ? { retryAfterSeconds: 1 } : {})
