import type { GoneOffer, Offer } from '@cellarhand/protocol/offer'
import type { Level } from '@cellarhand/protocol/stock'
import { formatPosition, type LogRow, type SettingsState, type SkuRow } from '../log/log.ts'
import { must } from '../platform/must.ts'
import { nextDeliveryMs } from './expected.ts'
import {
  levelAt,
  levelKeys,
  levelPage,
  type LevelKeyQuery,
  type LevelKeys,
  type LevelPage,
  type LevelQuery,
} from './levels.ts'
import { textOf } from './names.ts'
import {
  channelOfRow,
  offerAt,
  offerExists,
  offerRows,
  priceAt,
  skuOfRow,
  type OfferQuery,
  type OfferRows,
} from './offers.ts'
import { applyTransaction, createTouched, findLevelRow, findPriceRow, type State, type Touched } from './state.ts'
import { none } from './tables.ts'
import { createTexts, type Texts } from './texts.ts'
import type { Alarms } from './timers.ts'
import { createWaiting, type Waiting } from './waiting.ts'

/**
 * What listeners are told, between transactions: what changed after position `previous`. Offers and levels go by their keys, numbers that stay the
 * same until the replica is rebuilt.
 */
export type Change =
  | {
      readonly kind: 'values'
      readonly offers: ReadonlySet<number>
      readonly levels: ReadonlySet<number>
      /** SKUs of the catalogue that are new or changed */
      readonly skus: readonly SkuRow[]
      /** a price is another, or there is one more or less */
      readonly prices: boolean
      /** holds that are not as they were, by their ids */
      readonly holds: readonly string[]
      readonly previous: number
    }
  /** Locations or channels changed: every offer may have. */
  | { readonly kind: 'settings'; readonly previous: number }
  /** Another incarnation of the log, or a part of it was lost: keys and cursors from before mean nothing. */
  | { readonly kind: 'rebuilt'; readonly sameEpoch: boolean }

/** A page of offers; `next` is the SKU after which the following page begins. */
export interface OfferPage {
  readonly items: readonly Offer[]
  readonly next: string | undefined
}

/** Reads of all levels, prices and settings, in memory, as of one position. Throws where there is nothing yet: await `ready` first. */
export interface Live extends Pick<Waiting, 'waitFor'> {
  epoch(): string
  /** `epoch.number` of the newest transaction seen */
  position(): string
  positionNumber(): number
  /** from this number on removals are known */
  horizon(): number
  hasSku(sku: string): boolean
  settings(): SettingsState
  hasChannel(channel: string): boolean
  level(sku: string, location: string): Level | undefined
  levels(query: LevelQuery): LevelPage
  price(sku: string, channel: string): Offer['price'] | undefined
  offer(sku: string, channel: string): Offer | undefined
  /** An offer as JSON text, kept until it changes. */
  offerJson(sku: string, channel: string): string | undefined
  offers(query: Omit<OfferQuery, 'since'>): OfferPage
  /** Keys of the offers of a topic, a page at a time; with `since` only those that changed after that position, gone ones included. */
  offerKeys(query: OfferQuery): OfferRows
  /** An offer, or that it is gone, as JSON text, by its key. */
  offerJsonOf(key: number): string
  /** The next moment after `nowMs` at which bottles are expected, in milliseconds since 1970; undefined where nobody knows of any. */
  nextDeliveryMs(nowMs: number): number | undefined
  skuOf(key: number): string
  channelOf(key: number): string
  /** Keys of the levels of a location, a page at a time; with `since` only those that changed after that position. */
  levelKeys(query: LevelKeyQuery): LevelKeys
  /** A level as JSON text, by its key. */
  levelJsonOf(key: number): string
  skuOfLevel(key: number): string
  locationOf(key: number): string
  /** Calls `listener` after each change; the answer ends that. */
  onChange(listener: (change: Change) => void): () => void
}

/** A replica as the loop around it drives it. */
export interface DrivenLive extends Live {
  /** Takes over a new state whole. */
  replace(state: State): void
  /** Applies whole transactions in order. Throws on one that does not follow, and has to be replaced then. */
  apply(rows: readonly LogRow[]): void
}

