import { Type, type Static } from 'typebox'
import { Instant, Position, Uuid } from './primitives.ts'
import { GoneOffer, Offer } from './offer.ts'
import { Hold, Level, Movement } from './stock.ts'

/** The wire's version: the number grows when a client of the old one could misread the new one. What it means is in PROTOCOL.md. */
export const FEED_VERSION = 2

/** Topics of one connection. */
export const FEED_TOPICS_MAX = 128
/** Bytes of one frame from a client: 128 topics with their cursors take some 20 KB. */
export const FEED_CLIENT_FRAME_MAX = 65_536

/** `kind:id`, and for offers `@channel`. */
export const FeedTopic = Type.String({
  pattern: '^(sku|wine|channel|search|location|hold|audit)(:[^\\u0000-\\u0020]{0,1024})?$',
  description:
    '`sku:ID@CHANNEL`, `wine:ID@CHANNEL`, `search:QUERY@CHANNEL`, `channel:ID`, `location:ID`, `hold:ID` or `audit`',
})
export type FeedTopic = Static<typeof FeedTopic>

/** What a topic is gone on from. Opaque to applications. */
export const FeedCursor = Type.String({ maxLength: 60, description: 'where a topic is gone on from' })

export const TopicRequest = Type.Object(
  { topic: FeedTopic, cursor: Type.Optional(FeedCursor) },
  { additionalProperties: false },
)
export type TopicRequest = Static<typeof TopicRequest>

const topics = Type.Array(TopicRequest, { maxItems: FEED_TOPICS_MAX })
const Token = Type.String({ minLength: 1, maxLength: 8_192 })

/** What a client sends, over WebSocket and Socket.IO. The other transports say it in their URL. */
export const clientFrames = {
  hello: Type.Object(
    { type: Type.Literal('hello'), version: Type.Integer(), topics, token: Type.Optional(Token) },
    { additionalProperties: false },
  ),
  subscribe: Type.Object({ type: Type.Literal('subscribe'), topics }, { additionalProperties: false }),
  unsubscribe: Type.Object(
    { type: Type.Literal('unsubscribe'), topics: Type.Array(FeedTopic, { maxItems: FEED_TOPICS_MAX }) },
    { additionalProperties: false },
  ),
  auth: Type.Object({ type: Type.Literal('auth'), token: Token }, { additionalProperties: false }),
  pong: Type.Object({ type: Type.Literal('pong') }, { additionalProperties: false }),
} as const

export const ClientFrame = Type.Union([
  clientFrames.hello,
  clientFrames.subscribe,
  clientFrames.unsubscribe,
  clientFrames.auth,
  clientFrames.pong,
])
export type ClientFrame = Static<typeof ClientFrame>

/** Why a topic cannot be gone on with from where the client was: it forgets what it has of the topic, and a snapshot follows. */
export const ResetReason = Type.Enum(['malformed', 'epoch', 'ahead', 'too_old', 'expired', 'rebuilt'])
export type ResetReason = 'malformed' | 'epoch' | 'ahead' | 'too_old' | 'expired' | 'rebuilt'

/** A hold that cannot be seen any more. */
export const GoneHold = Type.Object({ id: Uuid, gone: Type.Literal(true), position: Position })
export type GoneHold = Static<typeof GoneHold>

/** A level that left its topic. */
export const GoneLevel = Type.Object({
  sku: Offer.properties.sku,
  location: Level.properties.location,
  gone: Type.Literal(true),
  position: Position,
})
export type GoneLevel = Static<typeof GoneLevel>

/** A journal entry with its movements, and where in the log it became visible. */
export const AuditEntry = Type.Object({
  id: Type.String({ description: 'journal entry' }),
  kind: Type.String(),
  actor: Type.String(),
  occurredAt: Instant,
  recordedAt: Instant,
  reference: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
  movements: Type.Array(Type.Pick(Movement, ['sku', 'location', 'from', 'to', 'quantity'])),
  position: Position,
})
export type AuditEntry = Static<typeof AuditEntry>

