import type { Order } from '@cellarhand/protocol/order'
import type { Actor } from '../actor.ts'
import { bottlesOf, type Merchant } from '../merchant.ts'
import { ordersIn } from '../trade.ts'

/** Comes to the shop for an order. The till hands it over with its sale; where there is a queue, somebody does it at the door. */
export const collect: Actor = {
  name: 'collect',
  perDay: 2,
  hours: [11, 20],
  act: async (merchant) => {
    const order = (await ordersIn(merchant, 'ready')).find(({ fulfilment }) => fulfilment === 'collect')
    if (!order) return undefined
    const lines = order.lines.map(({ sku, quantity, cancelled, collected }) => ({
      sku,
      quantity: quantity - cancelled - collected,
    }))
    if (
      !(await handOver(
        merchant,
        order,
        lines.filter(({ quantity }) => quantity > 0),
      ))
    )
      return undefined
    const bottles = bottlesOf(lines)
    return { told: `${order.customer ?? 'somebody'} collects ${bottles} bottles`, counted: { collected: bottles } }
  },
}

function handOver(
  { api, random, places }: Merchant,
  { id, externalRef = id }: Order,
  lines: readonly object[],
): Promise<object | undefined> {
  if (random() < 0.4) return api.write('shop', `/v1/orders/${id}/collect`, { buyer: { ageVerifiedBy: 'shop' } })
  return api.write('till-1', '/v1/sales', { location: places.shop, orderRef: externalRef, lines })
}
