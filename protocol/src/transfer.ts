import { Type, type Static } from 'typebox'
import {
  AMOUNT_MAX,
  Counted,
  Instant,
  LINES_MAX,
  LINE_MAX,
  LocationId,
  Position,
  Quantity,
  Reference,
  Sku,
  Uuid,
  words,
} from './primitives.ts'
import { BinId, LotId, Which } from './lot.ts'
import { Shorts, WriteOffReason } from './stock.ts'

const strict = { additionalProperties: false }
const lines = <T extends Parameters<typeof Type.Array>[0]>(line: T) =>
  Type.Array(line, { minItems: 1, maxItems: LINES_MAX })
const Amount = Type.Integer({ minimum: 0, maximum: AMOUNT_MAX })

export const TransferRequest = Type.Object(
  {
    from: LocationId,
    to: LocationId,
    reference: Type.Optional(Reference),
    expectedAt: Type.Optional(Instant),
    changesOwner: Type.Optional(
      Type.Literal(true, { description: 'said where the bottles are meant to become another owner’s' }),
    ),
    lines: lines(Type.Object({ sku: Sku, quantity: Quantity, ...Which }, strict)),
  },
  strict,
)

const Arrived = Type.Integer({ minimum: 0, maximum: LINE_MAX, description: 'bottles that came' })
const Missing = Type.Integer({ minimum: 0, maximum: LINE_MAX, description: 'bottles that will not come any more' })

export const ArrivalRequest = Type.Object(
  {
    lines: Type.Optional(
      lines(
        Type.Object(
          { sku: Sku, quantity: Arrived, missing: Type.Optional(Missing), bin: Type.Optional(BinId) },
          strict,
        ),
      ),
    ),
    reason: Type.Optional(WriteOffReason),
    occurredAt: Type.Optional(Instant),
  },
  strict,
)

export const TransferCancelRequest = Type.Object({ reason: Type.Optional(words(200)) }, strict)

export const TransferState = Type.Enum(['in_transit', 'received', 'cancelled'])

/** Bottles on their way from one location to another. */
export const Transfer = Type.Object({
  id: Uuid,
  state: TransferState,
  reference: Type.Optional(Type.String()),
  createdAt: Instant,
  expectedAt: Type.Optional(Instant),
  from: LocationId,
  to: LocationId,
  lines: Type.Array(
    Type.Object({
      sku: Sku,
      quantity: Type.Integer({ description: 'bottles sent' }),
      lots: Type.Array(Type.Object({ lot: LotId, quantity: Counted }), { description: 'which lots they are of' }),
      received: Type.Integer({ description: 'bottles of these that came' }),
      missing: Type.Integer({ description: 'bottles of these that will not come any more' }),
      returned: Type.Integer({ description: 'bottles of these that turned back' }),
      surplus: Type.Integer({ description: 'bottles that came beyond what was sent' }),
    }),
  ),
  clamped: Type.Optional(Type.Literal(true)),
  rebased: Type.Optional(Type.Literal(true, { description: 'a count had seen these bottles already' })),
  shortfalls: Shorts,
  position: Position,
})
export type Transfer = Static<typeof Transfer>

const clearanceLine = {
  sku: Sku,
  dutyMinor: Type.Integer({ ...Amount, description: 'duty due for all of the line, in minor units' }),
  valueMinor: Type.Optional(Type.Integer({ ...Amount, description: 'value of the line for customs, in minor units' })),
}

export const ClearanceRequest = Type.Object(
  {
    from: LocationId,
    to: LocationId,
    reference: Type.Optional(Reference),
    currency: Type.String({ pattern: '^[A-Z]{3}$' }),
    lines: lines(Type.Object({ ...clearanceLine, ...Which, quantity: Quantity }, strict)),
  },
  strict,
)

/** Bottles released from bond. */
export const Clearance = Type.Object({
  id: Uuid,
  state: Type.Literal('cleared'),
  reference: Type.Optional(Type.String()),
  createdAt: Instant,
  from: LocationId,
  to: LocationId,
  currency: Type.String(),
  lines: Type.Array(Type.Object({ ...clearanceLine, ...Which, quantity: Counted })),
  shortfalls: Shorts,
  position: Position,
})
export type Clearance = Static<typeof Clearance>
