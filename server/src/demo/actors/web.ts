import type { Hold } from '@cellarhand/protocol/stock'
import type { Actor, Deed } from '../actor.ts'
import { bottlesOf, remember } from '../merchant.ts'
import { between, pick, pickSome } from '../random.ts'

/** Short enough to watch a hold lapse, long enough to order. */
const HOLD_SECONDS = 45

/** Fills a cart: one wine or two, also of what may be sold out. One in five customers will come to the shop for it. */
export const web: Actor = {
  name: 'web',
  perDay: 9,
  hours: [9, 22],
  act: async ({ api, random, places, levels, carts }): Promise<Deed | undefined> => {
    const wanted = pickSome(random, await levels(places.shop), pick(random, [1, 1, 2]))
    if (wanted.length === 0) return undefined
    const collected = random() < 0.2
    const where = collected ? { location: places.shop } : {}
    const lines = wanted.map(({ sku }) => ({ sku, quantity: between(random, 1, 4), channel: 'web', ...where }))
    const what = lines.map(({ sku, quantity }) => `${quantity} × ${sku}`).join(' and ')
    const bottles = bottlesOf(lines)
    const hold = await api.write<Hold>('web', '/v1/holds', { lines, ttlSeconds: HOLD_SECONDS })
    if (!hold) return { told: `wanted ${what}: not to be had`, counted: { 'wanted in vain': bottles } }
    remember(carts, { id: hold.id, bottles, what, ...(collected ? { collected } : {}) })
    return { told: `holds ${what}`, counted: { 'held on the web': bottles } }
  },
}
