import type { Actor } from '../actor.ts'
import { ordersIn, ordersText } from '../trade.ts'

/** Orders that one statement of the bank pays. */
const PAID_MOST = 10

/** Books what was paid by bank transfer. */
export const bank: Actor = {
  name: 'bank',
  perDay: 1,
  hours: [9, 11],
  act: async (merchant) => {
    let paid = 0
    for (const { id } of (await ordersIn(merchant, 'placed')).slice(0, PAID_MOST)) {
      const reference = `bank statement of day ${merchant.day}`
      if (await merchant.api.write('bank', `/v1/orders/${id}/pay`, { reference })) paid += 1
    }
    if (paid === 0) return undefined
    return { told: `${ordersText(paid)} paid by bank transfer`, counted: { 'paid by bank transfer': paid } }
  },
}
