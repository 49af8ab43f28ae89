import type { LotOffer, Parcel } from '@cellarhand/protocol/lot'
import type { Offer } from '@cellarhand/protocol/offer'
import { formatMoney } from '@cellarhand/protocol/money'
import type { Actor, Deed } from '../actor.ts'
import type { Merchant } from '../merchant.ts'
import { pick } from '../random.ts'

/** SKU codes have so many characters at most. */
const SKU_CHARS_MAX = 64

/** Sells a lot of the shop by itself, for a fifth more than its wine, and puts back with the others what nobody came for. */
export const finest: Actor = {
  name: 'finest',
  perDay: 0.4,
  hours: [10, 17],
  act: (merchant) => (merchant.random() < 0.3 ? withdraw(merchant) : offer(merchant)),
}

async function offer({ api, random, places }: Merchant): Promise<Deed | undefined> {
  const parcels = await api.list<Parcel>(`/v1/parcels?location=${places.shop}`)
  const { sku, lot } = pick(random, parcels.filter(isOffered)) ?? {}
  const wine = sku === undefined ? undefined : await api.one<Offer>(`/v1/offers/${sku}`)
  if (sku === undefined || lot === undefined || !wine) return undefined
  const as = `${sku}-${lot}`
  const done = await api.write('office', '/v1/lot-offers', { sku, lot, location: places.shop, as })
  if (!done) return undefined
  const price = { ...wine.price, amountMinor: Math.round((wine.price.amountMinor * 1.2) / 100) * 100 }
  await api.write('office', '/v1/prices', { lines: [{ sku: as, channel: 'web', price }] })
  return {
    told: `sells lot ${lot} of ${sku} by itself, at ${formatMoney(price)}`,
    counted: { 'lots by themselves': 1 },
  }
}

function isOffered({ sku, lot }: Parcel): boolean {
  return lot !== undefined && !sku.endsWith(`-${lot}`) && sku.length + lot.length < SKU_CHARS_MAX
}

async function withdraw({ api, random, places }: Merchant): Promise<Deed | undefined> {
  const { items = [] } = (await api.one<{ items: LotOffer[] }>('/v1/lot-offers')) ?? {}
  const lot = pick(
    random,
    items.filter(({ onHand }) => onHand > 0),
  )
  if (!lot) return undefined
  const done = await api.write('office', `/v1/lot-offers/${lot.sku}/withdraw`, { location: places.shop })
  return done && { told: `puts ${lot.sku} back with the others`, counted: {} }
}
