import type { Actor } from '../actor.ts'
import { withStock } from '../merchant.ts'
import { between, pick } from '../random.ts'

/** A till that was offline tells of its sales afterwards, so many milliseconds at most. */
const OFFLINE_MS = 5_000

/** Sells over the counter; one time in ten the till had no network, and tells late. */
export const till: Actor = {
  name: 'till',
  perDay: 10,
  hours: [10, 20],
  act: async ({ api, random, places, levels, nowMs }) => {
    const level = pick(random, withStock(await levels(places.shop)))
    if (!level) return undefined
    const { sku } = level
    const quantity = between(random, 1, Math.min(3, level.available))
    const isLate = random() < 0.1
    const occurredAt = isLate ? { occurredAt: new Date(nowMs() - between(random, 1, OFFLINE_MS)).toISOString() } : {}
    const sale = { location: places.shop, ...occurredAt, lines: [{ sku, quantity }] }
    if (!(await api.write('till-1', '/v1/sales', sale))) return undefined
    return {
      told: `sold ${quantity} × ${sku}${isLate ? ', and was offline then' : ''}`,
      counted: { 'sold at the till': quantity },
    }
  },
}
