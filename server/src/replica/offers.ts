import type { GoneOffer, Offer } from '@cellarhand/protocol/offer'
import { formatPosition } from '../log/log.ts'
import { firstFreeAt } from './expected.ts'
import { textOf } from './names.ts'
import { availabilityOf, bundleAvailabilityOf, type Availability } from './offer.ts'
import { sortedFrom } from './sorted.ts'
import { findPriceRow, type ChannelView, type State } from './state.ts'
import { none, priceFlag, quantitiesPerLevel } from './tables.ts'

/** Rows that one page looks at at most: some 3 ms, so that a page never holds up the process. */
const scanMax = 5_000

/** The channel behind an offer, or undefined where the offer is gone. */
function viewOf(state: State, row: number): ChannelView | undefined {
  if ((state.prices.flags[row] as number) & priceFlag.withdrawn) return undefined
  return state.channelViews[state.prices.channel[row] as number]
}

/** The number of the latest position that an offer, or its being gone, was computed from. */
function offerNumber(state: State, row: number): number {
  let latest = Math.max(state.prices.position[row] as number, state.settingsPosition)
  const view = viewOf(state, row)
  if (view === undefined) return latest
  const sku = state.prices.sku[row] as number
  const components = state.bundles.get(sku)
  if (components === undefined) return Math.max(latest, levelsNumber(state, sku, view))
  for (const component of components) latest = Math.max(latest, levelsNumber(state, component.sku, view))
  return latest
}

/** The number of the latest position of one SKU's levels in a channel; 0 where there are none. */
function levelsNumber(state: State, sku: number, view: ChannelView): number {
  let latest = 0
  const { levels } = state
  for (let level = state.firstLevel[sku] as number; level !== none; level = levels.next[level] as number) {
    if (view.locations.includes(levels.location[level] as number))
      latest = Math.max(latest, levels.position[level] as number)
  }
  return latest
}

/** Is there such an offer now? */
export function offerExists(state: State, row: number): boolean {
  return viewOf(state, row) !== undefined
}

/** The sums over a channel's locations of one SKU's bottles. */
function bottlesOf(state: State, sku: number, view: ChannelView) {
  const { levels } = state
  const sums = { available: 0, held: 0, incoming: 0 }
  for (let level = state.firstLevel[sku] as number; level !== none; level = levels.next[level] as number) {
    if (!view.locations.includes(levels.location[level] as number)) continue
    const at = level * quantitiesPerLevel
    sums.available += levels.quantities[at] as number
    sums.held += levels.quantities[at + 1] as number
    sums.incoming += levels.quantities[at + 6] as number
  }
  return sums
}

/** A bundle has no bottles of its own: it is made up of its components’. */
function shownOf(state: State, row: number, view: ChannelView): Availability {
  const sku = state.prices.sku[row] as number
  const components = state.bundles.get(sku)
  if (components === undefined) return availabilityOf(bottlesOf(state, sku, view), view.channel)
  const parts = components.map((one) => ({ quantity: one.quantity, bottles: bottlesOf(state, one.sku, view) }))
  return bundleAvailabilityOf(parts, view.channel)
}

function priceOf(state: State, row: number): Offer['price'] {
  const flags = state.prices.flags[row] as number
  return {
    amountMinor: state.prices.amountMinor[row] as number,
    currency: textOf(state.currencies, state.prices.currency[row] as number),
    taxIncluded: (flags & priceFlag.taxIncluded) !== 0,
    dutyIncluded: (flags & priceFlag.dutyIncluded) !== 0,
  }
}

/** When the first bottle that can be sold is expected at any of a channel's locations. */
function expectedAt(state: State, row: number, view: ChannelView): Pick<Offer, 'expectedAt'> {
  const { levels } = state
  let firstMs = Infinity
  const first = state.firstLevel[state.prices.sku[row] as number] as number
  for (let level = first; level !== none; level = levels.next[level] as number) {
    if (!view.locations.includes(levels.location[level] as number)) continue
    const promised = levels.quantities[level * quantitiesPerLevel + 7] as number
    firstMs = Math.min(firstMs, firstFreeAt(state.expected, level, promised) ?? Infinity)
  }
  return firstMs === Infinity ? {} : { expectedAt: new Date(firstMs).toISOString() }
}

/** An offer as it is now, or that it is gone. */
export function offerAt(state: State, row: number): Offer | GoneOffer {
  const name = {
    sku: textOf(state.skus, state.prices.sku[row] as number),
    channel: textOf(state.channels, state.prices.channel[row] as number),
  }
  const position = formatPosition(state.epoch, offerNumber(state, row))
  const view = viewOf(state, row)
  if (view === undefined) return { ...name, gone: true, position }
  const shown = shownOf(state, row, view)
  return {
    ...name,
    available: shown.available,
    ...(shown.capped ? { capped: true as const } : {}),
    held: shown.held,
    status: shown.status,
    ...(shown.status === 'coming' ? expectedAt(state, row, view) : {}),
    price: priceOf(state, row),
    position,
  }
}

/** The price of a SKU in a channel, whatever the channel has of it; undefined where it has none. */
export function priceAt(state: State, sku: string, channel: string): Offer['price'] | undefined {
  const row = findPriceRow(state, sku, channel)
  return row === none || !offerExists(state, row) ? undefined : priceOf(state, row)
}

/** Offers of one channel: all, or those of some SKUs. */
export interface OfferTopic {
  readonly channel: string
  readonly skus?: readonly string[] | undefined
}

export interface OfferQuery extends OfferTopic {
  /** the SKU after which the page begins */
  readonly after?: string | undefined
  /** only what changed after this position, what is gone included; without it all that there is, and nothing gone */
  readonly since?: number | undefined
  readonly limit: number
}

export interface OfferRows {
  readonly rows: readonly number[]
  /** where the next page begins; undefined: this was the last. A page may be short, or empty, and not the last. */
  readonly next: string | undefined
}

/** A page of offers, by their rows, in the order of SKU codes. */
export function offerRows(state: State, query: OfferQuery): OfferRows {
  const channel = state.channels.numbers.get(query.channel)
  if (channel === undefined) return { rows: [], next: undefined }
  const candidates = query.skus ? listed(state, query, query.skus) : ordered(state, channel, query.after)
  const rows: number[] = []
  const until = Math.min(candidates.to, candidates.from + scanMax)
  let index = candidates.from
  for (; index < until && rows.length < query.limit; index++) {
    const row = candidates.rows[index] as number
    if (query.since === undefined ? offerExists(state, row) : offerNumber(state, row) > query.since) rows.push(row)
  }
  return { rows, next: index < candidates.to ? skuOfRow(state, candidates.rows[index - 1] as number) : undefined }
}

function ordered(state: State, channel: number, after: string | undefined) {
  const order = state.priceOrders[channel]
  return order === undefined ? { rows: [], from: 0, to: 0 } : sortedFrom(order, after, (row) => skuOfRow(state, row))
}

function listed(state: State, query: OfferQuery, skus: readonly string[]) {
  const rows = [...new Set(skus)]
    .filter((sku) => query.after === undefined || sku > query.after)
    .toSorted()
    .map((sku) => findPriceRow(state, sku, query.channel))
    .filter((row) => row !== none)
  return { rows, from: 0, to: rows.length }
}

/** The SKU of an offer. */
export function skuOfRow(state: State, row: number): string {
  return textOf(state.skus, state.prices.sku[row] as number)
}

/** The channel of an offer. */
export function channelOfRow(state: State, row: number): string {
  return textOf(state.channels, state.prices.channel[row] as number)
}
