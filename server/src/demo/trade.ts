import type { Order } from '@cellarhand/protocol/order'
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
