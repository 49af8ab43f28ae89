import { formatMoney } from '@cellarhand/protocol/money'
import type { Offer } from '@cellarhand/protocol/offer'
import type { Actor } from '../actor.ts'
import { pick } from '../random.ts'

/** Changes a price by five per cent, to the next whole unit. */
export const prices: Actor = {
  name: 'office',
  perDay: 1,
  hours: [9, 18],
  act: async ({ api, random, places, levels }) => {
    const { sku } = pick(random, await levels(places.shop)) ?? {}
    const offer = sku === undefined ? undefined : await api.one<Offer>(`/v1/offers/${sku}`)
    if (!sku || !offer) return undefined
    const factor = random() < 0.5 ? 0.95 : 1.05
    const amountMinor = Math.max(100, Math.round((offer.price.amountMinor * factor) / 100) * 100)
    const price = { ...offer.price, amountMinor }
    if (!(await api.write('office', '/v1/prices', { lines: [{ sku, channel: 'web', price }] }))) return undefined
    return { told: `${sku} now costs ${formatMoney(price)}`, counted: { repriced: 1 } }
  },
}
