import { facetNames, type FacetName } from '@cellarhand/protocol/catalogue'

/** Wines on a page: enough for any screen, few enough to be one quick read. */
export const PAGE_MAX = 100
/** Characters of a search that are looked at: longer than any label. */
export const SEARCH_CHARS_MAX = 200
/** Words of a search that are looked at: each is a condition of its own, and labels have fewer. */
export const SEARCH_WORDS_MAX = 8
/** Values one filter may name. */
export const FILTER_VALUES_MAX = 100

/** A band of prices in minor units of the channel's currency: from (included) to (not included). */
export interface PriceBand {
  readonly fromMinor?: number
  readonly toMinor?: number
}

/** What is searched for. Values of one filter are alternatives; filters narrow one another. */
export interface WineQuery {
  /** as a person types it: any case, accents or none, typos, the last word half written */
  readonly q?: string
  readonly colour?: readonly string[]
  readonly country?: readonly string[]
  readonly region?: readonly string[]
  readonly grape?: readonly string[]
  /** years, or NV */
  readonly vintage?: readonly string[]
  /** millilitres */
  readonly format?: readonly string[]
  /** see `parseBand` */
  readonly price?: readonly PriceBand[]
  /** only wines that have a price in the channel: what its customers can buy */
  readonly offered?: boolean
  /** whose prices are meant */
  readonly channel: string
  readonly cursor?: string
  /** wines a page, up to PAGE_MAX */
  readonly limit: number
  readonly facets: boolean
}

/**
 * The same query written in one way, for all who ask for the same: signs that make no difference are gone, and filters are in an order of their own. What
 * folding letters does beyond ASCII is the database's affair.
 */
export function plainQuery(query: WineQuery): WineQuery {
  const { q, price, offered, channel, cursor, limit, facets } = query
  const text = q
    ?.slice(0, SEARCH_CHARS_MAX)
    .replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
    .replaceAll(/[ \t\r\n]+/g, ' ')
    .trim()
  const filters = (['colour', 'country', 'region', 'grape', 'vintage', 'format'] as const).flatMap((name) => {
    const values = [...new Set(query[name])].toSorted()
    return values.length === 0 ? [] : [[name, values]]
  })
  const bands = [...new Map((price ?? []).map((band) => [bandText(band), band])).values()]
  return {
    ...(text ? { q: text } : {}),
    ...(Object.fromEntries(filters) as Pick<WineQuery, 'colour'>),
    ...(bands.length === 0 ? {} : { price: bands.toSorted((a, b) => (bandText(a) < bandText(b) ? -1 : 1)) }),
    ...(cursor === undefined ? {} : { cursor }),
    ...(offered ? { offered } : {}),
    channel,
    limit: Math.min(Math.max(limit, 1), PAGE_MAX),
    facets,
  }
}

/** A filter as `price=1000-2500` has it, `-1000` or `2500-` where one end is open; undefined if it is not of that form. */
export function parseBand(text: string): PriceBand | undefined {
  const match = /^(\d{0,13})-(\d{0,13})$/.exec(text)
  if (match === null) return undefined
  const [, from = '', to = ''] = match
  return { ...(from === '' ? {} : { fromMinor: Number(from) }), ...(to === '' ? {} : { toMinor: Number(to) }) }
}

/** The reverse of `parseBand`. */
export const bandText = (band: PriceBand): string => `${band.fromMinor ?? ''}-${band.toMinor ?? ''}`

/** Where a page ended: what the next one comes after. */
export interface After {
  readonly score: number
  readonly sortKey: string
  readonly id: string
}

/** A cursor's text: opaque to clients. */
export function writeCursor(after: After): string {
  return Buffer.from(JSON.stringify([after.score, after.sortKey, after.id])).toString('base64url')
}

/** What a cursor says, or undefined if we did not write it. */
export function readCursor(text: string): After | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    if (!Array.isArray(value) || value.length !== 3) return undefined
    const [score, sortKey, id] = value as unknown[]
    if (!Number.isSafeInteger(score) || !isText(sortKey) || !isText(id)) return undefined
    return { score: score as number, sortKey, id }
  } catch {
    return undefined
  }
}

// PostgreSQL takes no NUL in a text, and an int8 no more than this.
const isText = (value: unknown): value is string => typeof value === 'string' && !value.includes('\0')

/** Collects the values of a statement, and names each by its place. */
export class Values {
  readonly list: unknown[] = []

  /** Adds a value; answers `$n`. */
  add(value: unknown): string {
    return `$${this.list.push(value)}`
  }
}

/** The condition that each filter puts on a wine (`w`), a SKU (`s`) or its price (`p`). `true` where it is not set. */
export function filterConditions(query: WineQuery, values: Values): Record<FacetName, string> {
  const oneOf = (column: string, chosen: readonly unknown[] | undefined, type: string) =>
    chosen === undefined || chosen.length === 0 ? 'true' : `${column} = any (${values.add(chosen)}::${type}[])`
  const grapes = query.grape ?? []
  return {
    colour: oneOf('w.colour', query.colour, 'text'),
    country: oneOf('w.country', query.country, 'text'),
    region: oneOf('w.region', query.region, 'text'),
    grape: grapes.length === 0 ? 'true' : `w.grape_names && ${values.add(grapes)}::text[]`,
    vintage: oneOf('s.vintage', query.vintage?.map(vintageFilter), 'int'),
    format: oneOf('s.format_ml', query.format?.map(wholeNumber), 'int'),
    price: priceCondition(query, values),
  }
}

function priceCondition({ price: bands = [], offered }: WineQuery, values: Values): string {
  if (bands.length === 0) return offered ? 'p.amount_minor is not null' : 'true'
  const band = ({ fromMinor, toMinor }: PriceBand) =>
    [
      'p.amount_minor is not null',
      ...(fromMinor === undefined ? [] : [`p.amount_minor >= ${values.add(fromMinor)}::bigint`]),
      ...(toMinor === undefined ? [] : [`p.amount_minor < ${values.add(toMinor)}::bigint`]),
    ].join(' and ')
  return `(${bands.map((each) => `(${band(each)})`).join(' or ')})`
}

/** -1 is no vintage and no format: what cannot be meant finds nothing. */
const nothing = -1
const wholeNumber = (text: string): number => (/^\d{1,6}$/.test(text) ? Number(text) : nothing)
const vintageFilter = (text: string): number => (text === 'NV' ? 0 : text === '0' ? nothing : wholeNumber(text))

/** The conditions of some facets, joined. */
export function all(conditions: Record<FacetName, string>, facets: readonly FacetName[]): string {
  return facets.map((facet) => conditions[facet]).join(' and ')
}

/** Facets of a wine, and of its SKUs. */
export const wineFacets: readonly FacetName[] = ['colour', 'country', 'region', 'grape']
export const skuFacets: readonly FacetName[] = facetNames.filter((facet) => !wineFacets.includes(facet))
