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

/** A component of a bundle: so many in each, and the bottles behind it. */
export interface Component {
  readonly quantity: number
  readonly bottles: Bottles
}

/**
 * What a channel's customer sees of a bundle: as many as the scarcest of its components makes up, each without the safety stock. A bundle is not held,
 * its components are, for whatever reason: it is `all_held` where giving those back would make one up, and `coming` where what is expected would.
 */
export function bundleAvailabilityOf(components: readonly Component[], shown: Shown): Availability {
  const madeUpOf = (count: (bottles: Bottles) => number) =>
    Math.min(
      ...components.map(({ quantity, bottles }) =>
        Math.floor(Math.max(0, count(bottles) - shown.safetyStock) / quantity),
      ),
    )
  const sellable = madeUpOf(({ available }) => available)
  const held = madeUpOf(({ available, held: claimed }) => available + claimed)
  const incoming = madeUpOf(({ available, held: claimed, incoming: expected }) => available + claimed + expected)
  return {
    available: Math.min(sellable, shown.showMax),
    capped: sellable > shown.showMax,
    held: 0,
    status: statusOf(sellable, { held, incoming }, shown.lowAt),
  }
}

function statusOf(sellable: number, bottles: Omit<Bottles, 'available'>, lowAt: number): OfferStatus {
  if (sellable > lowAt) return 'in_stock'
  if (sellable > 0) return 'low'
  if (bottles.held > 0) return 'all_held'
  return bottles.incoming > 0 ? 'coming' : 'sold_out'
}
