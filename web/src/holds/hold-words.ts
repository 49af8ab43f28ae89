import { formatMoney } from '@cellarhand/protocol/money'
import type { Hold, HoldState } from '@cellarhand/protocol/stock'
import { expectedWords, units, type Unit } from '../search/availability.ts'

/** How many a hold is of, over its lines; of a set, how many sets. */
export function quantityOf(hold: Hold): number {
  return hold.lines[0]?.bundle?.quantity ?? hold.lines.reduce((sum, line) => sum + line.quantity, 0)
}

/** The price a hold keeps: "2 × £150.00 = £300.00", or "£150.00" for one. A set's is the sum of its components' shares, which is exact. Pure. */
export function keptPrice(hold: Hold): string {
  const price = hold.lines[0]?.price
  if (!price) return ''
  const quantity = quantityOf(hold)
  const amountMinor = hold.lines.reduce((sum, line) => sum + line.price.amountMinor * line.quantity, 0)
  const total = formatMoney({ amountMinor, currency: price.currency })
  const one = { amountMinor: amountMinor / quantity, currency: price.currency }
  return quantity === 1 ? total : `${quantity} × ${formatMoney(one)} = ${total}`
}

/** What of a hold is not there yet: "Expected 12 March: they are sent when they are here."; '' where all of it is. Pure, given the time. */
export function pendingWords(hold: Hold, expectedAt: string | undefined, now = new Date()): string {
  const pending = pendingOf(hold)
  if (pending === 0) return ''
  return `${expectedWords(expectedAt, now)}: yours as soon as ${quantityOf(hold) === 1 ? 'it is' : 'they are'} here`
}

function pendingOf(hold: Hold): number {
  return hold.lines.reduce((sum, { pending = 0 }) => sum + pending, 0)
}

/** How a hold ended, for its owner; undefined while it lives. Pure. */
export function endWords(hold: Hold, unit: Unit): string | undefined {
  const quantity = quantityOf(hold)
  const what = quantity === 0 ? 'Your bottles' : units(quantity, unit)
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
      return `Confirmed: ${what} ${are} yours at the price kept${pendingOf(hold) > 0 ? ', and come when they are here' : ''}.`
  }
}

/** What is said aloud of an end the reader did not bring about. Pure. */
export function spokenEnd(state: HoldState): string | undefined {
  if (state === 'expired') return 'Time ran out on a hold: its bottles went back.'
  return state === 'revoked' ? 'A hold was taken back by the cellar: its bottles are not there.' : undefined
}
