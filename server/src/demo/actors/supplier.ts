import type { Purchase } from '@cellarhand/protocol/purchase'
import type { Actor, Deed } from '../actor.ts'
import { between, pick } from '../random.ts'
import { inDays } from '../trade.ts'
import { EN_PRIMEUR } from './primeur.ts'

/** A supplier calls: an order comes another day, nobody knows when, or not at all. */
export const supplier: Actor = {
  name: 'call',
  perDay: 0.5,
  hours: [9, 17],
  act: async (merchant): Promise<Deed | undefined> => {
    const { api, random } = merchant
    const open = await api.list<Purchase>('/v1/purchase-orders?state=open')
    const order = pick(
      random,
      open.filter(({ reference }) => reference !== EN_PRIMEUR),
    )
    if (!order) return undefined
    const path = `/v1/purchase-orders/${order.id}`
    const who = order.supplier ?? 'a supplier'
    if (random() < 0.4) {
      const cancelled = await api.write('office', `${path}/cancel`, { reason: 'cannot deliver' })
      return cancelled && { told: `${who} cannot deliver`, counted: { 'orders of suppliers called off': 1 } }
    }
    const date = random() < 0.2 ? {} : { expectedAt: inDays(merchant, between(random, 2, 30)) }
    const moved = await api.write('office', `${path}/reschedule`, { ...date, reason: 'supplier called' })
    return moved && { told: `${who} has another date for an order`, counted: { 'dates moved': 1 } }
  },
}
