import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { ChannelId } from '@cellarhand/protocol/primitives'
import { FILTER_VALUES_MAX, PAGE_MAX, parseBand, SEARCH_CHARS_MAX, type WineQuery } from '../../catalogue/catalogue.ts'
import { DEFAULT_CHANNEL } from '../default-channel.ts'
import { limitOf, pageQuery } from './read.ts'

const text = Type.String({ minLength: 1, maxLength: 120 })
const choices = Type.Optional(Type.Union([text, Type.Array(text, { maxItems: FILTER_VALUES_MAX })]))

/** What wines are searched for by. */
export const WinesQuery = Type.Object(
  {
    ...pageQuery,
    limit: Type.Optional({ ...pageQuery.limit, description: '1 to 500; more than 100 are not sent at once' }),
    q: Type.Optional(
      Type.String({
        maxLength: SEARCH_CHARS_MAX,
        description: 'Name, producer, region, grape; accents and typos are forgiven',
      }),
    ),
    colour: choices,
    country: choices,
    region: choices,
    grape: choices,
    vintage: choices,
    format: choices,
    price: choices,
    channel: Type.Optional(ChannelId),
    offered: Type.Optional(Type.Enum(['true', 'false'], { description: 'Only wines with a price in the channel' })),
    facets: Type.Optional(Type.Union([Type.Literal('true'), Type.Literal('false')])),
  },
  { additionalProperties: false },
)
export type WinesQuery = Static<typeof WinesQuery>

/** The query as the catalogue takes it, or what is wrong with it. */
export function wineQuery(asked: WinesQuery): WineQuery | string {
  const {
    q,
    cursor,
    channel = DEFAULT_CHANNEL,
    offered,
    facets,
    limit,
    price,
    colour,
    country,
    region,
    grape,
    vintage,
    format,
  } = asked
  const bands = list(price)?.map(parseBand)
  if (bands?.includes(undefined)) return 'price is from-to in minor units, such as 1000-2500, -1000 or 2500-.'
  const filters = { colour, country, region, grape, vintage, format }
  const chosen = Object.fromEntries(
    Object.entries(filters).flatMap(([name, values]) => (values === undefined ? [] : [[name, list(values)]])),
  )
  return {
    ...(q === undefined ? {} : { q }),
    ...chosen,
    ...(bands === undefined ? {} : { price: bands.filter((band) => band !== undefined) }),
    ...(cursor === undefined ? {} : { cursor }),
    channel,
    limit: Math.min(limitOf(limit), PAGE_MAX),
    offered: offered === 'true',
    facets: facets === 'true',
  }
}

function list(values: string | string[] | undefined): string[] | undefined {
  return values === undefined ? undefined : [values].flat()
}

const isWinesQuery = Compile(WinesQuery)

/** The text of a query, as it stands in an address behind the question mark; or what is wrong with it. */
export function parseWineQuery(text: string, channel: string): WineQuery | string {
  const asked: Record<string, string | string[]> = {}
  for (const [name, value] of new URLSearchParams(text)) {
    const known = asked[name]
    asked[name] = known === undefined ? value : [known, value].flat()
  }
  return parseWinesQuery({ ...asked, channel }) ?? `${text} is no search: see GET /v1/wines.`
}

/** A query by its members, as an address has them; or what is wrong with it, undefined where only its schema could say. */
export function parseWinesQuery(asked: Readonly<Record<string, string | string[]>>): WineQuery | string | undefined {
  return isWinesQuery.Check(asked) ? wineQuery(asked) : undefined
}
