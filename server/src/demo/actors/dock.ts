import type { Purchase } from '@cellarhand/protocol/purchase'
import type { Actor } from '../actor.ts'
import { bottlesOf } from '../merchant.ts'
import { EN_PRIMEUR } from './primeur.ts'

/** Orders that are under way at a time: the oldest comes when there are more. */
const UNDER_WAY = 3

/** Takes in what was ordered of a supplier: mostly all of it, else in part; then the rest comes another day, or never. */
export const dock: Actor = {
  name: 'dock',
  perDay: 1,
  hours: [10, 12],
  act: async ({ api, random }) => {
    const open = (await api.list<Purchase>('/v1/purchase-orders?state=open')).filter(
      ({ reference }) => reference !== EN_PRIMEUR,
    )
    const order = open.length > UNDER_WAY ? open.at(-1) : undefined
    if (!order) return undefined
    const expected = order.lines
      .map(({ sku, quantity, received, cancelled }) => ({ sku, quantity: quantity - received - cancelled }))
      .filter(({ quantity }) => quantity > 0)
    const isWhole = random() < 0.5
    const lines = isWhole ? expected : expected.map((line) => ({ ...line, quantity: Math.ceil(line.quantity / 2) }))
    const isLast = !isWhole && random() < 0.5
    const end = isLast ? { close: true, reason: 'the rest is sold out there' } : {}
    if (!(await api.write('receiving', `/v1/purchase-orders/${order.id}/receive`, { lines, ...end }))) return undefined
    const bottles = bottlesOf(lines)
    const rest = isWhole ? '' : isLast ? ', and no more will come' : ', and the rest later'
    return {
      told: `${order.supplier ?? 'a supplier'} delivers ${bottles} bottles${rest}`,
      counted: { 'came on order': bottles },
    }
  },
}