/** A replica without a state yet. */
export function createLive(timers: Alarms): DrivenLive {
  let current: State | undefined
  const listeners = new Set<(change: Change) => void>()
  const state = () => must(current, 'a replica that is ready')
  const offers = createTexts((row) => offerAt(state(), row))
  const texts = createTexts((row) => JSON.stringify(offerAt(state(), row)))
  const waiting = createWaiting(() => current, timers)
  const tell = (change: Change) => {
    for (const listener of listeners) listener(change)
    waiting.moved()
  }
  return {
    ...readsOf(state, { offers, texts }),
    waitFor: (position, timeoutMs, signal) => waiting.waitFor(position, timeoutMs, signal),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    replace(next) {
      const sameEpoch = current?.epoch === next.epoch
      current = next
      offers.forgetAll()
      texts.forgetAll()
      tell({ kind: 'rebuilt', sameEpoch })
    },
    apply(rows) {
      if (rows.length === 0) return
      const now = state()
      const previous = now.position
      const touched = createTouched()
      for (const row of rows) applyTransaction(now, row.position, row.changes, touched)
      for (const kept of [offers, texts]) {
        if (touched.settings) kept.forgetAll()
        for (const row of touched.offers) kept.forget(row)
      }
      tell(changeOf(touched, rows, previous))
    },
  }
}

function changeOf({ settings, offers, levels }: Touched, rows: readonly LogRow[], previous: number): Change {
  if (settings) return { kind: 'settings', previous }
  const skus = rows.flatMap(({ changes }) => changes.skus ?? [])
  const prices = rows.some(({ changes }) => changes.prices !== undefined || changes.withdrawn !== undefined)
  const holds = rows.flatMap(({ changes }) => changes.holds ?? [])
  return { kind: 'values', offers, levels, skus, prices, holds, previous }
}

type Reads = Omit<Live, 'waitFor' | 'onChange'>

/** Offers as what they are and as text, as long as they do not change. */
interface Kept {
  readonly offers: Texts<Offer | GoneOffer>
  readonly texts: Texts<string>
}

function readsOf(state: () => State, kept: Kept): Reads {
  return {
    ...offerReads(state, kept),
    epoch: () => state().epoch,
    position: () => formatPosition(state().epoch, state().position),
    positionNumber: () => state().position,
    horizon: () => state().horizon,
    hasSku: (sku) => state().skus.numbers.has(sku),
    settings: () => state().settings,
    hasChannel: (channel) => state().channelViews[state().channels.numbers.get(channel) ?? none] !== undefined,
    level(sku, location) {
      const row = findLevelRow(state(), sku, location)
      return row === none ? undefined : levelAt(state(), row)
    },
    levels: (query) => levelPage(state(), query),
    nextDeliveryMs: (nowMs) => nextDeliveryMs(state().expected, nowMs),
    levelKeys: (query) => levelKeys(state(), query),
    levelJsonOf: (key) => JSON.stringify(levelAt(state(), key)),
    skuOfLevel: (key) => textOf(state().skus, state().levels.sku[key] as number),
    locationOf: (key) => textOf(state().locations, state().levels.location[key] as number),
  }
}

type OfferReads = Pick<
  Live,
  'price' | 'offer' | 'offerJson' | 'offers' | 'offerKeys' | 'offerJsonOf' | 'skuOf' | 'channelOf'
>

function offerReads(state: () => State, { offers, texts }: Kept): OfferReads {
  const findOffer = (sku: string, channel: string) => {
    const row = findPriceRow(state(), sku, channel)
    return row === none || !offerExists(state(), row) ? none : row
  }
  return {
    price: (sku, channel) => priceAt(state(), sku, channel),
    offer(sku, channel) {
      const row = findOffer(sku, channel)
      return row === none ? undefined : present(offers.get(row))
    },
    offerJson(sku, channel) {
      const row = findOffer(sku, channel)
      return row === none ? undefined : texts.get(row)
    },
    offers({ channel, skus, after, limit }) {
      const page = offerRows(state(), { channel, skus, after, limit })
      return { items: page.rows.map((row) => present(offerAt(state(), row))), next: page.next }
    },
    offerKeys: (query) => offerRows(state(), query),
    offerJsonOf: (key) => texts.get(key),
    skuOf: (key) => skuOfRow(state(), key),
    channelOf: (key) => channelOfRow(state(), key),
  }
}

function present(offer: Offer | GoneOffer): Offer {
  must(!('gone' in offer), 'an offer that exists is not gone')
  return offer as Offer
}
