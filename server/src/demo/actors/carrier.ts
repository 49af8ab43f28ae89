import type { Actor } from '../actor.ts'
import { between } from '../random.ts'
import { ordersIn, ordersText } from '../trade.ts'

/** Parcels that one call of the carrier takes. */
const PARCELS_MOST = 10

/** Comes for the parcels that are ready, and leaves a number for each. */
export const carrier: Actor = {
  name: 'carrier',
  perDay: 1.5,
  hours: [15, 18],
  act: async (merchant) => {
    const { api, random } = merchant
    const ready = (await ordersIn(merchant, 'ready')).filter(({ fulfilment }) => fulfilment === 'ship')
    let shipped = 0
    for (const { id } of ready.slice(0, PARCELS_MOST)) {
      const trackingNumber = `00340${between(random, 1_000_000, 9_999_999)}`
      const trackingUrl = `https://parcels.example/${trackingNumber}`
      const tracking = { carrier: 'Parcel post', trackingNumber, trackingUrl }
      if (await api.write('packer', `/v1/orders/${id}/ship`, tracking)) shipped += 1
    }
    if (shipped === 0) return undefined
    return { told: `takes ${ordersText(shipped)} along`, counted: { 'orders shipped': shipped } }
  },
}
