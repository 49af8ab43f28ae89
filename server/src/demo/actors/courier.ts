import type { Actor } from '../actor.ts'
import { ordersIn, ordersText } from '../trade.ts'

/** Doors that one round comes to. */
const DOORS_MOST = 25

/** Is at the customers' doors the next morning. */
export const courier: Actor = {
  name: 'courier',
  perDay: 1,
  hours: [9, 13],
  act: async (merchant) => {
    let delivered = 0
    for (const { id } of (await ordersIn(merchant, 'shipped')).slice(0, DOORS_MOST)) {
      if (await merchant.api.write('courier', `/v1/orders/${id}/deliver`, {})) delivered += 1
    }
    if (delivered === 0) return undefined
    return { told: `delivers ${ordersText(delivered)}`, counted: { 'orders delivered': delivered } }
  },
}
