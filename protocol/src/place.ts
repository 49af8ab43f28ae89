import { Type, type Static } from 'typebox'
import { LINE_MAX, LocationId } from './primitives.ts'

const strict = { additionalProperties: false }
/** A channel tries its locations one after another: each is locked for every hold. */
const LOCATIONS_MAX = 16

const name = Type.String({ minLength: 1, maxLength: 120, description: 'as people call it' })
const duty = Type.Union([Type.Literal('paid'), Type.Literal('in_bond')])
const bottles = (description: string) => Type.Integer({ minimum: 0, maximum: LINE_MAX, description })

/** A location, as it is made or changed. */
export const LocationRequest = Type.Object(
  {
    name,
    kind: Type.Enum(['shop', 'warehouse', 'cellar', 'bar', 'bonded'], { description: 'what it is' }),
    duty,
    owner: Type.String({ minLength: 1, maxLength: 64, description: 'whose bottles stand there' }),
  },
  strict,
)
export type LocationRequest = Static<typeof LocationRequest>

/** A channel, as it is made or changed. */
export const ChannelRequest = Type.Object(
  {
    name,
    currency: Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217' }),
    duty,
    locations: Type.Array(LocationId, { minItems: 1, maxItems: LOCATIONS_MAX, uniqueItems: true }),
    safetyStock: bottles('of each SKU never offered'),
    showMax: Type.Integer({ minimum: 1, maximum: LINE_MAX, description: 'the most bottles an offer shows' }),
    lowAt: bottles('so many or fewer are shown as low'),
  },
  strict,
)
export type ChannelRequest = Static<typeof ChannelRequest>
