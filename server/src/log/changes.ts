/** What one transaction changed, as the log carries it: new absolute states, never differences. Arrays, because a hot log is long. */
export interface LogChanges {
  readonly levels?: readonly LevelRow[]
  readonly prices?: readonly PriceRow[]
  /**
   * Prices that are no more: their offers are gone. No verb writes it yet; readers of this version understand it. To be appended without a batch, as
   * settings are: a start looks for removals there.
   */
  readonly withdrawn?: readonly (readonly [sku: string, channel: string])[]
  /** What open purchase orders expect: at levels that are of the same transaction. */
  readonly expected?: readonly ExpectedRow[]
  /** SKUs that have lines of the journal, and none above: a fact told late, which a count has seen, leaves its level as it was. */
  readonly moved?: readonly string[]
  /** Ids of holds that are not as they were: extended, ended, in part free. New ones are nobody's yet who could follow them. */
  readonly holds?: readonly string[]
  /** Every location and channel, whole: they are few. */
  readonly settings?: SettingsState
  /** SKUs of the catalogue that are new or changed. */
  readonly skus?: readonly SkuRow[]
}

/** sku, location, available, held, committed, allocated, quarantined, short, incoming, incomingCommitted, version, revision */
export type LevelRow = readonly [
  sku: string,
  location: string,
  available: number,
  held: number,
  committed: number,
  allocated: number,
  quarantined: number,
  short: number,
  incoming: number,
  incomingCommitted: number,
  version: number,
  revision: number,
]

/** What one order expects of a SKU at a location: so many bottles (0: none any more), at a time in milliseconds since 1970 (null: nobody knows). */
export type ExpectedRow = readonly [
  order: string,
  sku: string,
  location: string,
  bottles: number,
  expectedAtMs: number | null,
]

export type PriceRow = readonly [
  sku: string,
  channel: string,
  amountMinor: number,
  currency: string,
  taxIncluded: boolean,
  dutyIncluded: boolean,
]

/** sku, wine id, vintage (a year, or NV), format in ml, pack */
export type SkuRow = readonly [sku: string, wine: string, vintage: number | 'NV', formatMl: number, pack: number]

export interface LocationState {
  readonly id: string
  readonly name: string
  readonly kind: 'shop' | 'warehouse' | 'cellar' | 'bar' | 'bonded'
  readonly duty: 'paid' | 'in_bond'
  readonly owner: string
}

export interface ChannelState {
  readonly id: string
  readonly name: string
  readonly currency: string
  readonly duty: 'paid' | 'in_bond'
  /** in the order they are tried */
  readonly locations: readonly string[]
  readonly safetyStock: number
  readonly showMax: number
  readonly lowAt: number
}

/**
 * What a SKU is made of that is not bottles of one wine: a bundle, which is sold and stands nowhere, or a mixed case, which is packed. Or of which SKU it
 * is a lot that is sold by itself.
 */
export interface RecipeState {
  readonly sku: string
  readonly kind: 'bundle' | 'mixed_case' | 'lot'
  /** each SKU once */
  readonly components: readonly { readonly sku: string; readonly quantity: number }[]
  /** of its only component, where it is a lot */
  readonly lot?: string
}

export interface SettingsState {
  /** grows by one with every change */
  readonly version: number
  readonly locations: readonly LocationState[]
  readonly channels: readonly ChannelState[]
  readonly recipes: readonly RecipeState[]
}
