import type { Order } from '@cellarhand/protocol/order'
import type { Actor, Deed } from '../actor.ts'
import { pick } from '../random.ts'

/** Takes the call of a customer who does not want it after all: an order that is not picked yet, or what a member of the club took last. */
export const service: Actor = {
  name: 'service',
  perDay: 0.7,
  hours: [10, 18],
  act: async ({ api, random, sold }): Promise<Deed | undefined> => {
    const id = random() < 0.5 ? sold.pop() : undefined
    if (id !== undefined) {
      const cancelled = await api.write('service', `/v1/commitments/${id}/cancel`, { reference: 'member called' })
      return cancelled && { told: 'a member of the club calls off', counted: { 'called off': 1 } }
    }
    const order = pick(random, await api.list<Order>('/v1/orders?state=paid'))
    if (!order) return undefined
    const cancelled = await api.write('service', `/v1/orders/${order.id}/cancel`, { reason: 'customer called' })
    return cancelled && { told: `${order.customer ?? 'somebody'} cancels an order`, counted: { 'called off': 1 } }
  },
}
