import type { Actor, Deed } from '../actor.ts'
import { pick } from '../random.ts'

/** Tastes and decides about a bottle in quarantine: most are sound and go back on the shelf, the others are written off. */
export const inspect: Actor = {
  name: 'inspect',
  perDay: 1.4,
  hours: [19, 20],
  act: async ({ api, random, places, levels }): Promise<Deed | undefined> => {
    const location = places.shop
    const level = pick(
      random,
      (await levels(location)).filter(({ quarantined }) => quarantined > 0),
    )
    if (!level) return undefined
    const { sku } = level
    const lines = [{ sku, quantity: 1 }]
    if (random() < 0.6) {
      const sound = await api.write('cellar', '/v1/reinstatements', { location, reason: 'sound after all', lines })
      return sound && { told: `1 × ${sku} is sound after all`, counted: { reinstated: 1 } }
    }
    const spoilt = { location, reason: 'spoilage', from: 'quarantined', lines }
    const gone = await api.write('cellar', '/v1/write-offs', spoilt)
    return gone && { told: `1 × ${sku} is spoilt`, counted: { 'found spoilt': 1 } }
  },
}
