import type { Level } from '@cellarhand/protocol/stock'
import type { Actor } from '../actor.ts'
import { bottlesOf, type Merchant } from '../merchant.ts'
import { pick, pickSome } from '../random.ts'
import { binOf, costOf, runningLow, suppliers } from '../trade.ts'

/** Wines of a delivery to one place. */
const WINES_MOST = 20

/** What runs low comes in, so that the cellar lasts as long as somebody watches: to the warehouse, and to the shop what is stored nowhere else. */
export const delivery: Actor = {
  name: 'yard',
  perDay: 1,
  hours: [9, 11],
  act: async (merchant) => {
    const { places, levels } = merchant
    const stored = places.warehouse === undefined ? [] : await levels(places.warehouse)
    const isStored = new Set(stored.map(({ sku }) => sku))
    const shopAlone = (await levels(places.shop)).filter(({ sku }) => !isStored.has(sku))
    const came =
      (await receive(merchant, places.warehouse, await runningLow(merchant, stored))) +
      (await receive(merchant, places.shop, await runningLow(merchant, shopAlone)))
    if (came === 0) return undefined
    return { told: `delivery: ${came} bottles`, counted: { 'came in': came } }
  },
}

/** Bottles that came: each wine is a lot, and has its bin. */
async function receive(merchant: Merchant, location: string | undefined, low: readonly Level[]): Promise<number> {
  const { api, random, day } = merchant
  const lines = []
  for (const { sku } of pickSome(random, low, WINES_MOST)) {
    const costMinor = await costOf(merchant, sku)
    const lot = { supplier: pick(random, suppliers), costMinor, currency: 'EUR' }
    lines.push({ sku, quantity: pick(random, [6, 6, 12]), lot, bin: binOf(random) })
  }
  if (location === undefined || lines.length === 0) return 0
  const done = await api.write('receiving', '/v1/receipts', { location, reference: `delivery of day ${day}`, lines })
  return done ? bottlesOf(lines) : 0
}
