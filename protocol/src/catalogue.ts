import { Type, type Static } from 'typebox'
import { Position, Sku } from './primitives.ts'

export const Colour = Type.Enum(['red', 'white', 'rose', 'orange'])
export type Colour = 'red' | 'white' | 'rose' | 'orange'

export const Style = Type.Enum(['still', 'sparkling', 'fortified', 'sweet'])
export type Style = 'still' | 'sparkling' | 'fortified' | 'sweet'

export const Packaging = Type.Enum(['bottle', 'OWC', 'OCB', 'carton'])
export type Packaging = 'bottle' | 'OWC' | 'OCB' | 'carton'

export const Grape = Type.Object({
  name: Type.String(),
  percent: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
})
export type Grape = Static<typeof Grape>

/** Vintage: a year, or NV. */
export const Vintage = Type.Union([Type.Integer({ minimum: 1700, maximum: 2100 }), Type.Literal('NV')])
export type Vintage = number | 'NV'

export const IdentifierKind = Type.Enum(['lwin', 'gtin', 'supplier'])
export type IdentifierKind = 'lwin' | 'gtin' | 'supplier'

/** So many of a SKU in each of what is made of it, with what it is. */
export const Part = Type.Object({
  sku: Sku,
  quantity: Type.Integer({ minimum: 1, description: 'so many in each' }),
  producer: Type.Optional(Type.String()),
  wine: Type.String({ description: 'the name on the label' }),
  vintage: Vintage,
  formatMl: Type.Integer({ minimum: 1 }),
  pack: Type.Integer({ minimum: 1 }),
})
export type Part = Static<typeof Part>

/** What is sold and counted: a wine of a vintage in a format and a pack. */
export const CatalogueSku = Type.Object({
  sku: Sku,
  vintage: Vintage,
  formatMl: Type.Integer({ minimum: 1 }),
  formatName: Type.String({
    description: 'its name in the region: a 4500 ml is a Jeroboam in Bordeaux, a Rehoboam in Champagne',
  }),
  pack: Type.Integer({ minimum: 1, description: 'bottles it holds: 1, or a case of n' }),
  packaging: Packaging,
  abv: Type.Optional(Type.Number()),
  allergens: Type.Array(Type.String()),
  elabelUrl: Type.Optional(Type.String()),
  drinkFrom: Type.Optional(Type.Integer()),
  drinkBy: Type.Optional(Type.Integer()),
  identifiers: Type.Array(Type.Object({ kind: IdentifierKind, value: Type.String() })),
  lot: Type.Optional(
    Type.Object(
      {
        of: Type.String({ ...Sku, description: 'the SKU that it is a lot of' }),
        lot: Type.String(),
        condition: Type.Optional(Type.String({ description: 'in what condition they came' })),
        provenance: Type.Optional(Type.String({ description: 'where they have been before' })),
        drinkBy: Type.Optional(Type.Integer({ description: 'last year to drink it in' })),
      },
      { description: 'the lot of another SKU that it is, where it is one that is sold by itself' },
    ),
  ),
  madeOf: Type.Optional(
    Type.Object(
      {
        kind: Type.Enum(['bundle', 'mixed_case'], { description: 'put together when it is shipped, or packed before' }),
        parts: Type.Array(Part, { description: 'its SKUs, in the order in which it was said' }),
      },
      { description: 'of a bundle or a mixed case: what is in it' },
    ),
  ),
})
export type CatalogueSku = Static<typeof CatalogueSku>

export const Wine = Type.Object({
  id: Type.String(),
  producer: Type.Optional(Type.String()),
  name: Type.String(),
  appellation: Type.Optional(Type.String()),
  region: Type.Optional(Type.String()),
  country: Type.Optional(Type.String()),
  colour: Type.Optional(Colour),
  style: Style,
  grapes: Type.Array(Grape),
  skus: Type.Array(CatalogueSku),
})
export type Wine = Static<typeof Wine>

export const FacetValue = Type.Object({ value: Type.String(), label: Type.String(), count: Type.Integer() })
export type FacetValue = Static<typeof FacetValue>

export const facetNames = ['colour', 'country', 'region', 'grape', 'vintage', 'format', 'price'] as const
export type FacetName = (typeof facetNames)[number]

export const WineList = Type.Object({
  items: Type.Array(Wine),
  next: Type.Optional(Type.String({ description: 'cursor of the next page' })),
  total: Type.Integer({ description: 'wines that match' }),
  facets: Type.Optional(
    Type.Object({
      colour: Type.Array(FacetValue),
      country: Type.Array(FacetValue),
      region: Type.Array(FacetValue),
      grape: Type.Array(FacetValue),
      vintage: Type.Array(FacetValue),
      format: Type.Array(FacetValue),
      price: Type.Array(FacetValue),
    }),
  ),
  position: Position,
})
export type WineList = Static<typeof WineList>
