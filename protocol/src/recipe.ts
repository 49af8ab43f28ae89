import { Type, type Static } from 'typebox'
import { Position, Sku } from './primitives.ts'

/** Most components of a bundle or a mixed case: an Advent calendar has 24. */
const COMPONENTS_MAX = 24
/** Most of one component in each. */
const EACH_MAX = 1_000

const strict = { additionalProperties: false }

const components = Type.Array(
  Type.Object(
    { sku: Sku, quantity: Type.Integer({ minimum: 1, maximum: EACH_MAX, description: 'so many in each' }) },
    strict,
  ),
  { minItems: 1, maxItems: COMPONENTS_MAX, description: 'what it is made of, each SKU once' },
)

export const RecipeRequest = Type.Object({ components }, strict)
export type RecipeRequest = Static<typeof RecipeRequest>

/** What a bundle or a mixed case is made of. */
export const Recipe = Type.Object({ sku: Sku, components, position: Position })
export type Recipe = Static<typeof Recipe>
