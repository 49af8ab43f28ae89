import type { Offer } from '@cellarhand/protocol/offer'

/** More or fewer bottles than before, or the same number otherwise (held, a status). */
type Direction = 'up' | 'down' | 'other'

/** An offer as shown. The counts say how often its stock and its price changed before the reader's eyes: 0 is a first value, which never flashes. */
export interface Entry {
  readonly offer: Offer
  readonly stockChanges: number
  readonly priceChanges: number
  readonly direction: Direction
}

export interface OfferChange {
  readonly before: Offer
  readonly after: Offer | undefined
}

/** What is shown of a SKU after it was told anew: `after` undefined where it is not offered any more. Pure. */
export function told(before: Entry | undefined, after: Offer | undefined): Entry | undefined {
  if (after === undefined || before?.offer === after) return after && before
  if (before === undefined) return { offer: after, stockChanges: 0, priceChanges: 0, direction: 'other' }
  const stock = !sameStock(before.offer, after)
  const price = !samePrice(before.offer, after)
  return {
    offer: after,
    stockChanges: before.stockChanges + (stock ? 1 : 0),
    priceChanges: before.priceChanges + (price ? 1 : 0),
    direction: stock ? directionOf(before.offer, after) : before.direction,
  }
}

/** What a reader would notice between two entries of a SKU; undefined for nothing. Pure. */
export function changeOf(before: Entry | undefined, after: Entry | undefined): OfferChange | undefined {
  if (before === undefined) return undefined
  const isSame = after?.stockChanges === before.stockChanges && after.priceChanges === before.priceChanges
  return isSame ? undefined : { before: before.offer, after: after?.offer }
}

function sameStock(a: Offer, b: Offer): boolean {
  return a.available === b.available && a.capped === b.capped && a.held === b.held && a.status === b.status
}

function samePrice({ price: a }: Offer, { price: b }: Offer): boolean {
  return (
    a.amountMinor === b.amountMinor &&
    a.currency === b.currency &&
    a.taxIncluded === b.taxIncluded &&
    a.dutyIncluded === b.dutyIncluded
  )
}

function directionOf(before: Offer, after: Offer): Direction {
  if (after.available > before.available) return 'up'
  return after.available < before.available ? 'down' : 'other'
}
