import type { ServerFrame } from '@cellarhand/protocol/feed'
import type { GoneOffer, Offer } from '@cellarhand/protocol/offer'

/** More or fewer bottles than before, or the same number otherwise (held, a status). */
type Direction = 'up' | 'down' | 'other'

/** An offer as shown. The counts say how often its stock and its price changed before the reader's eyes: 0 is a first value, which never flashes. */
export interface Entry {
  readonly offer: Offer
  readonly stockChanges: number
  readonly priceChanges: number
  readonly direction: Direction
}

export interface OfferChange {
  readonly before: Offer
  readonly after: Offer | undefined
}

/**
 * What the page shows of one channel. `settled` holds the SKUs the feed has answered for: one that is settled and has no entry is
 * not offered in this channel, one that is not settled is not known yet.
 */
export interface Shown {
  readonly entries: ReadonlyMap<string, Entry>
  readonly settled: ReadonlySet<string>
  readonly position: string | undefined
}

/** What a page hears: offers, each of a topic of its own, and signs of life. */
export type PageFrame = Extract<
  ServerFrame,
  { type: 'welcome' | 'reset' | 'offers' | 'ready' | 'progress' | 'ping' | 'reconnect' }
>

/** What a connection has said until all its topics are whole. `ready`: topics that are, and whether what was there before is gone on from. */
interface Stage {
  readonly offers: ReadonlyMap<string, Offer | undefined>
  readonly ready: ReadonlyMap<string, boolean>
}

/** A connection's beginning, or undefined when it is whole and every frame counts at once. */
export type Staged = Stage | undefined

export const stageAnew = (): Stage => ({ offers: new Map(), ready: new Map() })

export interface Received {
  readonly shown: Shown
  readonly staged: Staged
  readonly changes: readonly OfferChange[]
  /** The connection has become whole with this frame. */
  readonly whole: boolean
}

export const nothingShown: Shown = { entries: new Map(), settled: new Set(), position: undefined }

/** Most offers remembered of rows that have left the screen: ten long pages. */
const ENTRIES_MAX = 3_000

/**
 * Takes one frame of a connection that asked for `asked`. What it begins with is gathered beside what is shown and takes its place when every topic is
 * whole, so nothing flickers and no half of a snapshot is ever seen. Pure.
 */
export function receive(shown: Shown, staged: Staged, asked: readonly string[], frame: PageFrame): Received {
  switch (frame.type) {
    case 'welcome':
      return quiet(shown, stageAnew())
    case 'reset':
      return quiet(shown, begunAnew(staged, asked, skuOf(frame.topic)))
    case 'offers':
      return staged === undefined ? applyLive(shown, frame.offers) : quiet(shown, stage(staged, frame.offers))
    case 'ready': {
      const ready = new Map(staged?.ready).set(skuOf(frame.topic), frame.resumed)
      if (asked.some((sku) => !ready.has(sku))) return quiet(shown, { offers: new Map(), ...staged, ready })
      return settle(shown, { offers: new Map(), ...staged, ready }, asked, frame.cursor)
    }
    case 'progress':
      return quiet({ ...shown, position: frame.cursor }, staged)
    case 'ping':
    case 'reconnect':
      return quiet(shown, staged)
    default:
      return unreachable(frame)
  }
}

/** `A` of `sku:A@web`. */
function skuOf(topic: string): string {
  return topic.slice('sku:'.length, topic.lastIndexOf('@'))
}

/** One topic begins anew; the others stay as they are. */
function begunAnew(staged: Staged, asked: readonly string[], sku: string): Stage {
  const offers = new Map(staged?.offers)
  const ready = staged ? new Map(staged.ready) : new Map(asked.map((one) => [one, true]))
  offers.delete(sku)
  ready.delete(sku)
  return { offers, ready }
}

/** Fills rows that are not known yet with offers read by other means. What the feed has said stays. Pure. */
export function fill(shown: Shown, offers: readonly Offer[], asked: readonly string[]): Shown {
  const entries = new Map(shown.entries)
  for (const offer of offers) if (!entries.has(offer.sku)) entries.set(offer.sku, first(offer))
  return { ...shown, entries, settled: new Set([...shown.settled, ...asked]) }
}

function quiet(shown: Shown, staged: Staged): Received {
  return { shown, staged, changes: [], whole: false }
}

function stage({ offers, ready }: Stage, changed: readonly (Offer | GoneOffer)[]): Stage {
  const next = new Map(offers)
  for (const offer of changed) next.set(offer.sku, 'gone' in offer ? undefined : offer)
  return { offers: next, ready }
}

function applyLive(shown: Shown, offers: readonly (Offer | GoneOffer)[]): Received {
  const entries = new Map(shown.entries)
  const changes: OfferChange[] = []
  for (const offer of offers) put(entries, offer.sku, 'gone' in offer ? undefined : offer, changes)
  const position = offers.at(-1)?.position ?? shown.position
  return { shown: { ...shown, entries, position }, staged: undefined, changes, whole: false }
}

function settle(shown: Shown, { offers, ready }: Stage, asked: readonly string[], position: string): Received {
  const settled = new Set([...shown.settled, ...asked])
  const entries = new Map(shown.entries.size > ENTRIES_MAX ? [] : shown.entries)
  const changes: OfferChange[] = []
  for (const sku of asked) {
    // Nothing was said of it, and it was gone on from: it is as it was.
    if (ready.get(sku) === true && !offers.has(sku)) continue
    put(entries, sku, offers.get(sku), changes)
  }
  return { shown: { entries, settled, position }, staged: undefined, changes, whole: true }
}

function put(entries: Map<string, Entry>, sku: string, after: Offer | undefined, changes: OfferChange[]): void {
  const before = entries.get(sku)
  if (after === undefined) {
    entries.delete(sku)
    if (before) changes.push({ before: before.offer, after })
  } else if (before === undefined) {
    entries.set(sku, first(after))
  } else {
    const stock = !sameStock(before.offer, after)
    const price = !samePrice(before.offer, after)
    entries.set(sku, {
      offer: after,
      stockChanges: before.stockChanges + (stock ? 1 : 0),
      priceChanges: before.priceChanges + (price ? 1 : 0),
      direction: stock ? directionOf(before.offer, after) : before.direction,
    })
    if (stock || price) changes.push({ before: before.offer, after })
  }
}

function first(offer: Offer): Entry {
  return { offer, stockChanges: 0, priceChanges: 0, direction: 'other' }
}

function sameStock(a: Offer, b: Offer): boolean {
  return a.available === b.available && a.capped === b.capped && a.held === b.held && a.status === b.status
}

function samePrice({ price: a }: Offer, { price: b }: Offer): boolean {
  return (
    a.amountMinor === b.amountMinor &&
    a.currency === b.currency &&
    a.taxIncluded === b.taxIncluded &&
    a.dutyIncluded === b.dutyIncluded
  )
}

function directionOf(before: Offer, after: Offer): Direction {
  if (after.available > before.available) return 'up'
  return after.available < before.available ? 'down' : 'other'
}

function unreachable(value: never): never {
  throw new Error(`A frame of no known type: ${JSON.stringify(value)}`)
}
