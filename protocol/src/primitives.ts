import { Type, type Static } from 'typebox'

/** Most bottles one line may name. */
export const LINE_MAX = 1_000_000
/** Most bottles any state of a level may hold. */
export const LEVEL_MAX = 1_000_000_000
/** Most lines one request may carry: a transaction takes 500, and neighbours must fit beside it. */
export const LINES_MAX = 100
/** Largest amount of money in minor units: a bound far above any bottle, far below 2^53. */
export const AMOUNT_MAX = 1_000_000_000_000

/** A SKU code: ASCII, so that it sorts alike in JavaScript and in PostgreSQL's "C" collation (locks are taken in that order). */
export const Sku = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$', description: 'SKU code' })
/** A location or channel id. */
export const Slug = Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{0,31}$', description: 'identifier' })
export const LocationId = Slug
export const ChannelId = Slug

/** Whole bottles (or whole cases) of a SKU, at least one. */
export const Quantity = Type.Integer({ minimum: 1, maximum: LINE_MAX })
/** What was physically counted, or is on record: zero or more. */
export const Counted = Type.Integer({ minimum: 0, maximum: LEVEL_MAX })
/** A signed change. */
export const Delta = Type.Integer({ minimum: -LINE_MAX, maximum: LINE_MAX })

/** `epoch.number`: where in the log something was decided or read. Opaque to clients but for equality. */
export const Position = Type.String({ pattern: '^[a-z0-9]{6,32}\\.[0-9]{1,16}$', description: '`epoch.number`' })

export const Uuid = Type.String({ pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' })

/** RFC 3339 date-time with an offset. */
export const Instant = Type.String({ format: 'date-time', maxLength: 40 })

/** Text that people give in one line: no control characters, which terminals and logs would obey, and nothing empty around it. */
export const WORDS_PATTERN = '^(?!\\s)[^\\u0000-\\u001f\\u007f-\\u009f]+(?<!\\s)$'
/** The same of several lines. */
export const PROSE_PATTERN = '^(?!\\s)[^\\u0000-\\u0009\\u000b-\\u001f\\u007f-\\u009f]+(?<!\\s)$'

const textOf = (pattern: string) => (maxLength: number, description?: string) =>
  Type.String({ minLength: 1, maxLength, pattern, ...(description === undefined ? {} : { description }) })

/** A name, a reason, a number of somebody else's: text in one line. */
export const words = textOf(WORDS_PATTERN)
/** What is written for people to read: text of several lines. */
export const prose = textOf(PROSE_PATTERN)

export const Reference = words(120, "the caller's own number for this")

/** Money in minor units of its currency (ISO 4217), with what it includes. */
export const Price = Type.Object(
  {
    amountMinor: Type.Integer({ minimum: 0, maximum: AMOUNT_MAX }),
    currency: Type.String({ pattern: '^[A-Z]{3}$' }),
    taxIncluded: Type.Boolean(),
    dutyIncluded: Type.Boolean(),
  },
  { additionalProperties: false },
)
export type Price = Static<typeof Price>

/** Money alone, as a hold line's `expectedPrice`. */
export const Money = Type.Object(
  {
    amountMinor: Type.Integer({ minimum: 0, maximum: AMOUNT_MAX }),
    currency: Type.String({ pattern: '^[A-Z]{3}$' }),
  },
  { additionalProperties: false },
)
export type Money = Static<typeof Money>
