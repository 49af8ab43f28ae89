import type { Actor } from '../actor.ts'
import { pick, pickSome } from '../random.ts'

/** Wines of a shelf that is counted. */
const SHELF = 8

/** Counts a shelf. Mostly it is right, sometimes one off: that is what counts are for. */
export const count: Actor = {
  name: 'count',
  perDay: 1,
  hours: [9, 10],
  act: async ({ api, random, places, levels, level: look }) => {
    const lines: { sku: string; counted: number }[] = []
    let differing = 0
    for (const { sku } of pickSome(random, await levels(places.shop), SHELF)) {
      const level = await look(sku, places.shop)
      if (!level) continue
      const counted = Math.max(0, level.onHand + pick(random, [0, 0, 0, 0, 0, 0, -1, 1]))
      if (counted !== level.onHand) differing += 1
      lines.push({ sku, counted })
    }
    if (lines.length === 0) return undefined
    const body = { location: places.shop, reference: 'shelf count', lines }
    if (!(await api.write('cellar', '/v1/counts', body))) return undefined
    return {
      told: `counted ${lines.length} wines, ${differing} of them differ`,
      counted: { counted: lines.length, 'off at the count': differing },
    }
  },
}
