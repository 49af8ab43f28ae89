import type { Actor } from '../actor.ts'
import { withStock } from '../merchant.ts'
import { pick } from '../random.ts'

/** Writes off a bottle that broke, was corked, or was tasted. */
export const loss: Actor = {
  name: 'loss',
  perDay: 0.8,
  hours: [10, 20],
  act: async ({ api, random, places, levels }) => {
    const level = pick(random, withStock(await levels(places.shop)))
    if (!level) return undefined
    const reason = pick(random, ['breakage', 'breakage', 'corked', 'tasting', 'spoilage'])
    const lines = [{ sku: level.sku, quantity: 1 }]
    if (!(await api.write('cellar', '/v1/write-offs', { location: places.shop, reason, lines }))) return undefined
    return { told: `${reason}: 1 × ${level.sku}`, counted: { 'written off': 1 } }
  },
}
