import type { Offer } from '@cellarhand/protocol/offer'
import type { Commitment, Hold, HoldRequest } from '@cellarhand/protocol/stock'
import { createServerClock } from './clock.ts'
import { connectionOf } from './connection.ts'
import { deviceWorld, type Device } from './device.ts'
import { dispatch, recall, signalled } from './feed.ts'
import { dropAll, followed } from './followed.ts'
import { dehydrate, hydrate, type Dehydrated } from './hydrate.ts'
import { atRest } from './machine.ts'
import { closeOutbox, read, restore, send } from './outbox.ts'
import type { GetToken, Outcome } from './request.ts'
import { join, tellAll } from './listeners.ts'
import type { Client } from './session.ts'
import { patch, type Patch, type Value } from './store.ts'
import type { Storage, World } from './world.ts'

export { TooManyTopics, type Followed } from './followed.ts'
export type { ConnectionView } from './connection.ts'
export type { Dehydrated } from './hydrate.ts'
export type { Outcome } from './request.ts'
export type { Status, View } from './store.ts'

export interface Options extends Device {
  /** Of the server, such as `https://cellar.example`; the page's own origin where there is none. */
  readonly url?: string
  /** Called for every connection, before a token expires, and for every request. */
  readonly getToken?: GetToken
  /** Where writes that wait survive a reload, and which way of connecting worked. */
  readonly storage?: Storage
  /** The channel of topics and holds that name none. */
  readonly channel?: string
  /** What a server dehydrated for this page. */
  readonly initial?: Dehydrated
  /** Parts of the world that are to be others: `signals` of React Native, all of it in a test. */
  readonly world?: Partial<World>
}

export type Cellarhand = ReturnType<typeof createCellarhand>

/** A client that nobody has asked for anything yet. */
function clientOf(options: Options): Client {
  const { url = globalThis.location?.origin ?? '', getToken = () => undefined, storage, channel = 'web' } = options
  const world = { ...deviceWorld(options), ...options.world }
  return {
    world,
    url: url.replace(/\/$/, ''),
    getToken,
    storage,
    channel,
    clock: createServerClock(world),
    store: hydrate(world.wall, options.initial),
    held: new Map(),
    connection: atRest(world.now(), 0),
    since: 0,
    offs: {},
    writes: [],
    hurried: new Set(),
    behindWrites: new Set(),
    watchers: new Set(),
  }
}

/** A client of a cellar. Nothing is connected before something is followed. */
export function createCellarhand(options: Options = {}) {
  const client = clientOf(options)
  const deaf = client.world.signals((signal) => signalled(client, signal))
  restore(client).catch(() => {})
  void recall(client)

  return {
    channel: client.channel,
    /** The offers of a topic: `sku:CODE`, `wine:ID`, `search:QUERY`, each with `@CHANNEL` or in this client's channel; or `channel:ID`. */
    offers: (topic: string) => followed<Offer>(client, topic),
    /** What any topic holds: levels of `location:ID`, one hold of `hold:ID`, journal entries of `audit`. */
    follow: <T extends Value>(topic: string) => followed<T>(client, topic),
    ...writesOf(client),
    /** Reads `/v1/…` once, behind the writes that are on their way. */
    read: <T>(path: string): Promise<Outcome<T>> => read(client, path),
    /** Shows an offer changed until what it gives is called: with the position where that was decided, or with none where it was refused. */
    patch: (sku: string, inChannel: string, change: (offer: Offer) => Offer) =>
      patch(client.store, `${sku}@${inChannel}`, change as Patch['change']),
    /** The connection as it is; and who is told when it is another. */
    connection: () => connectionOf(client),
    onConnection: (listener: () => void) => join(client.watchers, listener),
    /** Tries at once, also where the server has refused. */
    reconnect: () => dispatch(client, 'retry'),
    /** Now, by the server's clock, ms since 1970. */
    serverNow: client.clock.now,
    /** All that is whole, for a page to begin with: plain JSON, taken before the page is rendered. */
    dehydrate: () => dehydrate(client.store),
    /** Ends it: lines, timers, iterations. */
    close() {
      deaf()
      closeOutbox(client)
      dropAll(client)
      dispatch(client, 'rest')
      tellAll(Object.values(client.offs))
    },
  }
}

/** Each is sent under one key of its own until it is answered, however often the line breaks; a refusal is a value. */
function writesOf(client: Client) {
  const { channel } = client
  const of = (id: string) => `/v1/holds/${encodeURIComponent(id)}`
  return {
    /** Holds bottles: all lines or none. */
    hold: ({ lines, ...rest }: HoldRequest) => {
      const body = { ...rest, lines: lines.map((line) => ({ channel, ...line })) }
      return send<Hold>(client, { method: 'POST', path: '/v1/holds', body })
    },
    /** The hold then ends `ttlSeconds` from when that is decided. */
    extend: (id: string, ttlSeconds: number) =>
      send<Hold>(client, { method: 'PATCH', path: of(id), body: { ttlSeconds } }),
    /** Puts the bottles back. */
    release: (id: string) => send<Hold>(client, { method: 'DELETE', path: of(id) }),
    /** Confirms the sale. */
    commit: (id: string, reference?: string) =>
      send<Commitment>(client, { method: 'POST', path: `${of(id)}/commit`, body: { reference } }),
  }
}
