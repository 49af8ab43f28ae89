import type { Level } from '@cellarhand/protocol/stock'
import type { Actor } from '../actor.ts'
import { bottlesOf, type Merchant } from '../merchant.ts'
import { pickSome } from '../random.ts'

/** Wines that the van takes to one place. */
const WINES_MOST = 8
const LOW = 3
const BOTTLES_MOST = 6

/** Sends to shop and bar what they run low of, from the warehouse. It is there the next morning. */
export const van: Actor = {
  name: 'van',
  perDay: 1,
  hours: [15, 17],
  act: async (merchant) => {
    const { places } = merchant
    if (places.warehouse === undefined) return undefined
    const stored = new Map((await merchant.levels(places.warehouse)).map((level) => [level.sku, level]))
    let bottles = 0
    for (const to of new Set([places.shop, places.bar])) {
      bottles += await send(merchant, { from: places.warehouse, to }, stored)
    }
    return bottles === 0
      ? undefined
      : { told: `leaves with ${bottles} bottles`, counted: { 'sent with the van': bottles } }
  },
}

/** Bottles that were sent. What goes to the shop is not there for the bar any more. */
async function send(
  { api, random, day, levels }: Merchant,
  { from, to }: { from: string; to: string },
  stored: Map<string, Level>,
): Promise<number> {
  const wanting = (await levels(to)).filter(
    ({ sku, available }) => available < LOW && (stored.get(sku)?.available ?? 0) >= BOTTLES_MOST,
  )
  const lines = pickSome(random, wanting, WINES_MOST).map(({ sku }) => ({ sku, quantity: BOTTLES_MOST }))
  if (lines.length === 0) return 0
  for (const { sku } of lines) stored.delete(sku)
  const sent = await api.write('van', '/v1/transfers', { from, to, reference: `van of day ${day}`, lines })
  return sent ? bottlesOf(lines) : 0
}
