import type { LevelRow, PriceRow } from '../log/log.ts'
import { nextCapacity, widen } from './columns.ts'

/** No row: the end of a SKU's chain. */
export const none = -1

/** available, held, committed, allocated, quarantined, short, incoming, incomingCommitted: side by side, in the log's order. */
export const quantitiesPerLevel = 8

/** All levels. Those of one SKU are a chain through `next`. */
export interface LevelTable {
  size: number
  sku: Int32Array
  location: Uint16Array
  next: Int32Array
  quantities: Int32Array
  version: Float64Array
  revision: Float64Array
  /** of its last change */
  position: Float64Array
}

/** All prices, and so all offers: a row is an offer's key, and stays it for as long as the state lives. */
export interface PriceTable {
  size: number
  sku: Int32Array
  channel: Uint16Array
  next: Int32Array
  amountMinor: Float64Array
  currency: Uint16Array
  flags: Uint8Array
  /** of its last change, its withdrawal included */
  position: Float64Array
}

export const priceFlag = { taxIncluded: 1, dutyIncluded: 2, withdrawn: 4 } as const

/** A table without rows. */
export function createLevels(): LevelTable {
  return {
    size: 0,
    sku: new Int32Array(0),
    location: new Uint16Array(0),
    next: new Int32Array(0),
    quantities: new Int32Array(0),
    version: new Float64Array(0),
    revision: new Float64Array(0),
    position: new Float64Array(0),
  }
}

/** A table without rows. */
export function createPrices(): PriceTable {
  return {
    size: 0,
    sku: new Int32Array(0),
    channel: new Uint16Array(0),
    next: new Int32Array(0),
    amountMinor: new Float64Array(0),
    currency: new Uint16Array(0),
    flags: new Uint8Array(0),
    position: new Float64Array(0),
  }
}

/** A new row, its numbers yet to be written. */
export function addLevelRow(table: LevelTable): number {
  if (table.size === table.sku.length) {
    const capacity = nextCapacity(table.size)
    table.sku = widen(table.sku, capacity)
    table.location = widen(table.location, capacity)
    table.next = widen(table.next, capacity)
    table.quantities = widen(table.quantities, capacity * quantitiesPerLevel)
    table.version = widen(table.version, capacity)
    table.revision = widen(table.revision, capacity)
    table.position = widen(table.position, capacity)
  }
  return table.size++
}

/** A new row, its numbers yet to be written. */
export function addPriceRow(table: PriceTable): number {
  if (table.size === table.sku.length) {
    const capacity = nextCapacity(table.size)
    table.sku = widen(table.sku, capacity)
    table.channel = widen(table.channel, capacity)
    table.next = widen(table.next, capacity)
    table.amountMinor = widen(table.amountMinor, capacity)
    table.currency = widen(table.currency, capacity)
    table.flags = widen(table.flags, capacity)
    table.position = widen(table.position, capacity)
  }
  return table.size++
}

/** Writes a level's numbers as of a position. */
export function writeLevel(table: LevelTable, row: number, level: LevelRow, position: number): void {
  for (let index = 0; index < quantitiesPerLevel; index++) {
    table.quantities[row * quantitiesPerLevel + index] = level[2 + index] as number
  }
  table.version[row] = level[10]
  table.revision[row] = level[11]
  table.position[row] = position
}

/** Writes a price as of a position. */
export function writePrice(table: PriceTable, row: number, price: PriceRow, currency: number, position: number): void {
  table.amountMinor[row] = price[2]
  table.currency[row] = currency
  table.flags[row] = (price[4] ? priceFlag.taxIncluded : 0) | (price[5] ? priceFlag.dutyIncluded : 0)
  table.position[row] = position
}
