import type { Actor, Deed } from '../actor.ts'
import { remember } from '../merchant.ts'

/** Makes up a customer's mind: most buy, some empty the cart, and others leave it to lapse. */
export const checkout: Actor = {
  name: 'order',
  perDay: 8,
  hours: [9, 22],
  act: async ({ api, random, carts, sold }): Promise<Deed | undefined> => {
    const cart = carts.shift()
    if (!cart) return undefined
    const { id, what, bottles } = cart
    const mind = random()
    if (mind < 0.2) return { told: `leaves ${what} in the cart; the hold will lapse`, counted: {} }
    if (mind < 0.3) {
      const released = await api.write('web', `/v1/holds/${id}`, undefined, 'DELETE')
      return released && { told: `puts ${what} back`, counted: { 'put back': bottles } }
    }
    const commitment = await api.write('web', `/v1/holds/${id}/commit`, {})
    if (!commitment) return { told: `came back too late for ${what}`, counted: {} }
    remember(sold, id)
    return { told: `bought ${what}`, counted: { 'bought on the web': bottles } }
  },
}
