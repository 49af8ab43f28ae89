import type { Errand } from './errand.ts'
import { free, happened, type Place } from './shelves.ts'
import { emptiest, instant, momentOf, nextName, post, takeOne, type Sent, type Trader } from './trader.ts'

/** Lines for what another place needs, as far as there are plenty here. */
function linesFor(trader: Trader, from: Place, to: Place): { sku: string; quantity: number }[] {
  const { random, shelves } = trader
  return emptiest(trader, to, 10 + random.below(60)).flatMap(({ sku }) => {
    const shelf = shelves.at(sku, from)
    const quantity = Math.min(6 + random.below(24), free(shelf) - 6)
    if (quantity < 1) return []
    shelf.requests -= quantity
    return [{ sku, quantity }]
  })
}

/** Sends bottles from the warehouse to the shop, or back: the first of two steps. */
export function sendTransfer(trader: Trader): Errand | undefined {
  const [from, to] = trader.random.below(6) > 0 ? (['warehouse', 'shop'] as const) : (['shop', 'warehouse'] as const)
  const lines = linesFor(trader, from, to)
  if (lines.length === 0) return undefined
  const ref = nextName(trader, 'transfer')
  trader.transfers.push({ ref, from, to, lines })
  return post(trader, '/v1/transfers', { from, to, reference: ref, lines }, { movements: lines.length, makes: ref })
}

/** What was sent has come: whole, with a bottle missing, with one too many; or it turned back. */
export function endTransfer(trader: Trader, atMs: number): Errand | undefined {
  const sent: Sent | undefined = takeOne(trader, trader.transfers)
  if (!sent) return undefined
  const { random, shelves } = trader
  const path = `/v1/transfers/{id}`
  const more = { movements: sent.lines.length, of: sent.ref }
  if (random.below(12) === 0) {
    for (const { sku, quantity } of sent.lines) shelves.at(sku, sent.from).requests += quantity
    return post(trader, `${path}/cancel`, { reason: 'the van did not start' }, more)
  }
  const happenedMs = momentOf(trader, atMs)
  const lines = sent.lines.map(({ sku, quantity }) => {
    const missing = random.below(25) === 0 ? 1 : 0
    const surplus = missing === 0 && random.below(40) === 0 ? 1 : 0
    happened(shelves.at(sku, sent.to), happenedMs, quantity - missing + surplus)
    return { sku, quantity: quantity - missing + surplus, missing, bin: 'IN/1' }
  })
  const body = { lines, reason: 'lost', occurredAt: instant(happenedMs) }
  return post(trader, `${path}/receive`, body, more)
}

/** Releases bottles from bond to the warehouse or straight to the shop. */
export function clearDuty(trader: Trader): Errand | undefined {
  const to: Place = trader.random.below(4) > 0 ? 'warehouse' : 'shop'
  const lines = linesFor(trader, 'bond', to)
  if (lines.length === 0) return undefined
  for (const { sku, quantity } of lines) trader.shelves.at(sku, to).requests += quantity
  const withDuty = lines.map((line) => ({ ...line, dutyMinor: 267 * line.quantity, valueMinor: 900 * line.quantity }))
  const body = { from: 'bond', to, currency: 'EUR', reference: nextName(trader, 'clearance'), lines: withDuty }
  return post(trader, '/v1/clearances', body, { movements: 2 * lines.length })
}
