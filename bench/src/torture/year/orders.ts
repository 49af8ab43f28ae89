import type { Errand } from './errand.ts'
import { free, type Place } from './shelves.ts'
import { nextName, post, someSkus, takeOne, type Claim, type Part, type Trader } from './trader.ts'

/** Longer than any run: a hold that lapsed would do so by the clock of this machine, and no two runs would be alike. */
const TTL_SECONDS = 2_500_000

/** The environment of a server that grants such holds. */
export const patientHolds: Readonly<Record<string, string>> = {
  CELLARHAND_HOLD_TTL_MAX_S: String(2_592_000),
  CELLARHAND_HOLD_LIFE_MAX_S: String(2 * 2_592_000),
}

const sources = { web: ['shop', 'warehouse'], trade: ['bond'] } as const satisfies Record<string, readonly Place[]>

/** A cart of some wines, in the web shop mostly; some of it out of the club's allotment. */
export function hold(trader: Trader): Errand | undefined {
  const { random } = trader
  const channel = random.below(5) > 0 ? 'web' : 'trade'
  const parts: Part[] = []
  const lines = someSkus(trader, 1, 6).flatMap((sku) => {
    const isAllotted = channel === 'web' && random.below(8) === 0
    const quantity = 1 + random.below(channel === 'web' ? 3 : 12)
    const found = partsOf(trader, sources[channel], { sku, quantity, isAllotted })
    if (found.length === 0) return []
    parts.push(...found)
    return [{ sku, quantity, channel, ...(isAllotted ? { allotment: 'club' } : {}) }]
  })
  if (lines.length === 0) return undefined
  const ref = nextName(trader, 'hold')
  trader.holds.push({ ref, parts })
  const body = { lines, ttlSeconds: TTL_SECONDS, customer: `customer ${random.below(500)}` }
  return post(trader, '/v1/holds', body, { movements: parts.length, makes: ref })
}

/** Claims bottles of a SKU place by place; none where there are too few. */
function partsOf(
  trader: Trader,
  places: readonly Place[],
  { sku, quantity, isAllotted }: { sku: string; quantity: number; isAllotted: boolean },
): Part[] {
  const shelves = places.map((place) => trader.shelves.at(sku, place))
  const there = (shelf: (typeof shelves)[number]) => (isAllotted ? shelf.allotted : free(shelf))
  if (shelves.reduce((sum, shelf) => sum + there(shelf), 0) < quantity) return []
  let left = quantity
  return shelves.flatMap((shelf) => {
    const part = Math.min(left, there(shelf))
    if (part === 0) return []
    left -= part
    if (isAllotted) shelf.allotted -= part
    else shelf.claimed += part
    return [{ shelf, quantity: part, isAllotted }]
  })
}

/** Bottles are free again, or the club's. */
function giveBack(parts: readonly Part[]): void {
  for (const { shelf, quantity, isAllotted } of parts) {
    if (isAllotted) shelf.allotted += quantity
    else shelf.claimed -= quantity
  }
}

/** The customer confirms, thinks longer, or leaves. */
export function endHold(trader: Trader): Errand | undefined {
  const claim: Claim | undefined = takeOne(trader, trader.holds)
  if (!claim) return undefined
  const { random } = trader
  const { ref: of, parts } = claim
  const key = nextName(trader, 'key')
  const path = '/v1/holds/{id}'
  const doing = random.weighted({ commit: 8, release: 2, extend: 1 })
  if (doing === 'extend') {
    trader.holds.push(claim)
    return { call: { method: 'PATCH', path, key, body: { ttlSeconds: TTL_SECONDS } }, of, movements: 0 }
  }
  if (doing === 'release') {
    giveBack(parts)
    return { call: { method: 'DELETE', path, key }, of, movements: parts.length }
  }
  const makes = nextName(trader, 'order')
  trader.orders.push({ ref: makes, parts })
  return post(trader, `${path}/commit`, { reference: makes }, { of, makes, movements: parts.length })
}

/** An order is shipped, whole or in two parcels, or cancelled. */
export function fulfil(trader: Trader): Errand | undefined {
  const order: Claim | undefined = takeOne(trader, trader.orders)
  if (!order) return undefined
  const { random } = trader
  const path = '/v1/commitments/{id}'
  const [first, ...others] = order.parts
  const isInTwo = first !== undefined && others.length > 0 && random.below(6) === 0
  const parts = isInTwo ? [first] : order.parts
  if (isInTwo) trader.orders.push({ ref: order.ref, parts: others })
  const lines = parts.map(({ shelf, quantity }) => ({ sku: shelf.sku, location: shelf.place, quantity }))
  const more = { of: order.ref, movements: parts.length }
  if (random.below(15) === 0) {
    giveBack(parts)
    return post(trader, `${path}/cancel`, { lines }, more)
  }
  for (const { shelf, quantity } of parts) {
    shelf.requests -= quantity
    shelf.claimed -= quantity
  }
  return post(trader, `${path}/ship`, { lines }, more)
}
