import type { Parcel } from '@cellarhand/protocol/lot'
import type { Order } from '@cellarhand/protocol/order'
import type { Commitment } from '@cellarhand/protocol/stock'
import type { Actor } from '../actor.ts'
import type { Merchant } from '../merchant.ts'
import { ordersIn, ordersText } from '../trade.ts'

/** Orders that fit on a trolley. */
const TROLLEY = 4

/** Takes from the shelves what was paid, the oldest order first, writes down the lots, and makes it ready. What has not come yet is left for later. */
export const picker: Actor = {
  name: 'picker',
  perDay: 3,
  hours: [10, 17],
  act: async (merchant) => {
    const begun = await ordersIn(merchant, 'picking')
    let ready = 0
    for (const order of [...begun, ...(await ordersIn(merchant, 'paid'))]) {
      if (ready === TROLLEY) break
      const isPicked = order.state === 'picking' || (await pickOrder(merchant, order))
      if (isPicked && (await merchant.api.write('picker', `/v1/orders/${order.id}/ready`, {}))) ready += 1
    }
    if (ready === 0) return undefined
    return { told: `picks ${ordersText(ready)}`, counted: { 'orders picked': ready } }
  },
}

async function pickOrder(merchant: Merchant, { id, lines }: Order): Promise<boolean> {
  const { api } = merchant
  const sold = await api.one<Commitment>(`/v1/commitments/${id}`)
  if (!sold || sold.lines.some(({ pending = 0 }) => pending > 0)) return false
  const picked: object[] = []
  for (const { sku, location, quantity, cancelled } of lines) {
    const wanted = { sku, location, quantity: quantity - cancelled }
    if (wanted.quantity > 0) picked.push({ ...wanted, ...(await lotFor(merchant, wanted)) })
  }
  return (await api.write('picker', `/v1/orders/${id}/pick`, { lines: picked })) !== undefined
}

/** A lot that has as many, where one has. */
async function lotFor(
  { api }: Merchant,
  { sku, location, quantity }: { readonly sku: string; readonly location: string; readonly quantity: number },
): Promise<{ readonly lot?: string }> {
  const parcels = await api.list<Parcel>(`/v1/parcels?sku=${sku}&location=${location}`)
  const parcel = parcels.find((one) => one.lot !== undefined && one.quantity >= quantity)
  return parcel?.lot === undefined ? {} : { lot: parcel.lot }
}
