import type { PlainDate } from './dates.ts'

/** Who sells: who made the wine, or who bought it to sell it on. */
export type Seller = 'producer' | 'retailer'

/** How sure a record is; what each word means is in docs/policies.md. */
export type Confidence = 'high' | 'medium' | 'low'

/** What every record says: where and when it holds, and by which law. */
interface Dated {
  /** ISO 3166: a country (`DE`) or a subdivision (`CA-QC`) */
  readonly place: string
  /** the first day on which it holds */
  readonly from: PlainDate
  /** the first day on which it no longer holds; absent: it holds until somebody changes it */
  readonly until?: PlainDate
  /** the law's name */
  readonly source: string
  readonly confidence?: Confidence
  readonly note?: string
}

/** From which strength on, and below which, in percent by volume. Absent: without that bound. */
interface Band {
  readonly abvFrom?: number
  readonly abvBelow?: number
}

/** Least age to buy wine, or that it may not be sold at all. */
export type AgeRecord = Dated & Band & { readonly rule: 'age'; readonly years: number | 'prohibited' }

/** Whether wine may be shipped to consumers there. */
export type DestinationRecord = Dated & {
  readonly rule: 'destination'
  readonly appliesTo: Seller | 'all'
} & ({ readonly ship: 'allowed' } | { readonly ship: 'blocked'; readonly reason: string })

export type PolicyRecord = AgeRecord | DestinationRecord

/** Whether a record holds on a day. */
export const isInForce = ({ from, until }: Dated, onDate: PlainDate): boolean =>
  from <= onDate && (until === undefined || onDate < until)

/** Whether a record is about wine of this strength. */
export const coversStrength = ({ abvFrom = 0, abvBelow = Infinity }: Band, abvPercent: number): boolean =>
  abvFrom <= abvPercent && abvPercent < abvBelow

/** Whether a record is about this seller. */
export const coversSeller = ({ appliesTo }: DestinationRecord, seller: Seller): boolean =>
  appliesTo === 'all' || appliesTo === seller
