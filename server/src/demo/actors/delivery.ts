import type { Level } from '@cellarhand/protocol/stock'
import type { Actor } from '../actor.ts'
import { bottlesOf, type Merchant } from '../merchant.ts'
import { pick, pickSome } from '../random.ts'
import { binOf, suppliers } from '../trade.ts'

/** Wines of a delivery to one place. */
const WINES_MOST = 20
/** Fewer than so many bottles are too few. */
const LOW = 3
/** Invented, in cents: what a bottle or a case of a delivery cost. */
const COSTS_MINOR = [780, 1_150, 1_900, 3_400]

/** What runs low comes in, so that the cellar lasts as long as somebody watches: to the warehouse, and to the shop what is stored nowhere else. */
export const delivery: Actor = {
  name: 'yard',
  perDay: 1,
  hours: [9, 11],
  act: async (merchant) => {
    const { places, levels } = merchant
    const stored = places.warehouse === undefined ? [] : await levels(places.warehouse)
    const isStored = new Set(stored.map(({ sku }) => sku))
    const shopLow = (await levels(places.shop)).filter((level) => runsLow(level) && !isStored.has(level.sku))
    const came =
      (await receive(merchant, places.warehouse, stored.filter(runsLow))) +
      (await receive(merchant, places.shop, shopLow))
    if (came === 0) return undefined
    return { told: `delivery: ${came} bottles`, counted: { 'came in': came } }
  },
}

/** What is on order already comes by itself. */
function runsLow({ available, incoming, incomingCommitted }: Level): boolean {
  return available < LOW && incoming + incomingCommitted === 0
}

/** Bottles that came: each wine is a lot, and has its bin. */
async function receive(
  { api, random, day }: Merchant,
  location: string | undefined,
  low: readonly Level[],
): Promise<number> {
  const lines = pickSome(random, low, WINES_MOST).map(({ sku }) => ({
    sku,
    quantity: pick(random, [6, 6, 12]),
    lot: { supplier: pick(random, suppliers), costMinor: pick(random, COSTS_MINOR), currency: 'EUR' },
    bin: binOf(random),
  }))
  if (location === undefined || lines.length === 0) return 0
  const done = await api.write('receiving', '/v1/receipts', { location, reference: `delivery of day ${day}`, lines })
  return done ? bottlesOf(lines) : 0
}
