import { Type, type Static } from 'typebox'
import { LocationId, Sku } from './primitives.ts'

/** Whose bottles a report is of. */
export const Owner = Type.String({ minLength: 1, maxLength: 64, description: 'whose bottles; without it `house`' })

const Amount = Type.Object({
  currency: Type.String(),
  bottles: Type.Integer({ description: 'bottles that have a cost in this currency' }),
  amountMinor: Type.Integer({
    description: 'what they are worth together, in minor units of the currency; above 2^53 only CSV has every digit',
  }),
})

/** Bottles by what they are worth. All of `values` and `unvalued` together are all bottles. */
export const Figures = Type.Object({
  values: Type.Array(Amount, { description: 'one for each currency' }),
  unvalued: Type.Integer({
    description: 'bottles whose cost is not known; below zero where more went than ever came',
  }),
})
export type Figures = Static<typeof Figures>

/** One SKU, with its value by each method. */
export const SkuValue = Type.Object({
  sku: Sku,
  producer: Type.Optional(Type.String()),
  wine: Type.Optional(Type.String({ description: 'name on the label' })),
  vintage: Type.Optional(Type.Union([Type.Integer(), Type.Literal('NV')])),
  formatMl: Type.Optional(Type.Integer()),
  pack: Type.Optional(Type.Integer()),
  location: Type.Optional(LocationId),
  bottles: Type.Integer({ description: 'on hand and in transit' }),
  inTransit: Type.Integer({ description: 'bottles of these that are between two locations' }),
  byLot: Type.Object(
    {
      ...Figures.properties,
      inTransit: Type.Object(Figures.properties, { description: 'what of it is between two locations' }),
    },
    { description: 'each bottle at what its lot cost' },
  ),
  fifo: Type.Optional(
    Type.Object(Figures.properties, { description: 'the oldest bottles went first; absent for one location' }),
  ),
  average: Type.Optional(
    Type.Object(
      {
        ...Figures.properties,
        mixedCurrencies: Type.Optional(
          Type.Literal(true, { description: 'there is no average: bottles were paid for in several currencies' }),
        ),
      },
      { description: 'each bottle at the moving average; absent for one location' },
    ),
  ),
})
export type SkuValue = Static<typeof SkuValue>
