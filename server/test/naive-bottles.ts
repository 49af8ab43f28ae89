import type { NaiveOpenBottle } from './naive-open-bottles.ts'

/** One bottle that is there, and who has a claim on it: nobody, a hold, a commitment or an allotment; or that it stands in quarantine. */
export interface Bottle {
  readonly level: string
  claim: 'none' | 'quarantined' | `hold ${string}` | `commitment ${string}` | `allotted ${string}`
  /** The allotment that who claims it has it from. */
  allotment?: string
  /** Orders the bottles of a claim: the line it was asked for in, and the location's place in its channel. */
  line?: number
}

interface Happened {
  readonly level: string
  readonly atUs: number
  readonly counted?: number
  readonly delta?: number
  readonly source: string
}

interface NaiveHold {
  state: 'active' | 'revoked' | 'released' | 'expired' | 'committed'
  readonly madeAtUs: number
  expiresAtUs: number
}

export type Counted =
  | 'available'
  | 'held'
  | 'committed'
  | 'allocated'
  | 'quarantined'
  | 'short'
  | 'incoming'
  | 'incomingCommitted'

/** What is on its way, a SKU for each bottle. */
export interface NaiveTransfer {
  readonly from: string
  readonly to: string
  readonly skus: readonly string[]
  onTheWay: string[]
}

/** What a supplier still owes, line by line. */
export interface NaivePurchase {
  readonly location: string
  readonly lines: readonly { readonly sku: string; left: number }[]
}

/** An order as who packs it sees it: a slip for each bottle, and the parcels. */
export interface NaiveOrder {
  readonly reference: string | undefined
  readonly isForCollection: boolean
  readonly slips: { readonly level: string; fate: 'here' | 'sent' | 'fetched' | 'dropped' | 'back' }[]
  /** Levels of bottles taken from the shelf. */
  readonly picked: string[]
  isPaid: boolean
  isReady: boolean
  /** Whether each has arrived. */
  readonly parcels: boolean[]
}

export interface Cellar {
  bottles: Bottle[]
  /** Bottles that are on order, and who was promised them. */
  expected: Bottle[]
  /** Levels of bottles that are promised, or gone, and were not there. */
  owed: string[]
  readonly diary: Happened[]
  readonly holds: Map<string, NaiveHold>
  readonly commitments: Set<string>
  readonly transfers: Map<string, NaiveTransfer>
  readonly purchases: Map<string, NaivePurchase>
  readonly orders: Map<string, NaiveOrder>
  readonly openBottles: Map<string, NaiveOpenBottle>
  readonly holdLifeMaxUs: number
}

export const withClaim = (cellar: Cellar, level: string, claim: Bottle['claim']) =>
  cellar.bottles.filter((one) => one.level === level && one.claim === claim)
export const free = (cellar: Cellar, level: string, allotment?: string) =>
  withClaim(cellar, level, allotment === undefined ? 'none' : `allotted ${allotment}`)

/** A hold ends: its bottles go back to where it had them from. Of one that is revoked at a level, those there are anybody's. */
export function letGo(cellar: Cellar, id: string, revokedAt?: string): void {
  for (const bottle of cellar.bottles) {
    if (bottle.claim !== `hold ${id}` || (revokedAt !== undefined && bottle.level !== revokedAt)) continue
    const back = revokedAt === undefined ? bottle.allotment : undefined
    bottle.claim = back === undefined ? 'none' : `allotted ${back}`
    delete bottle.allotment
  }
  for (const bottle of cellar.expected) {
    if (bottle.claim === `hold ${id}` && (revokedAt === undefined || bottle.level === revokedAt)) bottle.claim = 'none'
  }
  for (const level of new Set(cellar.owed)) payDebts(cellar, level)
}

export function arrive(cellar: Cellar, level: string, quantity: number, allotment?: string): void {
  for (let i = 0; i < quantity; i++) {
    const debt = cellar.owed.indexOf(level)
    if (debt >= 0) cellar.owed.splice(debt, 1)
    else cellar.bottles.push({ level, claim: allotment === undefined ? 'none' : `allotted ${allotment}` })
  }
}

/** Bottles that nobody claims any more are given to who was promised some. */
function payDebts(cellar: Cellar, level: string): void {
  for (let [bottle] = free(cellar, level); bottle && cellar.owed.includes(level); [bottle] = free(cellar, level)) {
    const given = bottle
    cellar.owed.splice(cellar.owed.indexOf(level), 1)
    cellar.bottles = cellar.bottles.filter((one) => one !== given)
  }
}

/** The newest hold that claims any of some bottles at a level. */
export function newestHold(cellar: Cellar, of: readonly Bottle[], level: string): string | undefined {
  return [...cellar.holds.keys()]
    .toReversed()
    .find((id) => of.some((one) => one.level === level && one.claim === `hold ${id}`))
}

/** A hold loses what it has and waits for at a level. */
export function revoke(cellar: Cellar, id: string, level: string): void {
  letGo(cellar, id, level)
  ;(cellar.holds.get(id) as NaiveHold).state = 'revoked'
}

/** From what nobody claims; then the newest hold loses its claim; then the bottle is owed. */
export function leave(cellar: Cellar, level: string, quantity: number): void {
  while (free(cellar, level).length < quantity) {
    const newest = newestHold(cellar, cellar.bottles, level)
    if (newest === undefined) break
    revoke(cellar, newest, level)
  }
  for (let i = 0; i < quantity; i++) {
    const [bottle] = free(cellar, level)
    if (bottle) cellar.bottles = cellar.bottles.filter((one) => one !== bottle)
    else cellar.owed.push(level)
  }
}

/** Makes on hand what the diary says it is. */
export function follow(cellar: Cellar, level: string): void {
  const isThere =
    cellar.bottles.filter((bottle) => bottle.level === level).length - cellar.owed.filter((one) => one === level).length
  const difference = onHandOf(cellar, level) - isThere
  if (difference >= 0) arrive(cellar, level, difference)
  else leave(cellar, level, -difference)
}

/** On hand at a level is its latest count plus every physical movement that happened after that count. */
export function onHandOf(cellar: Cellar, level: string): number {
  const here = cellar.diary.filter((one) => one.level === level)
  const counts = here.filter((one) => one.counted !== undefined)
  const latest = counts.reduce<Happened | undefined>(
    (best, one) =>
      best === undefined || one.atUs > best.atUs || (one.atUs === best.atUs && one.source >= best.source) ? one : best,
    undefined,
  )
  return here
    .filter((one) => one.delta !== undefined && (latest === undefined || one.atUs > latest.atUs))
    .reduce((sum, one) => sum + (one.delta ?? 0), latest?.counted ?? 0)
}
