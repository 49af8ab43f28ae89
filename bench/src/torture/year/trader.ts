import { createRandom, type Random } from '../random.ts'
import type { Errand } from './errand.ts'
import type { Hand } from './merchant.ts'
import { createShelves, free, type Place, type Shelf, type Shelves } from './shelves.ts'

/** A hand in the middle of its year: what it believes, and what it has begun. */
export interface Trader {
  readonly hand: Hand
  readonly random: Random
  readonly shelves: Shelves
  /** Holds that stand, orders that are to be shipped, bottles that are on their way. */
  readonly holds: Claim[]
  readonly orders: Claim[]
  readonly transfers: Sent[]
  /** What came last and was not put away. */
  readonly arrived: Arrived[]
  counter: number
}

/** A hold or an order, with where its bottles are believed to stand. */
export interface Claim {
  readonly ref: string
  readonly parts: readonly Part[]
}

export interface Part {
  readonly shelf: Shelf
  readonly quantity: number
  readonly isAllotted: boolean
}

export interface Sent {
  readonly ref: string
  readonly from: Place
  readonly to: Place
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[]
}

export interface Arrived {
  readonly place: Place
  readonly lines: readonly { readonly sku: string; readonly quantity: number; readonly lot: string }[]
}

export function createTrader(hand: Hand): Trader {
  return {
    hand,
    random: createRandom(hand.seed),
    shelves: createShelves(),
    holds: [],
    orders: [],
    transfers: [],
    arrived: [],
    counter: 0,
  }
}

/** Lines that a command may have. */
export const LINES_MOST = 100

/** A number that this hand has not used: keys and references are made of it. */
export function nextName(trader: Trader, what: string): string {
  trader.counter += 1
  return `${trader.hand.name}-${what}-${trader.counter}`
}

/** Some SKUs, each once: between `least` and `most`, as far as the hand has so many. */
export function someSkus({ hand, random }: Trader, least: number, most: number): string[] {
  return random.shuffled(hand.skus).slice(0, least + random.below(most - least + 1))
}

/** Shelves of some SKUs at a place, those that need bottles most before the others. */
export function emptiest(trader: Trader, place: Place, count: number): Shelf[] {
  const all = trader.hand.skus.map((sku) => trader.shelves.at(sku, place))
  return all.toSorted((a, b) => free(a) - free(b) || (a.sku < b.sku ? -1 : 1)).slice(0, count)
}

/** Takes one out of a list, the oldest mostly. */
export function takeOne<T>({ random }: Trader, list: T[]): T | undefined {
  return list.splice(random.below(4) === 0 ? random.below(list.length || 1) : 0, 1)[0]
}

/** How late a fact may be told: over a month's end, and over counts. */
const LATE_MOST_MS = 20 * 86_400_000

/** When a fact happened that is told now: now mostly, and sometimes days ago. */
export function momentOf({ random }: Trader, atMs: number): number {
  return random.below(16) === 0 ? atMs - random.below(LATE_MOST_MS) : atMs
}

export const instant = (atMs: number): string => new Date(atMs).toISOString()

/** An errand that posts a body under a key of its own. */
export function post(
  trader: Trader,
  path: string,
  body: object,
  more: { readonly movements: number; readonly makes?: string; readonly of?: string },
): Errand {
  return { call: { method: 'POST', path, key: nextName(trader, 'key'), body }, ...more }
}
