import { Type, type Static } from 'typebox'
import { AMOUNT_MAX, Counted, Instant, LINES_MAX, LocationId, Quantity, Reference, Sku } from './primitives.ts'

const strict = { additionalProperties: false }

export const LotId = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
  description: 'your own number for a lot',
})
/** Where a bottle lies within its location. What is before the first slash is its zone. */
export const BinId = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,15}(/[A-Za-z0-9._-]{1,15}){0,3}$',
  description: 'where they lie, such as `A/12/3`: zone A, rack 12, shelf 3',
})

const Words = Type.String({ minLength: 1, maxLength: 500 })

const facts = {
  supplier: Type.Optional(Type.String({ minLength: 1, maxLength: 120, description: 'who they came from' })),
  costMinor: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: AMOUNT_MAX,
      description: 'what one bottle (or one case of a SKU that is a case) cost, in minor units',
    }),
  ),
  currency: Type.Optional(Type.String({ pattern: '^[A-Z]{3}$' })),
  condition: Type.Optional({ ...Words, description: 'in what condition they came' }),
  provenance: Type.Optional({ ...Words, description: 'where they have been before' }),
  drinkBy: Type.Optional(Type.Integer({ minimum: 1900, maximum: 2300, description: 'last year to drink them in' })),
}

/** What a receipt says of bottles that came together. A cost has its currency. */
export const LotDetails = Type.Object({ id: Type.Optional(LotId), ...facts }, strict)
export type LotDetails = Static<typeof LotDetails>

export const Which = { lot: Type.Optional(LotId), bin: Type.Optional(BinId) }

export const MoveRequest = Type.Object(
  {
    location: LocationId,
    reference: Type.Optional(Reference),
    lines: Type.Array(
      Type.Object(
        {
          sku: Sku,
          quantity: Quantity,
          lot: Type.Optional(LotId),
          fromBin: Type.Optional({ ...BinId, description: 'the bin they are taken from; without it, those in none' }),
          toBin: Type.Optional({ ...BinId, description: 'the bin they are put in; without it, into none' }),
        },
        strict,
      ),
      { minItems: 1, maxItems: LINES_MAX },
    ),
  },
  strict,
)

export const OpenLotRequest = Type.Object(
  {
    sku: Sku,
    location: LocationId,
    quantity: Quantity,
    bin: Type.Optional(BinId),
    lot: LotDetails,
    reference: Type.Optional(Reference),
  },
  strict,
)

/** Bottles of a SKU that came together. */
export const Lot = Type.Object({
  id: LotId,
  sku: Sku,
  openedAt: Instant,
  entry: Type.String({ description: 'journal entry that opened it' }),
  ...facts,
  onHand: Type.Integer({ description: 'bottles of it that are there, at all locations' }),
})
export type Lot = Static<typeof Lot>

/** So many bottles of a level, of one lot and in one bin. */
export const Parcel = Type.Object({
  sku: Sku,
  location: LocationId,
  lot: Type.Optional(LotId),
  bin: Type.Optional(BinId),
  quantity: Counted,
})
export type Parcel = Static<typeof Parcel>
