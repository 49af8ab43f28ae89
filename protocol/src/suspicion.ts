import { Type, type Static } from 'typebox'
import { Instant, words } from './primitives.ts'

const strict = { additionalProperties: false }

/** A month: longer is an account that is to be closed. */
const BLOCK_HOURS_MAX = 720

/** Who is suspected: an account, a guest, or an address by its keyed hash. */
export const Party = Type.String({
  maxLength: 110,
  pattern: '^((user|guest):[\\x21-\\x7e]{1,100}|address:[\\w-]{22})$',
  description: 'who: `user:ID`, `guest:ID`, or `address:HASH`, which stands for an address and cannot be turned back',
})

const SuspicionReason = Type.Object({
  reason: Type.Enum(['unbought', 'cycling', 'accounts', 'reflex', 'rhythm'], {
    description:
      '`unbought`: holds that lapsed or were given back. `cycling`: much of a SKU held again right after it lapsed. `accounts`: accounts and guests behind an address that buy nothing. `reflex`: holds within moments of bottles coming back. `rhythm`: requests as even as a clock',
  }),
  figure: Type.Number({ description: 'what was counted; what is longer ago counts less' }),
  points: Type.Number({ description: 'what that adds to the score' }),
  at: { ...Instant, description: 'when it was last added to' },
})

/** Somebody who holds bottles and does not buy them. */
export const Suspicion = Type.Object({
  party: Party,
  network: Type.Optional(Type.String({ description: 'of an address: the network that it is of' })),
  score: Type.Integer({ minimum: 0, maximum: 100, description: '0 to 100; halved by an hour without more' }),
  verdict: Type.Enum(['fine', 'slow', 'prove', 'stop', 'blocked'], {
    description:
      'what becomes of their holds: nothing; one after a pause; none until they sign in; none until the score has fallen; none until the block ends',
  }),
  reasons: Type.Array(SuspicionReason, { description: 'why, the heaviest first' }),
  blockedUntil: Type.Optional({ ...Instant, description: 'the end of the block' }),
})

const reason = words(200, 'why, for the record')

export const ClearRequest = Type.Object({ reason }, strict)
export type ClearRequest = Static<typeof ClearRequest>

export const BlockRequest = Type.Object(
  {
    reason,
    hours: Type.Integer({ minimum: 1, maximum: BLOCK_HOURS_MAX, description: 'after so many it ends by itself' }),
  },
  strict,
)
export type BlockRequest = Static<typeof BlockRequest>
