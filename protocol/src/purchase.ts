import { Type, type Static } from 'typebox'
import {
  AMOUNT_MAX,
  Instant,
  LINES_MAX,
  LocationId,
  Position,
  Quantity,
  Reference,
  Sku,
  Uuid,
  words,
} from './primitives.ts'
import { BinId, LotDetails } from './lot.ts'
import { Shorts } from './stock.ts'

const strict = { additionalProperties: false }
const lines = <T extends Parameters<typeof Type.Array>[0]>(line: T) =>
  Type.Array(line, { minItems: 1, maxItems: LINES_MAX })
const skuLine = Type.Object({ sku: Sku, quantity: Quantity }, strict)
const Reason = words(200)
const Supplier = words(120, 'your own name for who delivers')
const unitCostMinor = Type.Optional(
  Type.Integer({ minimum: 0, maximum: AMOUNT_MAX, description: 'what one of it costs, in minor units of `currency`' }),
)
const currency = Type.Optional(Type.String({ pattern: '^[A-Z]{3}$' }))

export const PurchaseRequest = Type.Object(
  {
    location: LocationId,
    supplier: Type.Optional(Supplier),
    reference: Type.Optional(Reference),
    expectedAt: Type.Optional(Instant),
    currency,
    lines: lines(Type.Object({ sku: Sku, quantity: Quantity, unitCostMinor }, strict)),
  },
  strict,
)

/** What has come, and whether that was all. */
export const DeliveryRequest = Type.Object(
  {
    lines: Type.Optional(
      lines(
        Type.Object(
          { sku: Sku, quantity: Quantity, lot: Type.Optional(LotDetails), bin: Type.Optional(BinId) },
          strict,
        ),
      ),
    ),
    close: Type.Optional(Type.Literal(true, { description: 'nothing more will come' })),
    reason: Type.Optional(Reason),
    occurredAt: Type.Optional(Instant),
  },
  strict,
)

export const PurchaseCancelRequest = Type.Object(
  { lines: Type.Optional(lines(skuLine)), reason: Type.Optional(Reason) },
  strict,
)

export const RescheduleRequest = Type.Object(
  {
    expectedAt: Type.Optional(
      Type.String({ ...Instant, description: 'when it should be there; without it nobody knows any more' }),
    ),
    reason: Type.Optional(Reason),
  },
  strict,
)

export const PurchaseState = Type.Enum(['open', 'received', 'cancelled'])

/** Bottles ordered of a supplier. */
export const Purchase = Type.Object({
  id: Uuid,
  state: PurchaseState,
  reference: Type.Optional(Type.String()),
  createdAt: Instant,
  expectedAt: Type.Optional(Instant),
  location: LocationId,
  supplier: Type.Optional(Supplier),
  currency,
  lines: Type.Array(
    Type.Object({
      sku: Sku,
      quantity: Type.Integer({ description: 'bottles ordered' }),
      received: Type.Integer({ description: 'bottles of these that came' }),
      cancelled: Type.Integer({ description: 'bottles of these that will not come any more' }),
      surplus: Type.Integer({ description: 'bottles that came beyond what was ordered' }),
      unitCostMinor,
    }),
  ),
  clamped: Type.Optional(Type.Literal(true)),
  rebased: Type.Optional(Type.Literal(true, { description: 'a count had seen these bottles already' })),
  revokedHolds: Type.Optional(Type.Array(Uuid)),
  shortfalls: Shorts,
  position: Position,
})
export type Purchase = Static<typeof Purchase>
