import type { Errand } from './errand.ts'
import { free, happened, type Place, type Shelf } from './shelves.ts'
import {
  emptiest,
  instant,
  LINES_MOST,
  momentOf,
  nextName,
  post,
  someSkus,
  takeOne,
  type Arrived,
  type Trader,
} from './trader.ts'

const suppliers = ['Negociant Roux', 'Cantina Alta', 'Weingut Stein', 'Quinta Nova']

/** A delivery: mostly of lots with their cost, some of it of nobody knows which. */
export function deliver(trader: Trader, atMs: number, place: Place, shelves: readonly Shelf[]): Errand {
  const { random } = trader
  const happenedMs = momentOf(trader, atMs)
  const supplier = random.pick(suppliers)
  const lines = shelves.slice(0, LINES_MOST).map((shelf) => {
    const quantity = 6 * (3 + random.below(12))
    const line = { sku: shelf.sku, quantity, bin: 'IN/1' }
    happened(shelf, happenedMs, quantity)
    if (random.below(6) === 0) return line
    shelf.lot = nextName(trader, 'lot')
    const lot = { id: shelf.lot, supplier, costMinor: 300 + random.below(9_000), currency: 'EUR' }
    return { ...line, lot: random.below(2) === 0 ? lot : { ...lot, drinkBy: 2026 + random.below(12) } }
  })
  const lots = lines.flatMap((line) => ('lot' in line ? [{ ...line, lot: line.lot.id }] : []))
  if (lots.length > 0) trader.arrived.push({ place, lines: lots })
  const head = { location: place, occurredAt: instant(happenedMs), reference: nextName(trader, 'delivery') }
  return post(trader, '/v1/receipts', { ...head, lines }, { movements: lines.length })
}

/** A delivery of what is needed most, somewhere. */
export function deliverSome(trader: Trader, atMs: number): Errand {
  const place = trader.random.weighted<Place>({ warehouse: 5, bond: 3, shop: 3 })
  return deliver(trader, atMs, place, emptiest(trader, place, 12 + trader.random.below(60)))
}

/** Puts what came into its bins, as long as it lies where it was put down. */
export function putAway(trader: Trader): Errand | undefined {
  const arrived: Arrived | undefined = takeOne(trader, trader.arrived)
  if (!arrived) return undefined
  const { random } = trader
  const lines = arrived.lines.map(({ sku, lot, quantity }) => ({
    sku,
    lot,
    quantity: Math.max(1, quantity - 6 * random.below(4)),
    fromBin: 'IN/1',
    toBin: `${random.pick(['A', 'B', 'C'])}/${1 + random.below(9)}`,
  }))
  return post(trader, '/v1/moves', { location: arrived.place, lines }, { movements: 0 })
}

/** What tills sold in some hours: mostly what is there, and now and then a bottle that somebody else was promised. */
export function sellAtTills(trader: Trader, atMs: number): Errand | undefined {
  const { random } = trader
  const happenedMs = momentOf(trader, atMs)
  const lines = someSkus(trader, 20, LINES_MOST).flatMap((sku) => {
    const shelf = trader.shelves.at(sku, 'shop')
    const isCareless = random.below(150) === 0
    const quantity = Math.min(1 + random.below(4), isCareless ? LINES_MOST : free(shelf))
    if (quantity < 1) return []
    happened(shelf, happenedMs, -quantity)
    return [{ sku, quantity, ...(shelf.lot !== undefined && random.below(10) === 0 ? { lot: shelf.lot } : {}) }]
  })
  if (lines.length === 0) return undefined
  const head = { location: 'shop', occurredAt: instant(happenedMs), reference: nextName(trader, 'till') }
  return post(trader, '/v1/sales', { ...head, lines }, { movements: lines.length })
}

/** A count of part of a place. One in eight bottles or so is not where the books have it. Now and then it is told after a newer one. */
export function count(trader: Trader, atMs: number): Errand {
  const { random } = trader
  const place = random.weighted<Place>({ shop: 4, warehouse: 3, bond: 1 })
  const happenedMs = momentOf(trader, atMs)
  let found = 0
  const lines = someSkus(trader, 10, LINES_MOST).map((sku) => {
    const shelf = trader.shelves.at(sku, place)
    const isOff = random.below(8) === 0
    const counted = Math.max(0, shelf.facts + (isOff ? random.below(5) - 3 : 0))
    if (counted !== shelf.facts) found += 1
    if (happenedMs > shelf.countedAtMs) Object.assign(shelf, { facts: counted, countedAtMs: happenedMs })
    return { sku, counted }
  })
  return post(trader, '/v1/counts', { location: place, occurredAt: instant(happenedMs), lines }, { movements: found })
}

/** Bottles that broke, were corked, drunk by guests or stolen. */
export function writeOff(trader: Trader, atMs: number): Errand | undefined {
  const { random } = trader
  const place = random.pick<Place>(['shop', 'warehouse', 'bond'])
  const happenedMs = momentOf(trader, atMs)
  const lines = someSkus(trader, 1, 6).flatMap((sku) => {
    const shelf = trader.shelves.at(sku, place)
    if (free(shelf) < 3) return []
    const quantity = 1 + random.below(3)
    happened(shelf, happenedMs, -quantity)
    return [{ sku, quantity }]
  })
  if (lines.length === 0) return undefined
  const reason = random.pick(['breakage', 'corked', 'tasting', 'sample', 'theft'])
  const body = { location: place, occurredAt: instant(happenedMs), reason, lines }
  return post(trader, '/v1/write-offs', body, { movements: lines.length })
}

/** A correction by hand, a request. */
export function adjust(trader: Trader): Errand {
  const { random } = trader
  const shelf = trader.shelves.at(random.pick(trader.hand.skus), random.pick<Place>(['shop', 'warehouse']))
  const delta = free(shelf) > 3 && random.below(2) === 0 ? -1 : 1 + random.below(3)
  shelf.requests += delta
  const body = { sku: shelf.sku, location: shelf.place, delta, reason: 'found behind a rack' }
  return post(trader, '/v1/adjustments', body, { movements: 1 })
}

/** Says of bottles that nobody knew the lot of which they are; refused where there are none such. */
export function openLot(trader: Trader): Errand {
  const { random } = trader
  const lot = { id: nextName(trader, 'lot'), costMinor: 500 + random.below(3_000), currency: 'EUR' }
  const at = { sku: random.pick(trader.hand.skus), location: random.pick(['shop', 'warehouse', 'bond']) }
  return post(trader, '/v1/lots', { ...at, quantity: 1 + random.below(6), lot }, { movements: 0 })
}

export function setPrices(trader: Trader): Errand {
  const { random } = trader
  const price = () => ({
    amountMinor: 700 + random.below(9_000),
    currency: 'EUR',
    taxIncluded: true,
    dutyIncluded: true,
  })
  const lines = someSkus(trader, 1, 20).map((sku) => ({ sku, channel: 'web', price: price() }))
  return post(trader, '/v1/prices', { lines }, { movements: 0 })
}
