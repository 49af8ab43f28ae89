/** How a hold ended: its time came, its owner gave it back, or it was bought. */
export type Ending = 'lapsed' | 'released' | 'bought'

/** Something that was seen of somebody, or that was decided about them. Times are ms since 1970. */
export interface Sign {
  /** `user:ID`, `guest:ID`, or `address:HASH` */
  readonly party: string
  readonly kind: Ending | 'reflex' | 'rhythm' | 'proved' | 'cleared' | 'blocked'
  readonly atMs: number
  /** when the hold was made; of a proof, when they signed in */
  readonly beganAtMs?: number | undefined
  /** the end of a block */
  readonly untilMs?: number | undefined
  /** of an address: whose hold it was */
  readonly subject?: string | undefined
  /** of which SKU the hold took the most of what there was, and how much: 0 to 1 */
  readonly sku?: string | undefined
  readonly share?: number | undefined
  /** of an address: what of it may be shown */
  readonly network?: string | undefined
}

export const ADDRESS_PREFIX = 'address:'
export const isAddress = (party: string): boolean => party.startsWith(ADDRESS_PREFIX)
