import type { ChannelState, ExpectedRow, LevelRow, LogChanges, PriceRow, SettingsState } from '../log/log.ts'
import { must } from '../platform/must.ts'
import { writeExpected, type ExpectedTable } from './expected.ts'
import { nextCapacity, widen } from './columns.ts'
import { createNames, intern, textOf, type Names } from './names.ts'
import { addSorted, createSorted, type SortedRows } from './sorted.ts'
import {
  addLevelRow,
  addPriceRow,
  createLevels,
  createPrices,
  none,
  priceFlag,
  writeLevel,
  writePrice,
  type LevelTable,
  type PriceTable,
} from './tables.ts'

/** A JavaScript Map takes 2^24 keys. */
const skusMax = 16_000_000
/** Locations, channels and currencies are in columns of 16 bits. */
const fewMax = 65_536

/** A channel with its locations' numbers. */
export interface ChannelView {
  readonly channel: ChannelState
  readonly locations: readonly number[]
}

/** So many of a SKU, by its number, in each of a bundle. */
export interface ComponentView {
  readonly sku: number
  readonly quantity: number
}

/** All that may be seen, as of one position of one epoch. Changed in place, a whole transaction at a time. */
export interface State {
  readonly epoch: string
  position: number
  /** what left before this position is not known any more */
  readonly horizon: number
  settings: SettingsState
  settingsPosition: number
  /** by the channel's number; undefined: no such channel (any more) */
  channelViews: (ChannelView | undefined)[]
  /** by the bundle's number: its components */
  bundles: ReadonlyMap<number, readonly ComponentView[]>
  /** by the component's number: the bundles it is of */
  bundlesWith: ReadonlyMap<number, readonly number[]>
  readonly skus: Names
  readonly locations: Names
  readonly channels: Names
  readonly currencies: Names
  readonly levels: LevelTable
  readonly prices: PriceTable
  readonly expected: ExpectedTable
  /** by the SKU's number: the heads of its chains of levels and prices */
  firstLevel: Int32Array
  firstPrice: Int32Array
  /** SKUs; levels by the location's number; prices by the channel's: each in the order of SKU codes */
  readonly skuOrder: SortedRows
  readonly levelOrders: SortedRows[]
  readonly priceOrders: SortedRows[]
}

/** What transactions touched: the offers (rows of prices) and levels, or all offers, as a change of settings does. */
export interface Touched {
  readonly offers: Set<number>
  readonly levels: Set<number>
  settings: boolean
}

/** Nothing touched yet. */
export function createTouched(): Touched {
  return { offers: new Set(), levels: new Set(), settings: false }
}

/**
 * A state without a SKU.
 *
 * @param options.position what the following transactions come after
 * @param options.horizon the position from which on removals are known
 */
export function createState(options: { epoch: string; position: number; horizon: number }): State {
  return {
    ...options,
    settings: { version: 0, locations: [], channels: [], recipes: [] },
    settingsPosition: 0,
    channelViews: [],
    bundles: new Map(),
    bundlesWith: new Map(),
    skus: createNames(skusMax),
    locations: createNames(fewMax),
    channels: createNames(fewMax),
    currencies: createNames(fewMax),
    levels: createLevels(),
    prices: createPrices(),
    expected: new Map(),
    firstLevel: new Int32Array(0),
    firstPrice: new Int32Array(0),
    skuOrder: createSorted(),
    levelOrders: [],
    priceOrders: [],
  }
}

/** Applies one transaction, and adds what it touched to `touched`. Transactions come one by one, none left out. */
export function applyTransaction(state: State, position: number, changes: LogChanges, touched: Touched): void {
  must(position === state.position + 1, `position ${position} follows ${state.position}`)
  for (const [sku] of changes.skus ?? []) putSku(state, sku)
  if (changes.settings) putSettings(state, changes.settings, position, touched)
  for (const level of changes.levels ?? []) putLevel(state, level, position, touched)
  for (const expected of changes.expected ?? []) putExpected(state, expected)
  for (const price of changes.prices ?? []) putPrice(state, price, position, touched)
  for (const [sku, channel] of changes.withdrawn ?? []) withdrawPrice(state, sku, channel, position, touched)
  state.position = position
}

/** Makes a SKU known, and gives its number. */
export function putSku(state: State, sku: string): number {
  const known = state.skus.numbers.get(sku)
  if (known !== undefined) return known
  const number = intern(state.skus, sku)
  if (number >= state.firstLevel.length) {
    const capacity = nextCapacity(number)
    state.firstLevel = widen(state.firstLevel, capacity, none)
    state.firstPrice = widen(state.firstPrice, capacity, none)
  }
  addSorted(state.skuOrder, number, (row) => textOf(state.skus, row))
  return number
}

/** Takes over the locations and channels. Every offer is computed from them, so all are touched. */
export function putSettings(state: State, settings: SettingsState, position: number, touched: Touched): void {
  state.settings = settings
  state.settingsPosition = position
  state.channelViews = []
  for (const channel of settings.channels) {
    const locations = channel.locations.map((location) => intern(state.locations, location))
    state.channelViews[intern(state.channels, channel.id)] = { channel, locations }
  }
  putBundles(state, settings)
  touched.settings = true
}

