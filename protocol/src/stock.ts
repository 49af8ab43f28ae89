import { Type, type Static } from 'typebox'
import { AllotmentId } from './aside.ts'
import { BinId, LotDetails, LotId, OfLot, Which } from './lot.ts'
import {
  ChannelId,
  Counted,
  Delta,
  Instant,
  LINES_MAX,
  LocationId,
  Money,
  Position,
  Price,
  Quantity,
  Reference,
  Sku,
  Uuid,
  words,
} from './primitives.ts'

const strict = { additionalProperties: false }
const lines = <T extends Parameters<typeof Type.Array>[0]>(line: T) =>
  Type.Array(line, { minItems: 1, maxItems: LINES_MAX })

/** Why bottles left without being sold. */
export const WriteOffReason = Type.Enum([
  'breakage',
  'corked',
  'spoilage',
  'spillage',
  'tasting',
  'sample',
  'theft',
  'lost',
])
export type WriteOffReason = 'breakage' | 'corked' | 'spoilage' | 'spillage' | 'tasting' | 'sample' | 'theft' | 'lost'
export const writeOffReasons: readonly WriteOffReason[] = [
  'breakage',
  'corked',
  'spoilage',
  'spillage',
  'tasting',
  'sample',
  'theft',
  'lost',
]

// --- requests -------------------------------------------------------------------------------------------------------

export const HoldRequest = Type.Object(
  {
    lines: lines(
      Type.Object(
        {
          sku: Sku,
          quantity: Quantity,
          channel: Type.Optional(ChannelId),
          location: Type.Optional(LocationId),
          allotment: Type.Optional(AllotmentId),
          from: Type.Optional(
            Type.Literal('incoming', { description: 'of bottles that are expected, and not of those that are there' }),
          ),
          lot: Type.Optional({ ...LotId, description: 'of this lot of it, which is sold by itself' }),
          expectedPrice: Type.Optional(Money),
        },
        strict,
      ),
    ),
    ttlSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 31_536_000 })),
    customer: Type.Optional(words(120)),
  },
  strict,
)
export type HoldRequest = Static<typeof HoldRequest>

export const ExtendRequest = Type.Object({ ttlSeconds: Type.Integer({ minimum: 1, maximum: 31_536_000 }) }, strict)

export const CommitRequest = Type.Object({ reference: Type.Optional(Reference) }, strict)

/** Ship or cancel: the whole commitment, or some of its lines. */
export const FulfilRequest = Type.Object(
  {
    lines: Type.Optional(
      lines(
        Type.Object(
          { sku: Sku, location: Type.Optional(LocationId), lot: Type.Optional(LotId), quantity: Quantity },
          strict,
        ),
      ),
    ),
    reference: Type.Optional(Reference),
  },
  strict,
)

const factHead = { location: LocationId, reference: Type.Optional(Reference), occurredAt: Type.Optional(Instant) }
const pickedLine = Type.Object({ sku: Sku, quantity: Quantity, ...Which }, strict)

export const ReceiptRequest = Type.Object(
  {
    ...factHead,
    lines: lines(
      Type.Object({ sku: Sku, quantity: Quantity, lot: Type.Optional(LotDetails), bin: Type.Optional(BinId) }, strict),
    ),
  },
  strict,
)
export const SaleRequest = Type.Object(
  {
    ...factHead,
    allotment: Type.Optional(AllotmentId),
    orderRef: Type.Optional({
      ...Reference,
      description: 'an order that is collected, by its `externalRef` or its id',
    }),
    lines: lines(pickedLine),
  },
  strict,
)
export const CountRequest = Type.Object(
  { ...factHead, lines: lines(Type.Object({ sku: Sku, counted: Counted }, strict)) },
  strict,
)
export const WriteOffRequest = Type.Object(
  {
    ...factHead,
    reason: WriteOffReason,
    from: Type.Optional(Type.Literal('quarantined', { description: 'of bottles that stand in quarantine' })),
    lines: lines(pickedLine),
  },
  strict,
)

export const AdjustmentRequest = Type.Object(
  {
    sku: Sku,
    location: LocationId,
    delta: Delta,
    reason: words(200),
    reference: Type.Optional(Reference),
  },
  strict,
)

export const PriceRequest = Type.Object(
  { lines: lines(Type.Object({ sku: Sku, channel: Type.Optional(ChannelId), price: Price }, strict)) },
  strict,
)

// --- answers --------------------------------------------------------------------------------------------------------

export const HoldState = Type.Enum(['active', 'revoked', 'released', 'expired', 'committed'])
export type HoldState = 'active' | 'revoked' | 'released' | 'expired' | 'committed'

/** The bundle that a line is of. */
export const OfBundle = Type.Object(
  { sku: Sku, quantity: Type.Integer({ description: 'so many of the bundle' }) },
  { description: 'what was asked for, where the line is a component of it; its price is its share of the bundle’s' },
)

