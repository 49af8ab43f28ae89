import type { Buyer, Place } from './order.ts'
import type { Refusal } from './refusal.ts'

/** Bottles that are about to be sold to somebody, or handed over: what the law may have something against. */
export interface HandOver {
  /** Absent: where the merchant is. */
  readonly place: Place | undefined
  readonly buyer: Buyer | undefined
  readonly isShipped: boolean
  /** When, microseconds since 1970. */
  readonly atUs: number
}

/** What speaks against it; undefined where nothing does. Pure: the records behind it do not change while the process runs. */
export type SalesPolicy = (handOver: HandOver) => Refusal | undefined
