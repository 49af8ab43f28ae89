import type { Transfer } from '@cellarhand/protocol/transfer'
import type { Actor, Deed } from '../actor.ts'
import { bottlesOf, type Merchant } from '../merchant.ts'

/** Every so many days the street is closed. By the calendar: left to chance, a month in thirty would have no such day. */
const CLOSED_DAYS = 10

/** Takes in what the van brought from the day before. Now and then a bottle broke on the way, or the van turned back. */
export const unload: Actor = {
  name: 'unload',
  perDay: 1,
  hours: [9, 10],
  act: async (merchant): Promise<Deed | undefined> => {
    const [first, ...others] = await merchant.api.list<Transfer>('/v1/transfers?state=in_transit')
    if (!first) return undefined
    if (merchant.day % CLOSED_DAYS === 0) return turnBack(merchant, first)
    let [came, broken] = [0, 0]
    for (const transfer of [first, ...others]) {
      const unpacked = await unpack(merchant, transfer)
      came += unpacked.came
      broken += unpacked.broken
    }
    if (came === 0) return undefined
    return {
      told: `the van brought ${came} bottles${broken > 0 ? `, and ${broken} broken` : ''}`,
      counted: { 'unloaded from it': came, 'broken on the way': broken },
    }
  },
}

async function turnBack({ api }: Merchant, { id, lines }: Transfer): Promise<Deed | undefined> {
  const bottles = bottlesOf(lines)
  const back = await api.write('van', `/v1/transfers/${id}/cancel`, { reason: 'the street was closed' })
  return (
    back && { told: `the van turns back with ${bottles} bottles`, counted: { 'turned back with the van': bottles } }
  )
}

async function unpack(
  { api, random }: Merchant,
  { id, lines }: Transfer,
): Promise<{ readonly came: number; readonly broken: number }> {
  const onTheWay = lines.map(({ sku, quantity, received, missing, returned }) => ({
    sku,
    quantity: quantity - received - missing - returned,
  }))
  const [first, ...others] = onTheWay.filter(({ quantity }) => quantity > 0)
  if (!first) return { came: 0, broken: 0 }
  const isBroken = random() < 0.2
  const broken = { ...first, quantity: first.quantity - 1, missing: 1 }
  const arrived = isBroken ? { reason: 'breakage', lines: [broken, ...others] } : {}
  const received = await api.write('shop', `/v1/transfers/${id}/receive`, arrived)
  if (!received) return { came: 0, broken: 0 }
  return { came: bottlesOf([first, ...others]) - Number(isBroken), broken: Number(isBroken) }
}
