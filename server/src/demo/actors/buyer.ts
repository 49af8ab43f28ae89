import type { Purchase } from '@cellarhand/protocol/purchase'
import type { Actor } from '../actor.ts'
import { bottlesOf } from '../merchant.ts'
import { between, pick, pickSome } from '../random.ts'
import { costOf, inDays, runningLow, suppliers } from '../trade.ts'

/** Orders that are open at a time: beyond them nobody would know what comes when. */
const OPEN_MOST = 6
const WINES_MOST = 5

/** Orders of a supplier what runs low. What nobody has any more is on the page from then on, with the day when it comes. */
export const buyer: Actor = {
  name: 'buyer',
  perDay: 1,
  hours: [8, 9],
  act: async (merchant) => {
    const { api, random, places, levels, day } = merchant
    const location = places.warehouse ?? places.shop
    if ((await api.list<Purchase>('/v1/purchase-orders?state=open')).length >= OPEN_MOST) return undefined
    const atShop = new Map((await levels(places.shop)).map(({ sku, available }) => [sku, available]))
    const low = await runningLow(merchant, await levels(location))
    const gone = low.filter(({ sku, available }) => available + (atShop.get(sku) ?? 0) === 0)
    const wanted = pickSome(random, gone.length >= WINES_MOST ? gone : low, WINES_MOST)
    if (wanted.length === 0) return undefined
    const lines = []
    for (const { sku } of wanted) {
      lines.push({ sku, quantity: pick(random, [6, 12, 12, 24]), unitCostMinor: await costOf(merchant, sku) })
    }
    const supplier = pick(random, suppliers)
    const when = { reference: `order of day ${day}`, expectedAt: inDays(merchant, between(random, 3, 21)) }
    const order = { location, supplier, ...when, currency: 'EUR', lines }
    if (!(await api.write('office', '/v1/purchase-orders', order))) return undefined
    // The delivery of this morning must not bring what was ordered just now.
    merchant.lookAnew()
    const bottles = bottlesOf(lines)
    return { told: `orders ${bottles} bottles of ${supplier}`, counted: { 'ordered of suppliers': bottles } }
  },
}
