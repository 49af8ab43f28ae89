import type { Order } from '@cellarhand/protocol/order'
import type { Actor } from '../actor.ts'
import { pick } from '../random.ts'

/** Orders that somebody may still come back with: the newest. */
const RECENT = 20

/** A customer sends a bottle back. It comes to quarantine in the shop, where somebody will look at it. */
export const returns: Actor = {
  name: 'returns',
  perDay: 0.6,
  hours: [10, 16],
  act: async ({ api, random, places }) => {
    const { items = [] } = (await api.one<{ items: Order[] }>(`/v1/orders?state=delivered&limit=${RECENT}`)) ?? {}
    const order = pick(random, items)
    const line = order?.lines.find(({ shipped, returned }) => shipped > returned)
    if (!order || !line) return undefined
    const { sku } = line
    const condition = pick(random, ['corked, says the customer', 'label torn on the way', 'not what was ordered'])
    const lines = [{ sku, location: line.location, quantity: 1, condition }]
    const back = await api.write('service', `/v1/orders/${order.id}/return`, {
      location: places.shop,
      reason: condition,
      lines,
    })
    return back && { told: `${condition}: 1 × ${sku} comes back`, counted: { 'sent back': 1 } }
  },
}
