import { formatMoney } from '@cellarhand/protocol/money'
import type { FacetName } from './facet-names.ts'

const colours: Readonly<Record<string, string>> = { red: 'Red', white: 'White', rose: 'Rosé', orange: 'Orange' }

/**
 * What to call a chosen value that the server no longer counts, since nothing matches it any more: price bands come as `from-to` in minor
 * units, sizes in millilitres. Pure.
 */
export function facetLabel(name: FacetName, value: string, currency: string | undefined): string {
  if (name === 'colour') return colours[value] ?? value
  if (name === 'format') return Number(value) > 0 ? `${Number(value) / 1_000} l` : value
  const band = name === 'price' ? /^(\d*)-(\d*)$/.exec(value) : null
  if (!band || currency === undefined) return value
  const [, from = '', to = ''] = band
  const money = (amount: string) => formatMoney({ amountMinor: Number(amount), currency })
  if (from === '') return to === '' ? 'Any price' : `Under ${money(to)}`
  return to === '' ? `${money(from)} and over` : `${money(from)} to ${money(to)}`
}
