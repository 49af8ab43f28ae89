import type { Parcel } from '@cellarhand/protocol/lot'
import type { Actor } from '../actor.ts'
import { pick } from '../random.ts'
import { binOf } from '../trade.ts'

/** Parcels of which one is moved: a page of them. */
const SEEN_MOST = 200

/** Tidies up: what came together goes to another bin. */
export const bins: Actor = {
  name: 'bins',
  perDay: 0.6,
  hours: [13, 16],
  act: async ({ api, random, places }) => {
    const location = places.warehouse ?? places.shop
    const path = `/v1/parcels?location=${location}&limit=${SEEN_MOST}`
    const { items = [] } = (await api.one<{ items: Parcel[] }>(path)) ?? {}
    const parcel = pick(random, items)
    if (!parcel) return undefined
    const { sku, quantity, lot, bin: fromBin } = parcel
    const toBin = binOf(random)
    const move = {
      sku,
      quantity,
      toBin,
      ...(lot === undefined ? {} : { lot }),
      ...(fromBin === undefined ? {} : { fromBin }),
    }
    const done = await api.write('cellar', '/v1/moves', { location, reference: 'tidying up', lines: [move] })
    return done && { told: `moves ${quantity} × ${sku} to ${toBin}`, counted: { 'moved to another bin': quantity } }
  },
}
