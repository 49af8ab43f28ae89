import { Type, type Static } from 'typebox'
import { ChannelId, Position, Price, Sku } from './primitives.ts'

export const OfferStatus = Type.Enum(['in_stock', 'low', 'all_held', 'sold_out', 'coming'])
export type OfferStatus = 'in_stock' | 'low' | 'all_held' | 'sold_out' | 'coming'

/**
 * What a channel's customer sees of a SKU: availability and price together, as of one position.
 * `available` is capped by the channel's `showMax`; `capped` says that there are more.
 */
export const Offer = Type.Object({
  sku: Sku,
  channel: ChannelId,
  available: Type.Integer({ minimum: 0 }),
  capped: Type.Optional(Type.Literal(true)),
  held: Type.Integer({ minimum: 0 }),
  status: OfferStatus,
  expectedAt: Type.Optional(
    Type.String({
      format: 'date-time',
      description: 'of `coming`: when bottles that nobody was promised should be there',
    }),
  ),
  price: Price,
  position: Position,
})
export type Offer = Static<typeof Offer>

/** An offer that left the topic. */
export const GoneOffer = Type.Object({
  sku: Sku,
  channel: ChannelId,
  gone: Type.Literal(true),
  position: Position,
})
export type GoneOffer = Static<typeof GoneOffer>
