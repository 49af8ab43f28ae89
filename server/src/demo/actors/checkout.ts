import type { Actor, Deed } from '../actor.ts'
import { remember, type Cart, type Merchant } from '../merchant.ts'
import { placeOrder } from '../trade.ts'

/** How long a hold is kept for who asks for more time, seconds. */
const MORE_SECONDS = 60

/** Makes up a customer's mind: most order, some ask for more time or empty the cart, and others leave it to lapse. */
export const checkout: Actor = {
  name: 'order',
  perDay: 8,
  hours: [9, 22],
  act: async (merchant): Promise<Deed | undefined> => {
    const { api, random, carts } = merchant
    const cart = carts.shift()
    if (!cart) return undefined
    const { id, what, bottles } = cart
    const mind = random()
    if (mind < 0.1) return { told: `leaves ${what} in the cart; the hold will lapse`, counted: {} }
    if (mind < 0.2) {
      const released = await api.write('web', `/v1/holds/${id}`, undefined, 'DELETE')
      return released && { told: `puts ${what} back`, counted: { 'put back': bottles } }
    }
    if (mind < 0.3) {
      const kept = await api.write('web', `/v1/holds/${id}`, { ttlSeconds: MORE_SECONDS }, 'PATCH')
      if (kept) remember(carts, cart)
      return kept && { told: `asks for more time for ${what}`, counted: {} }
    }
    return order(merchant, cart)
  },
}

async function order(merchant: Merchant, { id, what, bottles, collected }: Cart): Promise<Deed> {
  const gift = merchant.random() < 0.1 ? { gift: { message: 'Many happy returns', hidePrices: true } } : {}
  const placed = await placeOrder(merchant, id, { fulfilment: collected ? 'collect' : 'ship', ...gift })
  if (!placed) return { told: `came back too late for ${what}`, counted: {} }
  return {
    told: `${placed.who} orders ${what}${collected ? ', to collect it' : ''}${placed.isPaid ? '' : ', and will pay'}`,
    counted: { 'ordered on the web': bottles },
  }
}
