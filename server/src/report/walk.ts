import { onHandAccounts } from '../stock/stock.ts'
import { cameBack, came, costOf, declared, found, openCostBook, went, type Cost, type CostBook } from './cost-book.ts'

/** Bottles of a lot, with what one of them cost where that is known. */
export interface LotCost {
  readonly quantity: number
  readonly costMinor: number | null
  readonly currency: string | null
}

/** A line of the journal by which bottles may have come to an owner or left one. */
export interface Step {
  readonly sku: string
  readonly entry: number
  readonly location: string
  readonly from: string
  readonly to: string
  readonly quantity: number
  /** Of what is or was in transit: the transfer, and where it was sent from. */
  readonly document: string | null
  readonly sentFrom: string | null
  /** The lots that this entry brought to the location, for what comes from outside. */
  readonly lots: readonly LotCost[] | null
}

/** Bottles that were there and were made a lot. */
export interface Declaration extends LotCost {
  readonly sku: string
  readonly entry: number
  readonly location: string
}

/** Bottles of a transfer that is under way: how many were sent, and how many of these are not on their way any more. */
export interface Journey {
  sent: number
  ended: number
}

/** One SKU of one owner, on the way through its journal. */
export interface Walk {
  readonly sku: string
  readonly book: CostBook
  /** by the transfer's id */
  readonly journeys: Map<string, Journey>
}

export function openWalk(sku: string): Walk {
  return { sku, book: openCostBook(), journeys: new Map() }
}

/** Whether a location is the owner's. */
export type IsOurs = (location: string) => boolean

const onHand = new Set<string>(onHandAccounts)

/** Whose bottles in an account are: those of a level are its location's, and those in transit of who sent them, until they arrive. */
function isHeld(account: string, { location, sentFrom }: Step, isOurs: IsOurs): boolean {
  if (account === 'transit') return isOurs(sentFrom ?? location)
  return onHand.has(account) && isOurs(location)
}

/** Bottles that came with an entry, from one account. */
interface Arrival {
  readonly from: string
  quantity: number
}

/**
 * Takes the lines of one entry, all of them, into account. What comes and goes in one entry is neither: a sale that a count had seen takes
 * a bottle and gives back what the count had missed.
 */
export function takeEntry(walk: Walk, steps: readonly Step[], isOurs: IsOurs): void {
  const arrivals: Arrival[] = []
  const lots = new Map<string, readonly LotCost[]>()
  let gone = 0
  for (const step of steps) {
    travel(walk, step, isOurs)
    const isOut = isHeld(step.from, step, isOurs)
    if (isOut === isHeld(step.to, step, isOurs)) continue
    if (isOut) gone += step.quantity
    else arrivals.push({ from: step.from, quantity: step.quantity })
    if (!isOut && step.lots) lots.set(step.location, step.lots)
  }
  gone -= cancel(arrivals, gone)
  arrive(walk.book, arrivals, [...lots.values()].flat())
  went(walk.book, gone)
}

/** Bottles on their way are counted by transfer, since their lots come in the order in which they left. */
function travel({ journeys }: Walk, step: Step, isOurs: IsOurs): void {
  const { from, to, quantity, document } = step
  if (from === to || document === null || !isHeld('transit', step, isOurs)) return
  const journey = journeys.get(document) ?? { sent: 0, ended: 0 }
  if (to === 'transit') journey.sent += quantity
  if (from === 'transit') journey.ended += quantity
  if (journey.sent > journey.ended) journeys.set(document, journey)
  else journeys.delete(document)
}

/** Takes bottles that went in the same entry off those that came: what a count had missed first. Returns how many. */
function cancel(arrivals: readonly Arrival[], gone: number): number {
  let left = gone
  for (const arrival of arrivals.toSorted((a, b) => Number(b.from === 'variance') - Number(a.from === 'variance'))) {
    const part = Math.min(left, arrival.quantity)
    arrival.quantity -= part
    left -= part
  }
  return gone - left
}

/**
 * Where bottles come from says at what cost. Those that the books had missed cost the average; those that a customer brings back, what the last that left
 * had cost; all others, of a supplier, a purchase order, a repack or another owner, what their lots cost, and those of no lot an unknown sum.
 */
function arrive(book: CostBook, arrivals: readonly Arrival[], lots: readonly LotCost[]): void {
  let bought = 0
  for (const { from, quantity } of arrivals) {
    if (from === 'variance' || from === 'adjustment') found(book, quantity)
    else if (from === 'customer') cameBack(book, quantity)
    else bought += quantity
  }
  for (const lot of lots) {
    const part = Math.min(bought, lot.quantity)
    bought -= part
    came(book, part, lotCost(lot))
  }
  came(book, bought, undefined)
}

/** What one bottle of a lot cost; undefined where nobody said, or in no currency. */
function lotCost({ costMinor, currency }: LotCost): Cost | undefined {
  return costMinor === null || currency === null ? undefined : costOf(costMinor, currency)
}

/** Takes into account what was said of bottles that were there already. */
export function takeDeclaration({ book }: Walk, declaration: Declaration, isOurs: IsOurs): void {
  const cost = lotCost(declaration)
  if (cost && isOurs(declaration.location)) declared(book, declaration.quantity, cost)
}

/** Bottles that are on their way still, by transfer. */
export function onTheWay({ journeys }: Walk): (Readonly<Journey> & { readonly document: string })[] {
  return [...journeys].map(([document, journey]) => ({ document, ...journey }))
}
