import {
  closeCodes,
  FEED_VERSION,
  type ClientFrame,
  type Closing,
  type PollAnswer,
  type ServerFrame,
} from '@cellarhand/protocol/feed'
import type { GoneOffer, Offer } from '@cellarhand/protocol/offer'

type FrameOf<Name extends ServerFrame['type']> = Extract<ServerFrame, { type: Name }>
type SentOf<Name extends ClientFrame['type']> = Extract<ClientFrame, { type: Name }>

const epoch = 'k3v9x2ab'
const topic = 'sku:MUSAR-RED-2018-75@web'
const cursor = `${epoch}.1744`
const hold = '0190d9f0-0000-7000-8000-000000000000'
const at = '2026-01-31T10:00:00.000Z'
const price = { amountMinor: 4_400, currency: 'EUR', taxIncluded: true, dutyIncluded: true }

const offer: Offer = {
  sku: 'MUSAR-RED-2018-75',
  channel: 'web',
  available: 24,
  capped: true,
  held: 3,
  status: 'in_stock',
  price,
  position: cursor,
}
const gone: GoneOffer = { sku: 'LATOUR-2010-75', channel: 'web', gone: true, position: `${epoch}.1750` }

const level: FrameOf<'levels'>['levels'][number] = {
  sku: 'MUSAR-RED-2018-75',
  location: 'shop',
  onHand: 12,
  available: 9,
  held: 3,
  committed: 0,
  allocated: 0,
  quarantined: 0,
  short: 0,
  incoming: 0,
  incomingCommitted: 0,
  version: 4,
  revision: 9,
  position: cursor,
}

const held: FrameOf<'hold'>['hold'] = {
  id: hold,
  state: 'active',
  expiresAt: '2026-01-31T10:05:00.000Z',
  lines: [{ line: 0, sku: 'MUSAR-RED-2018-75', location: 'shop', channel: 'web', quantity: 3, price }],
  position: cursor,
}

const entry: FrameOf<'entries'>['entries'][number] = {
  id: '52225',
  kind: 'receive',
  actor: 'anonymous',
  occurredAt: at,
  recordedAt: at,
  movements: [{ sku: 'MUSAR-RED-2018-75', location: 'shop', from: 'supplier', to: 'available', quantity: 12 }],
  position: cursor,
}

/** A frame of each type: a type without one does not compile. */
export const serverExamples: { readonly [Name in ServerFrame['type']]: FrameOf<Name> } = {
  welcome: { type: 'welcome', version: FEED_VERSION, epoch, head: cursor, pingMs: 10_000 },
  reset: { type: 'reset', topic, reason: 'too_old' },
  offers: { type: 'offers', topic: 'channel:web', cursor: `${epoch}.1750`, offers: [offer, gone] },
  levels: { type: 'levels', topic: 'location:shop', cursor, levels: [level] },
  hold: { type: 'hold', topic: `hold:${hold}`, cursor, hold: held },
  entries: { type: 'entries', topic: 'audit', cursor, entries: [entry] },
  ready: { type: 'ready', topic, resumed: false, cursor },
  progress: { type: 'progress', cursor: `${epoch}.1760` },
  ping: { type: 'ping', head: `${epoch}.1760`, at },
  reconnect: { type: 'reconnect', afterMs: 1_250 },
  unsubscribed: { type: 'unsubscribed', topic },
  authorised: { type: 'authorised', expiresAt: at },
  error: { type: 'error', problem: 'unknown-channel', detail: 'There is no channel x.', topic: 'channel:x' },
}

export const clientExamples: { readonly [Name in ClientFrame['type']]: SentOf<Name> } = {
  hello: { type: 'hello', version: FEED_VERSION, topics: [{ topic, cursor }, { topic: 'location:shop' }] },
  subscribe: { type: 'subscribe', topics: [{ topic: 'channel:web' }] },
  unsubscribe: { type: 'unsubscribe', topics: [topic] },
  auth: { type: 'auth', token: 'the-next-token' },
  pong: { type: 'pong' },
}

export const closingExample: Closing = { type: 'closing', ...closeCodes.draining }

const news: ServerFrame = { ...serverExamples.offers, topic, cursor, offers: [offer] }

export const pollExample: PollAnswer = { frames: [news], cursor }
