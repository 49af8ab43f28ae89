import type { OfferChange } from './shown.ts'

/**
 * What is worth saying aloud of a change, or undefined: only a status crossed is, never a count that ticked. `name` is the wine as
 * one would say it.
 */
export function crossing(name: string, { before, after }: OfferChange): string | undefined {
  if (after === undefined) return `${name} is no longer offered here.`
  if (before.status === after.status) return undefined
  switch (after.status) {
    case 'in_stock':
      return before.status === 'low' ? undefined : `${name} is back in stock.`
    case 'low':
      return before.status === 'in_stock'
        ? `${name} is running low: ${after.available} left.`
        : `${name} is back: ${after.available} left.`
    case 'all_held':
      return `${name}: all held, may return.`
    case 'sold_out':
      return `${name} has sold out.`
    case 'coming':
      return `${name} is on its way.`
  }
}
