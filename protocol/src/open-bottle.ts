import { Type, type Static } from 'typebox'
import { Instant, LocationId, Position, Reference, Sku, Uuid, words } from './primitives.ts'
import { Shorts } from './stock.ts'

const strict = { additionalProperties: false }

/** The largest format there is, in ml, as the catalogue takes it: no bottle is poured of more at once. */
const POUR_MAX_ML = 100_000
/** A year: fortified wines keep for months once they are open, and none longer. */
const DISCARD_HOURS_MAX = 8_760

const Ml = (description: string) => Type.Integer({ minimum: 1, maximum: POUR_MAX_ML, description })

export const OpenBottleRequest = Type.Object(
  {
    location: LocationId,
    sku: { ...Sku, description: 'a single bottle; a case is unpacked first' },
    servingMl: Type.Optional(Ml('millilitres of a pour that does not say how much')),
    preservation: Type.Optional(words(60, 'how it is kept: a stopper, argon, a needle')),
    discardAfterHours: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: DISCARD_HOURS_MAX,
        description: 'hours from its opening until it is due to be discarded; 72 unless said',
      }),
    ),
    reference: Type.Optional(Reference),
    occurredAt: Type.Optional(Instant),
  },
  strict,
)

export const PourRequest = Type.Object(
  {
    ml: Type.Optional(Ml('millilitres poured; without it, one serving of the bottle’s `servingMl`')),
    reference: Type.Optional(Reference),
    occurredAt: Type.Optional(Instant),
  },
  strict,
)

export const DiscardRequest = Type.Object({ reason: words(200), occurredAt: Type.Optional(Instant) }, strict)

export const OpenBottleState = Type.Enum(['open', 'empty', 'discarded'])

const bottle = {
  id: Uuid,
  state: OpenBottleState,
  reference: Type.Optional(Type.String()),
  createdAt: Instant,
  location: LocationId,
  sku: Sku,
  formatMl: Type.Integer(),
  servingMl: Type.Optional(Type.Integer({ description: 'millilitres of a pour that does not say how much' })),
  preservation: Type.Optional(Type.String({ description: 'how it is kept' })),
  openedAt: { ...Instant, description: 'when it was opened' },
  discardBy: { ...Instant, description: 'when it is due to be discarded; it can still be poured then' },
  pouredMl: Type.Integer({ description: 'millilitres poured in all' }),
  overMl: Type.Integer({ description: 'millilitres of these beyond what the bottle had by its format' }),
  leftMl: Type.Integer({ description: 'millilitres left to pour' }),
  discardedMl: Type.Integer({ description: 'millilitres thrown away' }),
  servings: Type.Integer({ description: 'pours in all' }),
  discardedAt: Type.Optional({ ...Instant, description: 'when what was left was thrown away' }),
  discardReason: Type.Optional(Type.String({ description: 'why it was thrown away' })),
}

/** A bottle that was opened, in millilitres. It is not on hand any more. */
export const OpenBottle = Type.Object({
  ...bottle,
  over: Type.Optional(Type.Integer({ description: 'millilitres of this pour beyond what the books said was left' })),
  clamped: Type.Optional(Type.Literal(true)),
  rebased: Type.Optional(
    Type.Literal(true, { description: 'a count after it was opened had not found the bottle already' }),
  ),
  revokedHolds: Type.Optional(Type.Array(Uuid)),
  shortfalls: Shorts,
  position: Position,
})
export type OpenBottle = Static<typeof OpenBottle>

const due = Type.Optional(
  Type.Literal(true, { description: 'something is left of it, and the time to discard it has come' }),
)

/** An open bottle of a list. */
export const OpenBottleListed = Type.Object({ ...bottle, due })

/** An open bottle with its newest pours. */
export const OpenBottleRecord = Type.Object({
  ...bottle,
  due,
  pours: Type.Array(
    Type.Object({
      ml: Type.Integer({ description: 'millilitres poured' }),
      at: { ...Instant, description: 'when it was poured' },
      reference: Type.Optional(Type.String()),
    }),
    { description: 'the newest 100 pours, newest first; the totals are of all' },
  ),
  position: Position,
})
