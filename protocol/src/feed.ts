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

const strict = (description: string) => ({ additionalProperties: false, description })

/** What a client sends, over WebSocket and Socket.IO. The other transports say it in their URL. */
export const clientFrames = {
  hello: Type.Object(
    {
      type: Type.Literal('hello'),
      version: Type.Integer({ description: 'of the wire' }),
      topics,
      token: Type.Optional(Token),
    },
    strict('The first frame, within 10 s: the topics to follow, each with its cursor where there is one'),
  ),
  subscribe: Type.Object(
    { type: Type.Literal('subscribe'), topics },
    strict('Follows more topics; one that is followed already is left first, and begins anew'),
  ),
  unsubscribe: Type.Object(
    { type: Type.Literal('unsubscribe'), topics: Type.Array(FeedTopic, { maxItems: FEED_TOPICS_MAX }) },
    strict('Follows some topics no more'),
  ),
  auth: Type.Object(
    { type: Type.Literal('auth'), token: Token },
    strict('Shows another token, before the old one expires'),
  ),
  pong: Type.Object({ type: Type.Literal('pong') }, strict('Answers a ping')),
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

const said = (description: string) => ({ description })

/** What the server sends, alike over all transports. */
export const serverFrames = {
  welcome: Type.Object(
    {
      type: Type.Literal('welcome'),
      version: Type.Integer({ description: 'of the wire' }),
      epoch: Type.String({ description: 'of the log' }),
      head: Position,
      pingMs: Type.Integer({ description: 'a `ping` comes at least so often' }),
    },
    said('The first frame'),
  ),
  reset: Type.Object(
    { type: Type.Literal('reset'), topic, reason: ResetReason },
    said('Forget what you have of the topic: a snapshot follows'),
  ),
  offers: Type.Object(
    { type: Type.Literal('offers'), topic, cursor, offers: Type.Array(Type.Union([Offer, GoneOffer])) },
    said('Offers of a topic, each as it is now, or that it has left the topic'),
  ),
  levels: Type.Object(
    { type: Type.Literal('levels'), topic, cursor, levels: Type.Array(Type.Union([Level, GoneLevel])) },
    said('Levels of a location, each as it is now'),
  ),
  hold: Type.Object(
    { type: Type.Literal('hold'), topic, cursor, hold: Type.Union([Hold, GoneHold]) },
    said('A hold as it is now, or that it cannot be seen'),
  ),
  entries: Type.Object(
    { type: Type.Literal('entries'), topic, cursor: FeedCursor, entries: Type.Array(AuditEntry) },
    said('Journal entries in the order of the log, none left out and none twice'),
  ),
  ready: Type.Object(
    {
      type: Type.Literal('ready'),
      topic,
      resumed: Type.Boolean({ description: '`false`: what was not sent since the beginning is gone' }),
      cursor: FeedCursor,
    },
    said('The topic is whole'),
  ),
  progress: Type.Object(
    { type: Type.Literal('progress'), cursor: FeedCursor },
    said('Every topic that is ready is whole up to here'),
  ),
  ping: Type.Object(
    { type: Type.Literal('ping'), head: Position, at: Instant },
    said('A sign of life, with where the head of the log is'),
  ),
  reconnect: Type.Object(
    { type: Type.Literal('reconnect'), afterMs: Type.Integer({ description: 'milliseconds to wait' }) },
    said('The server is going away: close, and come back with your cursors'),
  ),
  unsubscribed: Type.Object(
    { type: Type.Literal('unsubscribed'), topic },
    said('What came of the topic up to here is of before'),
  ),
  authorised: Type.Object(
    {
      type: Type.Literal('authorised'),
      expiresAt: Type.Optional({ ...Instant, description: 'until when it is good' }),
    },
    said('The token was taken'),
  ),
  error: Type.Object(
    {
      type: Type.Literal('error'),
      problem: Type.String({ description: 'slug of the problem, as of REST' }),
      detail: Type.String({ description: 'what is the matter, in a sentence for people' }),
      topic: Type.Optional(topic),
    },
    said('What was asked for was refused; the connection goes on'),
  ),
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
 * Of the standard codes, 1001, 1005, 1006, 1011, 1012 and 1013 are to come back from, and 1002, 1003, 1007, 1008 and 1009 not.
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

/** The last event before Socket.IO, which has no close codes, is closed from the server's side. */
export const Closing = Type.Object(
  { type: Type.Literal('closing'), code: Type.Integer(), reason: Type.String() },
  said('The connection is closed, for the reason of that close code'),
)
export type Closing = Static<typeof Closing>

/** The answer to a long-poll. */
export const PollAnswer = Type.Object({
  frames: Type.Array(Type.Object({ type: Type.String({ description: 'what it says: see protocol/PROTOCOL.md' }) }), {
    description: 'as over the other transports, in order',
  }),
  cursor: Type.String({ description: 'for `cursor` of the next poll of the same topics' }),
})
export type PollAnswer = Static<typeof PollAnswer>
