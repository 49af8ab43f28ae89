import { formatMoney } from '@cellarhand/protocol/money'
import type { Hold, HoldState } from '@cellarhand/protocol/stock'
import { times } from '../search/price.ts'
import { units } from '../search/availability.ts'

/** How many a hold is of, over its lines. */
export function quantityOf(hold: Hold): number {
  return hold.lines.reduce((sum, line) => sum + line.quantity, 0)
}

/** The price a hold keeps: "2 × £150.00 = £300.00", or "£150.00" for one. Pure. */
export function keptPrice(hold: Hold): string {
  const price = hold.lines[0]?.price
  if (!price) return ''
  const quantity = quantityOf(hold)
  return quantity === 1
    ? formatMoney(price)
    : `${quantity} × ${formatMoney(price)} = ${formatMoney(times(price, quantity))}`
}

/** How a hold ended, for its owner; undefined while it lives. Pure. */
export function endWords(hold: Hold, pack: number): string | undefined {
  const quantity = quantityOf(hold)
  const what = quantity === 0 ? 'Your bottles' : units(quantity, pack)
  const are = quantity === 1 ? 'is' : 'are'
  switch (hold.state) {
    case 'active':
      return undefined
    case 'released':
      return `Put back: ${what} ${are} free for others.`
    case 'expired':
      return `Time ran out: ${what} went back. If any are left you can hold them again.`
    case 'revoked':
      return `Taken back by the cellar: ${what} turned out not to be there, or had been sold at the till. Nothing was charged. We are sorry.`
    case 'committed':
      return `Confirmed: ${what} ${are} yours at the price kept.`
  }
}

/** What is said aloud of an end the reader did not bring about. Pure. */
export function spokenEnd(state: HoldState): string | undefined {
  if (state === 'expired') return 'Time ran out on a hold: its bottles went back.'
  return state === 'revoked' ? 'A hold was taken back by the cellar: its bottles are not there.' : undefined
}
