import { formatMoney } from '@cellarhand/protocol/money'
import type { Money, Price } from '@cellarhand/protocol/primitives'
import type { Unit } from './availability.ts'

/** What the price is for. */
export function basisOf(unit: Unit, pack: number): string {
  return unit === 'bottle' ? 'a bottle' : `a ${unit} of ${pack}`
}

/** What a case's price makes a bottle, rounded to the minor unit; '' for a bottle. */
export function perBottle(price: Money, pack: number): string {
  if (pack === 1) return ''
  return `${formatMoney({ amountMinor: Math.round(price.amountMinor / pack), currency: price.currency })} a bottle`
}

/** What the price includes, said in full. */
export function includedIn(price: Pick<Price, 'taxIncluded' | 'dutyIncluded'>): string {
  if (price.dutyIncluded) return price.taxIncluded ? 'incl. duty and tax' : 'incl. duty, plus tax'
  return price.taxIncluded ? 'in bond: incl. tax, plus duty' : 'in bond: plus duty and tax'
}