/** What a line was drawn from, where that is not what was available. */
const claimSource = {
  allotment: Type.Optional(AllotmentId),
  pending: Type.Optional(Type.Integer({ minimum: 1, description: 'bottles of it that have not arrived yet' })),
  bundle: Type.Optional(OfBundle),
  lot: Type.Optional(OfLot),
}

/** A line of a hold, at the location its bottles are held. A line asked for may be answered as several. */
export const HoldLine = Type.Object({
  line: Type.Integer({ description: 'index of the request line it answers' }),
  sku: Sku,
  location: LocationId,
  channel: ChannelId,
  quantity: Quantity,
  ...claimSource,
  price: Price,
})

export const Hold = Type.Object({
  id: Uuid,
  state: HoldState,
  expiresAt: Instant,
  customer: Type.Optional(Type.String()),
  lines: Type.Array(HoldLine),
  position: Position,
})
export type Hold = Static<typeof Hold>

export const CommitmentLine = Type.Object({
  sku: Sku,
  location: LocationId,
  channel: ChannelId,
  quantity: Type.Integer(),
  shipped: Type.Integer(),
  cancelled: Type.Integer(),
  returned: Type.Integer(),
  ...claimSource,
  price: Price,
})

export const Commitment = Type.Object({
  id: Uuid,
  holdId: Uuid,
  state: Type.Enum(['open', 'closed']),
  reference: Type.Optional(Type.String()),
  lines: Type.Array(CommitmentLine),
  position: Position,
})
export type Commitment = Static<typeof Commitment>

/** One SKU at one location: its quantities by state. `version` moves with physical changes, `revision` with every change. */
export const Level = Type.Object({
  sku: Sku,
  location: LocationId,
  onHand: Type.Integer(),
  available: Type.Integer(),
  held: Type.Integer(),
  committed: Type.Integer(),
  allocated: Type.Integer(),
  quarantined: Type.Integer(),
  short: Type.Integer({ maximum: 0 }),
  incoming: Type.Integer(),
  incomingCommitted: Type.Integer(),
  version: Type.Integer(),
  revision: Type.Integer(),
  position: Position,
})
export type Level = Static<typeof Level>

/** Levels whose `short` an entry changed. */
export const Shorts = Type.Optional(Type.Array(Type.Object({ sku: Sku, location: LocationId, short: Type.Integer() })))

/** What a fact or a change of stock did: the levels after it, and what followed from it. */
export const StockEffect = Type.Object({
  id: Type.String({ description: 'journal entry' }),
  kind: Type.String(),
  occurredAt: Instant,
  recordedAt: Instant,
  reference: Type.Optional(Type.String()),
  clamped: Type.Optional(Type.Literal(true, { description: 'occurredAt lay in the future and was set to recordedAt' })),
  rebased: Type.Optional(Type.Literal(true, { description: 'older than what is known: recorded as history' })),
  levels: Type.Array(Type.Omit(Level, ['position'])),
  order: Type.Optional(Type.Object({ id: Uuid, state: Type.String() }, { description: 'the order that it named' })),
  orderUnknown: Type.Optional(Type.Literal(true, { description: 'nobody knows the order that it named' })),
  revokedHolds: Type.Optional(Type.Array(Uuid)),
  shortfalls: Shorts,
  position: Position,
})
export type StockEffect = Static<typeof StockEffect>

export const PriceEffect = Type.Object({
  id: Type.String(),
  recordedAt: Instant,
  prices: Type.Array(Type.Object({ sku: Sku, channel: ChannelId, price: Price })),
  position: Position,
})
export type PriceEffect = Static<typeof PriceEffect>

/** A line of the journal, as one SKU's history shows it. */
export const Movement = Type.Object({
  entry: Type.String(),
  kind: Type.String(),
  sku: Sku,
  location: LocationId,
  from: Type.String({ description: 'account' }),
  to: Type.String({ description: 'account' }),
  quantity: Quantity,
  reason: Type.Optional(Type.String()),
  reference: Type.Optional(Type.String()),
  actor: Type.String(),
  occurredAt: Instant,
  recordedAt: Instant,
  position: Position,
})
export type Movement = Static<typeof Movement>

/** Bottles promised that are not there: one row for each change of a level's `short`. */
export const Shortfall = Type.Object({
  id: Type.String(),
  sku: Sku,
  location: LocationId,
  delta: Type.Integer({ description: 'below zero: fell short; above: filled' }),
  short: Type.Integer({ maximum: 0, description: 'the level after it' }),
  open: Type.Boolean({ description: 'the level is still short' }),
  entry: Type.String(),
  kind: Type.String(),
  at: Instant,
})
export type Shortfall = Static<typeof Shortfall>
