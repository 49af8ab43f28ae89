import type { Actor } from '../actor.ts'
import { bottlesOf, type Merchant } from '../merchant.ts'
import { pick, pickSome } from '../random.ts'

/** Wines of a delivery to one place. */
const WINES_MOST = 20
/** Fewer than so many bottles are too few. */
const LOW = 3

/** What runs low comes in, so that the cellar lasts as long as somebody watches: to the warehouse, and to the shop what is stored nowhere else. */
export const delivery: Actor = {
  name: 'yard',
  perDay: 1,
  hours: [9, 11],
  act: async (merchant) => {
    const { places, levels } = merchant
    const stored = new Map<string, number>()
    if (places.warehouse !== undefined) {
      for (const { sku, available } of await levels(places.warehouse)) stored.set(sku, available)
    }
    const storedLow = [...stored].filter(([, available]) => available < LOW).map(([sku]) => sku)
    const shopLow = (await levels(places.shop)).filter(({ sku, available }) => available < LOW && !stored.has(sku))
    const came =
      (await receive(merchant, places.warehouse, storedLow)) +
      (await receive(
        merchant,
        places.shop,
        shopLow.map(({ sku }) => sku),
      ))
    if (came === 0) return undefined
    return { told: `delivery: ${came} bottles`, counted: { 'came in': came } }
  },
}

/** Bottles that came. */
async function receive(
  { api, random, day }: Merchant,
  location: string | undefined,
  skus: readonly string[],
): Promise<number> {
  const lines = pickSome(random, skus, WINES_MOST).map((sku) => ({ sku, quantity: pick(random, [6, 6, 12]) }))
  if (location === undefined || lines.length === 0) return 0
  const done = await api.write('receiving', '/v1/receipts', { location, reference: `delivery of day ${day}`, lines })
  return done ? bottlesOf(lines) : 0
}
