import type { CatalogueSku } from '@cellarhand/protocol/catalogue'
import type { Offer } from '@cellarhand/protocol/offer'
import type { Hold } from '@cellarhand/protocol/stock'
import type { Actor, Deed } from '../actor.ts'
import type { Merchant } from '../merchant.ts'
import { pick } from '../random.ts'
import { placeOrder } from '../trade.ts'

/** Buys a tasting set: on the web, or at the till, where its bottles are taken from the shelf. */
export const sets: Actor = {
  name: 'sets',
  perDay: 1.5,
  hours: [10, 21],
  act: async (merchant) => {
    const { random, wines } = merchant
    const bundles = (await wines()).flatMap(({ skus }) => skus.filter(({ madeOf }) => madeOf?.kind === 'bundle'))
    const bundle = pick(random, bundles)
    if (!bundle) return undefined
    return random() < 0.3 ? sell(merchant, bundle) : order(merchant, bundle)
  },
}

async function sell({ api, places, levels }: Merchant, { sku, madeOf }: CatalogueSku): Promise<Deed | undefined> {
  const there = new Map((await levels(places.shop)).map((level) => [level.sku, level.available]))
  if (madeOf?.parts.some((part) => (there.get(part.sku) ?? 0) < part.quantity)) return undefined
  const sale = { location: places.shop, lines: [{ sku, quantity: 1 }] }
  return (await api.write('till-1', '/v1/sales', sale)) && { told: `sold 1 × ${sku}`, counted: { 'sets sold': 1 } }
}

async function order(merchant: Merchant, { sku }: CatalogueSku): Promise<Deed | undefined> {
  const { api } = merchant
  const offer = await api.one<Offer>(`/v1/offers/${sku}`)
  if (!offer || offer.available === 0) return undefined
  const hold = await api.write<Hold>('web', '/v1/holds', {
    lines: [{ sku, quantity: 1, channel: 'web' }],
    ttlSeconds: 60,
  })
  const placed = hold && (await placeOrder(merchant, hold.id, { fulfilment: 'ship' }))
  return placed && { told: `${placed.who} orders 1 × ${sku}`, counted: { 'sets ordered': 1 } }
}
