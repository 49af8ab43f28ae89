import type { Errand } from './errand.ts'
import { free, happened, type Place } from './shelves.ts'
import { instant, momentOf, post, someSkus, type Trader } from './trader.ts'

/** Bottles that leak or are disputed. */
export function quarantine(trader: Trader, atMs: number): Errand | undefined {
  const { random } = trader
  const place = random.pick<Place>(['shop', 'warehouse', 'bond'])
  const lines = someSkus(trader, 1, 5).flatMap((sku) => {
    const shelf = trader.shelves.at(sku, place)
    if (free(shelf) < 3) return []
    const quantity = 1 + random.below(3)
    shelf.claimed += quantity
    shelf.quarantined += quantity
    return [{ sku, quantity, condition: random.pick(['sticky capsule', 'label torn', 'low fill']) }]
  })
  if (lines.length === 0) return undefined
  const body = { location: place, occurredAt: instant(momentOf(trader, atMs)), reason: 'leaking', lines }
  return post(trader, '/v1/quarantine', body, { movements: lines.length })
}

/** What stands in quarantine goes back, or is written off. */
export function endQuarantine(trader: Trader, atMs: number): Errand | undefined {
  const { random } = trader
  const place = random.pick<Place>(['shop', 'warehouse', 'bond'])
  const isGood = random.below(3) > 0
  const happenedMs = momentOf(trader, atMs)
  const lines = trader.hand.skus.flatMap((sku) => {
    const shelf = trader.shelves.at(sku, place)
    if (shelf.quarantined === 0 || random.below(3) === 0) return []
    const quantity = 1 + random.below(shelf.quarantined)
    shelf.claimed -= quantity
    shelf.quarantined -= quantity
    if (!isGood) happened(shelf, happenedMs, -quantity)
    return [{ sku, quantity }]
  })
  if (lines.length === 0) return undefined
  const movements = lines.length
  if (isGood) return post(trader, '/v1/reinstatements', { location: place, reason: 'dry again', lines }, { movements })
  const body = { location: place, from: 'quarantined', reason: 'spoilage', occurredAt: instant(happenedMs), lines }
  return post(trader, '/v1/write-offs', body, { movements })
}

/** Bottles for the club. */
export function allocate(trader: Trader): Errand | undefined {
  const { random } = trader
  const place = random.pick<Place>(['shop', 'warehouse'])
  const lines = someSkus(trader, 5, 30).flatMap((sku) => {
    const shelf = trader.shelves.at(sku, place)
    if (free(shelf) < 12) return []
    const quantity = 1 + random.below(6)
    shelf.claimed += quantity
    shelf.allotted += quantity
    return [{ sku, quantity }]
  })
  if (lines.length === 0) return undefined
  const body = { allotment: 'club', location: place, lines }
  return post(trader, '/v1/allocations', body, { movements: lines.length })
}

/** What the club sold, or what it gives back. */
export function useAllotment(trader: Trader, atMs: number): Errand | undefined {
  const { random } = trader
  const place = random.pick<Place>(['shop', 'warehouse'])
  const isSold = random.below(3) > 0
  const happenedMs = momentOf(trader, atMs)
  const lines = someSkus(trader, 10, 60).flatMap((sku) => {
    const shelf = trader.shelves.at(sku, place)
    if (shelf.allotted === 0) return []
    const quantity = 1 + random.below(shelf.allotted)
    shelf.allotted -= quantity
    shelf.claimed -= quantity
    if (isSold) happened(shelf, happenedMs, -quantity)
    return [{ sku, quantity }]
  })
  if (lines.length === 0) return undefined
  const body = { allotment: 'club', location: place, lines }
  const movements = lines.length
  if (!isSold) return post(trader, '/v1/deallocations', body, { movements })
  return post(trader, '/v1/sales', { ...body, occurredAt: instant(happenedMs) }, { movements })
}
