import type { LotOffer } from '@cellarhand/protocol/lot'
import type { Offer } from '@cellarhand/protocol/offer'
import type { Order } from '@cellarhand/protocol/order'
import type { Level } from '@cellarhand/protocol/stock'
import type { Merchant } from './merchant.ts'
import { between, pick } from './random.ts'

/** Who delivers: invented. */
export const suppliers = ['Maison Aubert', 'Vinum Import', 'Cantina Rossi', 'Weinhof Brandt'] as const

type Customer = Required<Pick<Order, 'customer' | 'buyer' | 'destination'>>

/** Who orders: invented, and of age. */
const customers: readonly [Customer, ...Customer[]] = [
  { customer: 'Anna', buyer: { bornOn: '1980-05-01' }, destination: { country: 'DE', postcode: '50667' } },
  { customer: 'Ben', buyer: { bornOn: '1991-11-20' }, destination: { country: 'AT', postcode: '1010' } },
  { customer: 'Clara', buyer: { bornOn: '1974-02-14' }, destination: { country: 'NL', postcode: '1017' } },
  { customer: 'Didier', buyer: { bornOn: '1966-08-30' }, destination: { country: 'FR', postcode: '69002' } },
  {
    customer: 'Elena',
    buyer: { ageVerifiedBy: 'her identity card' },
    destination: { country: 'IT', postcode: '20121' },
  },
]

/** A bin: a zone, a rack, a shelf. */
export function binOf(random: () => number): string {
  return `${pick(random, ['A', 'B', 'C'])}/${between(random, 1, 12)}/${between(random, 1, 5)}`
}

/** A day of the calendar, so many from now: orders expect their bottles as if the days of the demo were those. */
export function inDays({ nowMs }: Pick<Merchant, 'nowMs'>, days: number): string {
  return new Date(nowMs() + days * 86_400_000).toISOString()
}

/** Fewer than so many bottles are too few. */
const LOW = 3

/**
 * What runs low and is not on order: that comes by itself. A lot that is sold by itself is left to run out, since what comes is another lot: the page
 * would go on to say where bottles came from that are gone.
 */
export async function runningLow({ api }: Pick<Merchant, 'api'>, levels: readonly Level[]): Promise<Level[]> {
  const { items = [] } = (await api.one<{ items: LotOffer[] }>('/v1/lot-offers')) ?? {}
  const lots = new Set(items.map(({ sku }) => sku))
  return levels.filter(
    ({ sku, available, incoming, incomingCommitted }) =>
      available < LOW && incoming + incomingCommitted === 0 && !lots.has(sku),
  )
}

/** Invented, in cents: what one of a SKU costs the merchant is half to three quarters of what it is sold for, or some ten euros where nobody knows that. */
export async function costOf({ api, random }: Pick<Merchant, 'api' | 'random'>, sku: string): Promise<number> {
  const price = (await api.one<Offer>(`/v1/offers/${sku}`))?.price.amountMinor ?? 1_500
  return Math.round((price * between(random, 50, 75)) / 1_000) * 10
}

/** What is agreed of an order beside whose it is. */
type Terms = Pick<Order, 'fulfilment' | 'gift' | 'note'>

/** Makes an order of a hold: most pay at once, the others by bank transfer. Undefined where the hold had lapsed. */
export async function placeOrder(
  { api, random }: Merchant,
  holdId: string,
  terms: Terms,
): Promise<{ readonly who: string; readonly isPaid: boolean } | undefined> {
  const { destination, ...who } = pick(random, customers)
  const where = terms.fulfilment === 'ship' ? { destination } : {}
  const body = { holdId, externalRef: `W-${holdId.slice(-12)}`, ...who, ...where, ...terms }
  const order = await api.write<Order>('web', '/v1/orders', body)
  if (!order) return undefined
  const pays = random() < 0.75
  const paid =
    pays && (await api.write('web', `/v1/orders/${order.id}/pay`, { reference: `card ${order.externalRef}` }))
  return { who: who.customer, isPaid: Boolean(paid) }
}

/** Orders in a state, the oldest first. */
export async function ordersIn({ api }: Merchant, state: Order['state']): Promise<Order[]> {
  return (await api.list<Order>(`/v1/orders?state=${state}`)).toReversed()
}

/** So many orders, or the one. */
export function ordersText(count: number): string {
  return count === 1 ? 'an order' : `${count} orders`
}
