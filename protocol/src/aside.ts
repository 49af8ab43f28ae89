import { Type, type Static } from 'typebox'
import { Instant, LINES_MAX, LocationId, Quantity, Reference, Sku, Slug, prose, words } from './primitives.ts'

const strict = { additionalProperties: false }

/** Photos a line may refer to: enough for a bottle from all sides. */
const PHOTOS_MAX = 8

export const AllotmentId = Slug

/** What was seen of the bottles of a line. */
export const Condition = {
  condition: Type.Optional(prose(500, 'what was seen: fill level, label, cork')),
  photos: Type.Optional(
    Type.Array(Type.String({ pattern: '^https?://[^\\s"<>\\\\]{1,500}$' }), {
      maxItems: PHOTOS_MAX,
      description: 'addresses of photos, which are kept elsewhere',
    }),
  ),
}
const conditionLine = Type.Object({ sku: Sku, quantity: Quantity, ...Condition }, strict)
const lines = Type.Array(conditionLine, { minItems: 1, maxItems: LINES_MAX })
const Why = words(200)

export const QuarantineRequest = Type.Object(
  {
    location: LocationId,
    reason: Why,
    reference: Type.Optional(Reference),
    occurredAt: Type.Optional(Instant),
    lines,
  },
  strict,
)

export const ReinstateRequest = Type.Object(
  { location: LocationId, reason: Type.Optional(Why), reference: Type.Optional(Reference), lines },
  strict,
)

export const AllocationRequest = Type.Object(
  {
    allotment: AllotmentId,
    location: LocationId,
    reference: Type.Optional(Reference),
    lines: Type.Array(Type.Object({ sku: Sku, quantity: Quantity }, strict), { minItems: 1, maxItems: LINES_MAX }),
  },
  strict,
)

/** Bottles set aside for a purpose, of one SKU at one location. */
export const Allotment = Type.Object({
  allotment: AllotmentId,
  sku: Sku,
  location: LocationId,
  quantity: Type.Integer({ description: 'bottles left in it' }),
})
export type Allotment = Static<typeof Allotment>

/** What was seen of bottles when they were set aside or put back. */
export const Note = Type.Object({
  entry: Type.String(),
  kind: Type.String(),
  sku: Sku,
  location: LocationId,
  reason: Type.Optional(Type.String()),
  condition: Type.Optional(Type.String({ description: 'what was seen' })),
  photos: Type.Array(Type.String(), { description: 'addresses of photos' }),
  actor: Type.String(),
  occurredAt: Instant,
})
export type Note = Static<typeof Note>