const topic = FeedTopic
const cursor = Type.Optional(FeedCursor)

/** What the server sends, alike over all transports. */
export const serverFrames = {
  welcome: Type.Object({
    type: Type.Literal('welcome'),
    version: Type.Integer(),
    epoch: Type.String(),
    head: Position,
    pingMs: Type.Integer({ description: 'a `ping` comes at least so often' }),
  }),
  reset: Type.Object({ type: Type.Literal('reset'), topic, reason: ResetReason }),
  offers: Type.Object({
    type: Type.Literal('offers'),
    topic,
    cursor,
    offers: Type.Array(Type.Union([Offer, GoneOffer])),
  }),
  levels: Type.Object({
    type: Type.Literal('levels'),
    topic,
    cursor,
    levels: Type.Array(Type.Union([Level, GoneLevel])),
  }),
  hold: Type.Object({ type: Type.Literal('hold'), topic, cursor, hold: Type.Union([Hold, GoneHold]) }),
  entries: Type.Object({ type: Type.Literal('entries'), topic, cursor, entries: Type.Array(AuditEntry) }),
  ready: Type.Object({ type: Type.Literal('ready'), topic, resumed: Type.Boolean(), cursor: FeedCursor }),
  progress: Type.Object({ type: Type.Literal('progress'), cursor: FeedCursor }),
  ping: Type.Object({ type: Type.Literal('ping'), head: Position, at: Instant }),
  reconnect: Type.Object({ type: Type.Literal('reconnect'), afterMs: Type.Integer() }),
  unsubscribed: Type.Object({ type: Type.Literal('unsubscribed'), topic }),
  authorised: Type.Object({ type: Type.Literal('authorised'), expiresAt: Type.Optional(Instant) }),
  error: Type.Object({
    type: Type.Literal('error'),
    problem: Type.String({ description: 'slug of the problem, as of REST' }),
    detail: Type.String(),
    topic: Type.Optional(topic),
  }),
} as const

export const ServerFrame = Type.Union([
  serverFrames.welcome,
  serverFrames.reset,
  serverFrames.offers,
  serverFrames.levels,
  serverFrames.hold,
  serverFrames.entries,
  serverFrames.ready,
  serverFrames.progress,
  serverFrames.ping,
  serverFrames.reconnect,
  serverFrames.unsubscribed,
  serverFrames.authorised,
  serverFrames.error,
])
export type ServerFrame = Static<typeof ServerFrame>

/**
 * Why a connection was closed from the server's side. 4000 to 4499: come back, with the cursors; 4500 to 4999: do not, the same would be refused again.
 * Of the standard codes, 1001, 1006, 1011, 1012 and 1013 are to come back from, and 1002, 1003, 1007, 1008 and 1009 not.
 */
export const closeCodes = {
  draining: { code: 4000, reason: 'the server is going away: come back after a while' },
  slow: { code: 4001, reason: 'nothing was taken for too long' },
  tokenExpired: { code: 4002, reason: 'the token has expired: come back with another' },
  rateExceeded: { code: 4003, reason: 'too many frames' },
  full: { code: 4004, reason: 'there are too many connections' },
  silent: { code: 4005, reason: 'nothing was heard for too long' },
  rotated: { code: 4006, reason: 'the connection is old: come back at once' },
  badFrame: { code: 4500, reason: 'the frame could not be understood' },
  unsupportedVersion: { code: 4501, reason: 'this version of the protocol is not spoken here' },
  forbidden: { code: 4502, reason: 'this may not be followed' },
} as const
export type CloseCause = keyof typeof closeCodes

/** The answer to a long-poll. */
export const PollAnswer = Type.Object({
  frames: Type.Array(Type.Object({ type: Type.String({ description: 'what it says: see protocol/PROTOCOL.md' }) }), {
    description: 'as over the other transports, in order',
  }),
  cursor: Type.String({ description: 'for `cursor` of the next poll of the same topics' }),
})
export type PollAnswer = Static<typeof PollAnswer>
