import { must } from '../platform/must.ts'
import { figuresOf, type Figures } from './figures.ts'
import { divideHalfEven, FINE, toMinor } from './money.ts'

/** What one bottle cost: fine parts of a minor unit of a currency. */
export interface Cost {
  readonly currency: string
  readonly fine: bigint
}

/** Bottles that came one after another at one cost. Undefined: nobody knows what they cost. */
interface Layer {
  quantity: number
  readonly cost: Cost | undefined
}

/**
 * Bottles of one currency for the moving average: what `quantity` of them cost when the average last changed, and how many are `left`. What leaves
 * changes `left` alone, so that an average is rounded only when bottles come, by half a fine part.
 */
interface Pool {
  fine: bigint
  quantity: number
  left: number
}

/**
 * What the bottles of one SKU of one owner cost, as they come and go. By first-in, first-out, the oldest layer goes first (IAS 2, paragraph 27); by
 * average, each bottle costs what all that were there when the last ones came cost on average (the same paragraph: "as each additional shipment is
 * received"). Both have one opinion of which bottles have a cost at all.
 */
export interface CostBook {
  /** the oldest first; those before `first` have gone */
  layers: Layer[]
  first: number
  /** Bottles that went and were not there. The next that come are these. */
  owed: number
  /** What the bottle that went last had cost. */
  lastGone: Cost | undefined
  readonly pools: Map<string, Pool>
}

export function openCostBook(): CostBook {
  return { layers: [], first: 0, owed: 0, lastGone: undefined, pools: new Map() }
}

/** Minor units as a cost. */
export function costOf(amountMinor: number, currency: string): Cost {
  return { currency, fine: BigInt(amountMinor) * FINE }
}

/** Bottles come in at a cost, or at none that is known. */
export function came(book: CostBook, quantity: number, cost: Cost | undefined): void {
  const rest = settle(book, quantity, cost)
  putBehind(book, rest, cost)
  if (cost) mix(book, rest, cost)
}

/** Bottles go: the oldest first. */
export function went(book: CostBook, quantity: number): void {
  let left = quantity
  while (left > 0 && book.first < book.layers.length) {
    const layer = must(book.layers[book.first], 'the oldest layer')
    const part = Math.min(left, layer.quantity)
    layer.quantity -= part
    left -= part
    if (layer.cost) must(book.pools.get(layer.cost.currency), 'the pool of a layer').left -= part
    book.lastGone = layer.cost
    if (layer.quantity === 0) book.first += 1
  }
  if (left > 0) book.lastGone = undefined
  book.owed += left
  forget(book)
}

/** Bottles that went come back, at what the last one that went had cost, and are the oldest again: as if they had stayed. */
export function cameBack(book: CostBook, quantity: number): void {
  const cost = book.lastGone
  const rest = settle(book, quantity, cost)
  if (rest === 0) return
  if (book.first > 0) book.layers[(book.first -= 1)] = { quantity: rest, cost }
  else book.layers.unshift({ quantity: rest, cost })
  if (cost) rejoin(book, rest, cost)
}

/** Bottles that the books did not know of: they cost what the others do on average, if that is one currency. */
export function found(book: CostBook, quantity: number): void {
  const average = averageOf(book)
  const rest = settle(book, quantity, average)
  putBehind(book, rest, average)
  if (average) rejoin(book, rest, average)
}

/** Somebody says what bottles had cost that were there already: it is believed of as many as have no cost, the oldest first. */
export function declared(book: CostBook, quantity: number, cost: Cost): void {
  let left = quantity
  const layers: Layer[] = []
  for (const layer of book.layers.slice(book.first)) {
    const part = layer.cost ? 0 : Math.min(left, layer.quantity)
    left -= part
    if (part > 0) layers.push({ quantity: part, cost })
    if (layer.quantity > part) layers.push({ quantity: layer.quantity - part, cost: layer.cost })
  }
  book.layers = layers
  book.first = 0
  mix(book, quantity - left, cost)
}

