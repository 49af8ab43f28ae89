import type { Actor } from '../actor.ts'
import { withStock } from '../merchant.ts'
import { pick } from '../random.ts'

/** Corrects the books by a bottle, and says why. */
export const books: Actor = {
  name: 'books',
  perDay: 0.3,
  hours: [14, 17],
  act: async ({ api, random, places, levels }) => {
    const location = places.warehouse ?? places.shop
    const { sku } = pick(random, withStock(await levels(location))) ?? {}
    if (sku === undefined) return undefined
    const [delta, reason] = pick(random, [
      [1, 'found behind the rack'],
      [-1, 'taken for another vintage'],
    ] as const)
    const done = await api.write('cellar', '/v1/adjustments', { sku, location, delta, reason })
    return done && { told: `${reason}: ${delta} × ${sku}`, counted: { 'corrected by': 1 } }
  },
}