function putBundles(state: State, { recipes }: SettingsState): void {
  const bundles = new Map<number, ComponentView[]>()
  const bundlesWith = new Map<number, number[]>()
  for (const { sku, kind, components } of recipes) {
    if (kind !== 'bundle') continue
    const bundle = putSku(state, sku)
    const views = components.map((one) => ({ sku: putSku(state, one.sku), quantity: one.quantity }))
    bundles.set(bundle, views)
    for (const view of views) bundlesWith.set(view.sku, [...(bundlesWith.get(view.sku) ?? []), bundle])
  }
  state.bundles = bundles
  state.bundlesWith = bundlesWith
}

/** Takes over a level as it is from a position on. */
export function putLevel(state: State, level: LevelRow, position: number, touched: Touched): void {
  const sku = putSku(state, level[0])
  const location = intern(state.locations, level[1])
  const known = findLevel(state, sku, location)
  const row = known === none ? addLevel(state, sku, location) : known
  writeLevel(state.levels, row, level, position)
  touched.levels.add(row)
  // A bundle's offers are computed from its components' levels alone.
  if (!state.bundles.has(sku)) touchOffers(state, sku, location, touched)
  const bundles = state.bundlesWith.get(sku)
  if (bundles) for (const bundle of bundles) touchOffers(state, bundle, location, touched)
}

/** The offers of a SKU in the channels that sell from a location. */
function touchOffers(state: State, sku: number, location: number, touched: Touched): void {
  for (let row = state.firstPrice[sku] as number; row !== none; row = state.prices.next[row] as number) {
    const view = state.channelViews[state.prices.channel[row] as number]
    if (view?.locations.includes(location)) touched.offers.add(row)
  }
}

/**
 * Takes over what an order expects at a level. The level's own row changes in the same transaction, so that offers of both are touched, and have
 * its position.
 */
export function putExpected(state: State, [order, sku, location, bottles, atMs]: ExpectedRow): void {
  const row = findLevelRow(state, sku, location)
  must(row !== none, 'the level of what is expected')
  writeExpected(state.expected, row, order, { bottles, atMs })
}

/** Takes over a price as it is from a position on. */
export function putPrice(state: State, price: PriceRow, position: number, touched: Touched): void {
  const sku = putSku(state, price[0])
  const channel = intern(state.channels, price[1])
  const known = findPrice(state, sku, channel)
  const row = known === none ? addPrice(state, sku, channel) : known
  writePrice(state.prices, row, price, intern(state.currencies, price[3]), position)
  touched.offers.add(row)
}

/** A price that is no more: its offer is gone, and the row that says so stays. */
function withdrawPrice(state: State, sku: string, channel: string, position: number, touched: Touched): void {
  const row = findPriceRow(state, sku, channel)
  if (row === none) return
  state.prices.flags[row] = (state.prices.flags[row] as number) | priceFlag.withdrawn
  state.prices.position[row] = position
  touched.offers.add(row)
}

/** The row of a level, or `none`. */
export function findLevelRow(state: State, sku: string, location: string): number {
  const skuNumber = state.skus.numbers.get(sku)
  const locationNumber = state.locations.numbers.get(location)
  return skuNumber === undefined || locationNumber === undefined ? none : findLevel(state, skuNumber, locationNumber)
}

/** The row of a price, and so the key of an offer, or `none`. */
export function findPriceRow(state: State, sku: string, channel: string): number {
  const skuNumber = state.skus.numbers.get(sku)
  const channelNumber = state.channels.numbers.get(channel)
  return skuNumber === undefined || channelNumber === undefined ? none : findPrice(state, skuNumber, channelNumber)
}

function findLevel(state: State, sku: number, location: number): number {
  let row = state.firstLevel[sku] as number
  while (row !== none && state.levels.location[row] !== location) row = state.levels.next[row] as number
  return row
}

function findPrice(state: State, sku: number, channel: number): number {
  let row = state.firstPrice[sku] as number
  while (row !== none && state.prices.channel[row] !== channel) row = state.prices.next[row] as number
  return row
}

function addLevel(state: State, sku: number, location: number): number {
  const { levels } = state
  const row = addLevelRow(levels)
  levels.sku[row] = sku
  levels.location[row] = location
  levels.next[row] = state.firstLevel[sku] as number
  state.firstLevel[sku] = row
  const order = (state.levelOrders[location] ??= createSorted())
  addSorted(order, row, (level) => textOf(state.skus, levels.sku[level] as number))
  return row
}

function addPrice(state: State, sku: number, channel: number): number {
  const { prices } = state
  const row = addPriceRow(prices)
  prices.sku[row] = sku
  prices.channel[row] = channel
  prices.next[row] = state.firstPrice[sku] as number
  state.firstPrice[sku] = row
  const order = (state.priceOrders[channel] ??= createSorted())
  addSorted(order, row, (price) => textOf(state.skus, prices.sku[price] as number))
  return row
}
