import { Type, type Static } from 'typebox'
import {
  AMOUNT_MAX,
  Counted,
  Instant,
  LINES_MAX,
  LocationId,
  Position,
  Quantity,
  Reference,
  Sku,
  prose,
  words,
} from './primitives.ts'

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

const Words = prose(500)

const facts = {
  supplier: Type.Optional(words(120, 'who they came from')),
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

/** Of which SKU something is a lot, and which. */
export const OfLot = Type.Object(
  { of: Sku, lot: LotId },
  { description: 'the lot that it is, where it is one that is sold by itself, and the SKU that the lot is of' },
)

export const LotOfferRequest = Type.Object(
  {
    sku: Sku,
    lot: LotId,
    location: LocationId,
    quantity: Type.Optional({ ...Quantity, description: 'absent: all of the lot that stand there' }),
    as: Type.String({ ...Sku, description: 'the SKU they are sold as; made as a copy of `sku` where there is none' }),
    reference: Type.Optional(Reference),
  },
  strict,
)

export const LotWithdrawRequest = Type.Object(
  {
    location: LocationId,
    quantity: Type.Optional({ ...Quantity, description: 'absent: all that are available there' }),
    reference: Type.Optional(Reference),
  },
  strict,
)

/** A lot that is sold by itself. */
export const LotOffer = Type.Object({
  sku: Type.String({ ...Sku, description: 'what it is sold as: its price, its offers and its levels are of this SKU' }),
  of: Type.String({ ...Sku, description: 'the SKU that it is a lot of' }),
  lot: LotId,
  openedAt: Instant,
  entry: Type.String({ description: 'journal entry that opened the lot' }),
  ...facts,
  onHand: Type.Integer({ description: 'bottles of it that are there under this SKU, at all locations' }),
  position: Position,
})

export type LotOffer = Static<typeof LotOffer>

/** So many bottles of a level, of one lot and in one bin. */
export const Parcel = Type.Object({
  sku: Sku,
  location: LocationId,
  lot: Type.Optional(LotId),
  bin: Type.Optional(BinId),
  quantity: Counted,
})
export type Parcel = Static<typeof Parcel>
