import type { OfferStatus } from '@cellarhand/protocol/offer'

/** The bottles behind an offer: sums over the channel's locations. */
export interface Bottles {
  readonly available: number
  readonly held: number
  readonly incoming: number
}

/** How a channel shows its bottles. */
export interface Shown {
  readonly safetyStock: number
  readonly showMax: number
  readonly lowAt: number
}

export interface Availability {
  /** as shown: without the safety stock, at most `showMax` */
  readonly available: number
  /** there are more than are shown */
  readonly capped: boolean
  readonly held: number
  readonly status: OfferStatus
}

/** What a channel's customer sees of so many bottles. The status goes by what there is, not by what is shown. */
export function availabilityOf(bottles: Bottles, shown: Shown): Availability {
  const sellable = Math.max(0, bottles.available - shown.safetyStock)
  return {
    available: Math.min(sellable, shown.showMax),
    capped: sellable > shown.showMax,
    held: bottles.held,
    status: statusOf(sellable, bottles, shown.lowAt),
  }
}

function statusOf(sellable: number, bottles: Bottles, lowAt: number): OfferStatus {
  if (sellable > lowAt) return 'in_stock'
  if (sellable > 0) return 'low'
  if (bottles.held > 0) return 'all_held'
  return bottles.incoming > 0 ? 'coming' : 'sold_out'
}
