import type { Actor } from '../actor.ts'
import { withStock } from '../merchant.ts'
import { pick } from '../random.ts'

/** Takes a bottle that does not look right off the shelf. */
export const quarantine: Actor = {
  name: 'doubt',
  perDay: 0.7,
  hours: [10, 19],
  act: async ({ api, random, places, levels }) => {
    const level = pick(random, withStock(await levels(places.shop)))
    if (!level) return undefined
    const condition = pick(random, ['capsule pushed up', 'level at mid-shoulder', 'label torn', 'sticky at the neck'])
    const lines = [{ sku: level.sku, quantity: 1, condition }]
    const body = { location: places.shop, reason: 'does not look right', lines }
    if (!(await api.write('cellar', '/v1/quarantine', body))) return undefined
    return { told: `${condition}: 1 × ${level.sku} in quarantine`, counted: { 'put in quarantine': 1 } }
  },
}
