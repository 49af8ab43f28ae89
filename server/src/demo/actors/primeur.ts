import type { Purchase } from '@cellarhand/protocol/purchase'
import type { Hold } from '@cellarhand/protocol/stock'
import type { Actor, Deed } from '../actor.ts'
import type { Merchant } from '../merchant.ts'
import { between, pick } from '../random.ts'
import { costOf, inDays, placeOrder, runningLow } from '../trade.ts'

/** What an order of a wine that is in barrel still goes by. */
export const EN_PRIMEUR = 'en primeur'
const BOTTLES = 24
/** Every so many days it has come: two years of the calendar, which nobody would wait for. */
const SEASON_DAYS = 10

/** A wine that is sold before it is bottled: the merchant orders it of the château, customers order it of the merchant, and one day it is there. */
export const primeur: Actor = {
  name: 'primeur',
  perDay: 1.5,
  hours: [13, 17],
  act: async (merchant) => {
    const open = await merchant.api.list<Purchase>('/v1/purchase-orders?state=open')
    const campaign = open.find(({ reference }) => reference === EN_PRIMEUR)
    if (!campaign) return begin(merchant)
    return merchant.day % SEASON_DAYS === 0 ? arrive(merchant, campaign) : sell(merchant, campaign)
  },
}

/** Of a wine that is nowhere, so that all there is of it is expected. */
async function begin(merchant: Merchant): Promise<Deed | undefined> {
  const { api, random, places, levels } = merchant
  const location = places.warehouse ?? places.shop
  const elsewhere = new Map((await levels(places.shop)).map(({ sku, onHand }) => [sku, onHand]))
  const nowhere = (await runningLow(merchant, await levels(location))).filter(
    ({ sku, onHand }) => onHand + (elsewhere.get(sku) ?? 0) === 0,
  )
  const { sku } = pick(random, nowhere) ?? {}
  if (sku === undefined) return undefined
  const lines = [{ sku, quantity: BOTTLES, unitCostMinor: await costOf(merchant, sku) }]
  const when = { reference: EN_PRIMEUR, expectedAt: inDays(merchant, between(random, 500, 700)) }
  const done = await api.write('office', '/v1/purchase-orders', { location, ...when, currency: 'EUR', lines })
  merchant.lookAnew()
  return done && { told: `${BOTTLES} × ${sku} en primeur`, counted: { 'bought en primeur': BOTTLES } }
}

async function sell(merchant: Merchant, { lines: [line], location }: Purchase): Promise<Deed | undefined> {
  const { api, random, level } = merchant
  if (!line) return undefined
  const { sku } = line
  const free = (await level(sku, location))?.incoming ?? 0
  if (free === 0) return undefined
  const quantity = between(random, 1, Math.min(6, free))
  const wish = { sku, quantity, channel: 'web', from: 'incoming' }
  const hold = await api.write<Hold>('web', '/v1/holds', { lines: [wish], ttlSeconds: 60 })
  const placed = hold && (await placeOrder(merchant, hold.id, { fulfilment: 'ship', note: EN_PRIMEUR }))
  return placed && { told: `${placed.who} orders ${quantity} × ${sku}`, counted: { 'ordered en primeur': quantity } }
}

/** Now and then it is less than was promised: who ordered last is told. */
async function arrive({ api, random }: Merchant, { id, lines: [line] }: Purchase): Promise<Deed | undefined> {
  if (!line) return undefined
  const { sku } = line
  const quantity = line.quantity - line.received - line.cancelled - (random() < 0.3 ? between(random, 1, 6) : 0)
  const body = { lines: [{ sku, quantity }], close: true, reason: 'as much as there was' }
  const came = await api.write('receiving', `/v1/purchase-orders/${id}/receive`, body)
  return came && { told: `${quantity} × ${sku} en primeur are there`, counted: { 'came en primeur': quantity } }
}
