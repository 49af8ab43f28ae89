import type { DescMethod } from '@bufbuild/protobuf'
import type { handleServerStreamingCall } from '@grpc/grpc-js'
import { Type, type Static } from 'typebox'
import { FEED_TOPICS_MAX } from '@cellarhand/protocol/feed'
import { ChannelId } from '@cellarhand/protocol/primitives'
import { cursorsOf, streamLifetimeMs } from '../../feed/feed.ts'
import { decode } from '../../platform/grpc/shape.ts'
import { DEFAULT_CHANNEL } from '../default-channel.ts'
import { permitOf } from '../permit.ts'
import type { Caller } from '../../access/access.ts'
import { addressOf, admit } from './caller.ts'
import type { GrpcServices } from './grpc.ts'
import { operationOf } from './operations.ts'
import { offerSink, type OfferCall } from './offer-sink.ts'
import { statusOf, type Refused } from './refusal.ts'
import { refusalOf } from './unary.ts'
import { fitting } from './validate.ts'

/** 128 topics that each stand elsewhere, as in REST. */
const CURSOR_CHARS_MAX = 4_000
/** Who is refused for want of room comes again after that. */
const RETRY_AFTER_S = 5

/** What is followed: topics of offers alone. */
const Following = Type.Object(
  {
    topics: Type.Array(
      Type.String({
        pattern: '^(sku|wine|search|channel):[^\\u0000-\\u0020]{1,1024}$',
        description: 'a topic of offers',
      }),
      { minItems: 1, maxItems: FEED_TOPICS_MAX },
    ),
    channel: Type.Optional(ChannelId),
    cursor: Type.Optional(Type.String({ maxLength: CURSOR_CHARS_MAX })),
  },
  { additionalProperties: false },
)

/** Streams offers as they are and as they change, over the same sessions as the feed: a slow client is owed each offer once, as it is then. */
export function followOffers(services: GrpcServices, method: DescMethod): handleServerStreamingCall<Buffer, Buffer> {
  return (call) => {
    const refuse = (refused: Refused) => void call.emit('error', statusOf(refused))
    // Nobody else listens for what goes wrong with a line that is down.
    follow(services, method, call).then(
      (refused) => refused && refuse(refused),
      (error: unknown) => refuse(refusalOf(services, method, error)),
    )
  }
}

async function follow(services: GrpcServices, method: DescMethod, call: OfferCall): Promise<Refused | undefined> {
  const admitted = await admit(services, operationOf(method), call)
  if ('slug' in admitted) return admitted
  const fit = fitting(Following, decode(method.input, call.request))
  if ('slug' in fit) return fit
  // Whoever was cancelled while they were looked up has gone already.
  return call.cancelled ? undefined : connect(services, call, admitted.caller, fit.asked)
}

function connect(
  services: GrpcServices,
  call: OfferCall,
  caller: Caller,
  { topics, channel = DEFAULT_CHANNEL, cursor }: Static<typeof Following>,
): Refused | undefined {
  const { feed } = services
  const permit = permitOf(services, caller)
  const names = [...new Set(topics)]
  for (const name of names) {
    const refusal = feed.refusalOf(name, { channel, permit })
    if (refusal) return { slug: refusal.problem, detail: refusal.detail }
  }
  const lifetimeMs = streamLifetimeMs(Math.random)
  const connection = feed.connect(offerSink(call), { channel, permit, address: addressOf(call), lifetimeMs })
  if (typeof connection === 'string') {
    const detail = 'Too many follow already: try again shortly.'
    return { slug: 'too-many-requests', detail, retryAfterSeconds: RETRY_AFTER_S }
  }
  const cursors = cursor === undefined || cursor === '' ? [] : cursorsOf(cursor, names.length)
  connection.follow(
    names.map((name, place) => {
      const at = cursors[place]
      return { topic: name, ...(at === undefined ? {} : { cursor: at }) }
    }),
  )
  return undefined
}