/** Bottles that come first fill what went before them: those were these. Returns how many are left. */
function settle(book: CostBook, quantity: number, cost: Cost | undefined): number {
  const filled = Math.min(book.owed, quantity)
  book.owed -= filled
  if (filled > 0) book.lastGone = cost
  return quantity - filled
}

function putBehind(book: CostBook, quantity: number, cost: Cost | undefined): void {
  if (quantity === 0) return
  const last = book.layers.length > book.first ? book.layers.at(-1) : undefined
  const isLike = last?.cost?.currency === cost?.currency && last?.cost?.fine === cost?.fine
  if (last && isLike) last.quantity += quantity
  else book.layers.push({ quantity, cost })
}

/** Layers that have gone are kept until there are so many, since to drop one moves all others. */
const GONE_MAX = 1_024

function forget(book: CostBook): void {
  if (book.first < GONE_MAX) return
  book.layers.splice(0, book.first)
  book.first = 0
}

/** Bottles at a cost of their own change the average. */
function mix(book: CostBook, quantity: number, { currency, fine }: Cost): void {
  if (quantity === 0) return
  const pool = book.pools.get(currency)
  const left = (pool?.left ?? 0) + quantity
  const worth = pool ? worthOf(pool) : 0n
  book.pools.set(currency, { fine: worth + BigInt(quantity) * fine, quantity: left, left })
}

/** Bottles at the average leave it as it is. The first of a currency make it. */
function rejoin(book: CostBook, quantity: number, cost: Cost): void {
  const pool = book.pools.get(cost.currency)
  if (pool) pool.left += quantity
  else mix(book, quantity, cost)
}

/** What is left of a pool, at its average. */
function worthOf({ fine, quantity, left }: Pool): bigint {
  return left === 0 ? 0n : divideHalfEven(fine * BigInt(left), BigInt(quantity))
}

/** The average of what is there, or, where nothing is, what it was last; undefined in several currencies. */
function averageOf({ pools }: CostBook): Cost | undefined {
  const there = [...pools].filter(([, { left }]) => left > 0)
  const [only, another] = there.length > 0 ? there : [...pools]
  if (!only || another) return undefined
  const [currency, { fine, quantity }] = only
  return { currency, fine: divideHalfEven(fine, BigInt(quantity)) }
}

/** Bottles as the book has them: below zero, more went than ever came. */
export function bottlesIn(book: CostBook): number {
  return book.layers.slice(book.first).reduce((sum, { quantity }) => sum + quantity, 0) - book.owed
}

/** What is there is worth what the newest cost: the sum of the layers that are left. */
export function fifoOf(book: CostBook): Figures {
  const fine = new Map<string, { bottles: number; fine: bigint }>()
  for (const { quantity, cost } of book.layers.slice(book.first)) {
    if (!cost) continue
    const sum = fine.get(cost.currency) ?? { bottles: 0, fine: 0n }
    const more = { bottles: sum.bottles + quantity, fine: sum.fine + BigInt(quantity) * cost.fine }
    fine.set(cost.currency, more)
  }
  const valued = [...fine].map(([currency, sum]) => ({
    currency,
    bottles: sum.bottles,
    amountMinor: toMinor(sum.fine),
  }))
  return figuresOf(bottlesIn(book), valued)
}

/** Figures by average. There is none where bottles were paid for in several currencies. */
export interface Average extends Figures {
  readonly isMixed: boolean
}

/** What is there is worth its average. */
export function averageFiguresOf(book: CostBook): Average {
  const there = [...book.pools].filter(([, { left }]) => left > 0)
  const isMixed = there.length > 1
  const valued = isMixed ? [] : there.map(([currency, pool]) => valueOf(currency, pool))
  return { ...figuresOf(bottlesIn(book), valued), isMixed }
}

function valueOf(currency: string, pool: Pool) {
  const { fine, quantity, left } = pool
  // Rounded once, straight from the last average.
  return {
    currency,
    bottles: left,
    amountMinor: divideHalfEven(fine * BigInt(left), BigInt(quantity) * FINE),
  }
}
