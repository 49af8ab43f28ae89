import { Type, type Static } from 'typebox'
import { Packaging, Vintage } from './catalogue.ts'
import { LotId } from './lot.ts'
import { Instant, LINES_MAX, LocationId, Position, Quantity, Reference, Sku, Uuid, words } from './primitives.ts'
import { Shorts, WriteOffReason } from './stock.ts'

const strict = { additionalProperties: false }
const skuLine = Type.Object({ sku: Sku, quantity: Quantity }, strict)
const brokenLine = Type.Object({ sku: Sku, quantity: Quantity, lot: Type.Optional(LotId) }, strict)
const lossLine = Type.Object({ sku: Sku, quantity: Quantity, reason: WriteOffReason }, strict)
const lines = <T extends Parameters<typeof Type.Array>[0]>(line: T, description: string) =>
  Type.Array(line, { minItems: 1, maxItems: LINES_MAX, description })

/** One form of the same bottles for another. */
export const RepackRequest = Type.Object(
  {
    location: LocationId,
    reference: Type.Optional(Reference),
    reason: Type.Optional(words(200)),
    break: lines(
      brokenLine,
      'what is taken apart: cases, or single bottles that become one; of the `lot` that is named, or the oldest to drink',
    ),
    build: Type.Optional(lines(skuLine, 'what is made of it')),
    losses: Type.Optional(lines(lossLine, 'what did not survive it, beside what is built')),
  },
  strict,
)
export type RepackRequest = Static<typeof RepackRequest>

/** What one of a SKU holds: bottles by wine, vintage and format. */
export const Contents = Type.Object({
  sku: Sku,
  packaging: Packaging,
  bottles: Type.Array(
    Type.Object({
      wine: Type.String({ description: 'the wine’s id' }),
      vintage: Vintage,
      formatMl: Type.Integer({ minimum: 1 }),
      bottles: Type.Integer({ minimum: 1, description: 'so many of them' }),
    }),
    { description: 'what one of it holds' },
  ),
})
export type Contents = Static<typeof Contents>

const lots = (description: string) => Type.Array(Type.Object({ lot: LotId, quantity: Type.Integer() }), { description })

/** What was broken, built and lost, and what each SKU held then. */
export const Repack = Type.Object({
  id: Uuid,
  state: Type.Literal('done'),
  reference: Type.Optional(Type.String()),
  createdAt: Instant,
  location: LocationId,
  break: Type.Array(
    Type.Object({
      sku: Sku,
      quantity: Type.Integer(),
      lot: Type.Optional(LotId),
      lots: lots('lots that they were of; what is left was of none'),
    }),
    { description: 'what was taken apart' },
  ),
  build: Type.Array(
    Type.Object({ sku: Sku, quantity: Type.Integer(), lots: lots('lots that they are of; what is left is of none') }),
    { description: 'what was made of it' },
  ),
  losses: Type.Array(Type.Object({ sku: Sku, quantity: Type.Integer(), reason: WriteOffReason }), {
    description: 'what did not survive it',
  }),
  contents: Type.Array(Contents, { description: 'what one of each SKU held, as the catalogue had it then' }),
  shortfalls: Shorts,
  position: Position,
})
export type Repack = Static<typeof Repack>
