import { Type, type Static } from 'typebox'
import { Condition } from './aside.ts'
import {
  AMOUNT_MAX,
  ChannelId,
  Instant,
  LINES_MAX,
  LocationId,
  Position,
  Price,
  Quantity,
  Reference,
  Sku,
  Uuid,
  prose,
  words,
} from './primitives.ts'
import { LotId } from './lot.ts'
import { OfBundle, Shorts } from './stock.ts'

const strict = { additionalProperties: false }
const lines = <T extends Parameters<typeof Type.Array>[0]>(line: T) =>
  Type.Array(line, { minItems: 1, maxItems: LINES_MAX })

/** A bill has a few kinds of charges, each perhaps at several rates. */
const CHARGES_MAX = 50

const Country = Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1, such as `DE`' })
const Subdivision = Type.String({
  pattern: '^[A-Z]{2}-[A-Z0-9]{1,3}$',
  description: 'ISO 3166-2 in full, such as `CA-QC`: where the law differs by it',
})
const place = { country: Country, subdivision: Type.Optional(Subdivision) }

const Destination = Type.Object({ ...place, postcode: Type.Optional(words(20, 'postal code')) }, strict)
const Buyer = Type.Object(
  {
    bornOn: Type.Optional(
      Type.String({ pattern: '^[12][0-9]{3}-[01][0-9]-[0-3][0-9]$', description: 'day of birth, as `1980-05-01`' }),
    ),
    ageVerifiedBy: Type.Optional(words(120, 'who or what has looked: a service, a member of staff')),
  },
  strict,
)
const Gift = Type.Object(
  {
    message: Type.Optional(prose(1_000, 'what to write on the card')),
    hidePrices: Type.Optional(Type.Boolean({ description: 'no prices on what goes with it' })),
  },
  strict,
)
const Charge = Type.Object(
  {
    kind: Type.Enum(['vat', 'duty', 'shipping', 'fee', 'deposit', 'discount', 'other']),
    label: Type.Optional(words(120)),
    amountMinor: Type.Integer({ minimum: -AMOUNT_MAX, maximum: AMOUNT_MAX }),
    currency: Type.String({ pattern: '^[A-Z]{3}$' }),
  },
  strict,
)
const Fulfilment = Type.Enum(['ship', 'collect'], { description: 'how it is meant to get to its customer' })

const terms = {
  fulfilment: Fulfilment,
  customer: Type.Optional(words(120)),
  destination: Type.Optional(Destination),
  buyer: Type.Optional(Buyer),
  gift: Type.Optional(Gift),
  charges: Type.Optional(Type.Array(Charge, { maxItems: CHARGES_MAX })),
  note: Type.Optional(prose(1_000, 'for whoever packs it')),
}

export const OrderRequest = Type.Object({ holdId: Uuid, externalRef: Type.Optional(Reference), ...terms }, strict)
export type OrderRequest = Static<typeof OrderRequest>

export const PayRequest = Type.Object({ reference: Type.Optional(Reference) }, strict)

const part = { sku: Sku, location: Type.Optional(LocationId), quantity: Quantity }
const pickedPart = { ...part, lot: Type.Optional(LotId) }
export const PickRequest = Type.Object({ lines: Type.Optional(lines(Type.Object(pickedPart, strict))) }, strict)

const tracking = {
  carrier: Type.Optional(words(120, 'who brings it')),
  trackingNumber: Type.Optional(words(120, 'the carrier’s number')),
  trackingUrl: Type.Optional(
    Type.String({ pattern: '^https?://[^\\s"<>\\\\]{1,500}$', description: 'where it can be followed' }),
  ),
}
const partLines = Type.Optional(lines(Type.Object(part, strict)))
const leavingLines = Type.Optional(lines(Type.Object(pickedPart, strict)))
const Why = Type.Optional(words(200))

export const ShipOrderRequest = Type.Object({ lines: leavingLines, ...tracking }, strict)

const ShipmentNumber = Type.Integer({ minimum: 1, maximum: 1_000, description: 'a number of its `shipments`' })
export const DeliverRequest = Type.Object({ shipment: Type.Optional(ShipmentNumber) }, strict)

export const CollectRequest = Type.Object(
  { lines: leavingLines, place: Type.Optional(Type.Object(place, strict)), buyer: Type.Optional(Buyer) },
  strict,
)

export const CancelOrderRequest = Type.Object({ lines: partLines, reason: Why }, strict)

export const ReturnRequest = Type.Object(
  {
    lines: Type.Optional(lines(Type.Object({ ...pickedPart, ...Condition }, strict))),
    location: Type.Optional(LocationId),
    to: Type.Optional(Type.Literal('available', { description: 'somebody has looked: they can be sold again' })),
    reason: Why,
    occurredAt: Type.Optional(Instant),
  },
  strict,
)

export const OrderState = Type.Enum([
  'placed',
  'paid',
  'picking',
  'ready',
  'shipped',
  'collected',
  'delivered',
  'cancelled',
  'returned',
])

const Bottles = (description: string) => Type.Integer({ minimum: 0, description })
const movedLine = Type.Object({
  sku: Sku,
  location: LocationId,
  quantity: Quantity,
  lots: Type.Optional(
    Type.Array(Type.Object({ lot: LotId, quantity: Quantity }), { description: 'which lots some of them are of' }),
  ),
})

/** What was sold to somebody, and what has become of it. */
export const Order = Type.Object({
  id: Uuid,
  state: OrderState,
  externalRef: Type.Optional(Type.String()),
  createdAt: Instant,
  ...terms,
  lines: Type.Array(
    Type.Object({
      sku: Sku,
      location: LocationId,
      channel: ChannelId,
      quantity: Type.Integer(),
      shipped: Bottles('bottles of these that a carrier has'),
      collected: Bottles('bottles of these that were handed over in person'),
      cancelled: Bottles('bottles of these that were cancelled'),
      returned: Bottles('bottles of those handed over that came back'),
      price: Price,
      bundle: Type.Optional(OfBundle),
    }),
  ),
  paid: Type.Optional(Type.Object({ at: Instant, reference: Type.Optional(Type.String()) })),
  picks: Type.Array(Type.Object(pickedPart)),
  readyAt: Type.Optional(Instant),
  lots: Type.Array(
    Type.Object({
      sku: Sku,
      location: LocationId,
      lot: LotId,
      quantity: Bottles('bottles of this lot that were handed over'),
      returned: Bottles('bottles of those that came back'),
    }),
    { description: 'lots of what was handed over, where it was of any' },
  ),
  shipments: Type.Array(
    Type.Object({
      number: ShipmentNumber,
      lines: Type.Array(movedLine),
      ...tracking,
      shippedAt: Instant,
      deliveredAt: Type.Optional(Instant),
    }),
  ),
  returns: Type.Array(
    Type.Object({
      lines: Type.Array(movedLine),
      to: Type.Enum(['quarantined', 'available']),
      reason: Type.Optional(Type.String()),
      returnedAt: Instant,
    }),
  ),
  clamped: Type.Optional(Type.Literal(true)),
  rebased: Type.Optional(Type.Literal(true, { description: 'a count had seen these bottles already' })),
  revokedHolds: Type.Optional(Type.Array(Uuid)),
  shortfalls: Shorts,
  position: Position,
})
export type Order = Static<typeof Order>
