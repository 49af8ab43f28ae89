import type { Parcel } from '@cellarhand/protocol/lot'
import type { Actor } from '../actor.ts'
import { bottlesOf, withStock } from '../merchant.ts'
import { pick } from '../random.ts'

/** Finds out where bottles came from that stood there before anybody kept lots, and says so. */
export const lots: Actor = {
  name: 'lots',
  perDay: 0.4,
  hours: [9, 12],
  act: async ({ api, random, places, levels, level: look }) => {
    const { sku } = pick(random, withStock(await levels(places.shop))) ?? {}
    const level = sku === undefined ? undefined : await look(sku, places.shop)
    if (sku === undefined || !level) return undefined
    const known = await api.list<Parcel>(`/v1/parcels?sku=${sku}&location=${places.shop}`)
    const quantity = level.onHand - bottlesOf(known)
    if (quantity <= 0) return undefined
    const lot = { supplier: 'a private cellar', provenance: 'bought at auction', condition: 'labels slightly stained' }
    const body = { sku, location: places.shop, quantity, lot, reference: 'old invoices' }
    const done = await api.write('office', '/v1/lots', body)
    return done && { told: `${quantity} × ${sku} are from ${lot.supplier}`, counted: { 'of a lot since': quantity } }
  },
}
