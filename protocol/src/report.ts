import { Type, type Static } from 'typebox'
import { Instant, LocationId, Position, Sku } from './primitives.ts'
import { Level } from './stock.ts'
import { Figures } from './value.ts'

const states = Type.Omit(Level, ['sku', 'location', 'onHand', 'version', 'revision', 'position'])

/** A level of a past moment. Its states are known as the books had them; of what is learnt later on hand alone. */
export const PastLevel = Type.Object({
  sku: Sku,
  location: LocationId,
  onHand: Type.Integer(),
  ...Type.Partial(states).properties,
})
export type PastLevel = Static<typeof PastLevel>

/** A calendar month, `2026-10`. */
export const Month = Type.String({
  pattern: '^(19|2[0-9])[0-9]{2}-(0[1-9]|1[0-2])$',
  description: 'year and month, such as `2026-10`',
})

/** A name of the IANA time zone database. Offsets such as `+02:00` are none: they know no summer time. */
export const TimeZone = Type.String({
  pattern: '^[A-Za-z][A-Za-z0-9_+/-]{0,63}$',
  description: 'IANA name of a time zone, such as `Europe/Paris`; without it `UTC`',
})

const Changes = Type.Record(Type.String(), Type.Integer(), {
  description: 'by column: bottles that came, or below zero went; columns without any are left out',
})

const figures = {
  opening: Type.Integer({ description: 'on hand when the month began' }),
  changes: Changes,
  closing: Type.Integer({ description: 'on hand when it ended: opening and all changes together' }),
}

const value = Type.Object(
  {
    opening: { ...Figures, description: 'what was on hand when the month began' },
    closing: { ...Figures, description: 'what was on hand when it ended' },
  },
  { description: 'by lot: each bottle at what its lot cost; without what is in transit' },
)

/** One SKU at one location through a month. */
export const MonthEndRow = Type.Object({
  sku: Sku,
  location: LocationId,
  producer: Type.Optional(Type.String()),
  wine: Type.Optional(Type.String({ description: 'name on the label' })),
  vintage: Type.Optional(Type.Union([Type.Integer(), Type.Literal('NV')])),
  formatMl: Type.Optional(Type.Integer()),
  pack: Type.Optional(Type.Integer()),
  ...figures,
  value,
})
export type MonthEndRow = Static<typeof MonthEndRow>

export const MonthEnd = Type.Object({
  month: Month,
  timezone: TimeZone,
  beganAt: Instant,
  endedAt: Instant,
  complete: Type.Boolean(),
  openingPosition: Position,
  position: Position,
  columns: Type.Array(Type.String()),
  items: Type.Array(MonthEndRow),
  locations: Type.Array(Type.Object({ location: LocationId, ...figures, value })),
})
export type MonthEnd = Static<typeof MonthEnd>
