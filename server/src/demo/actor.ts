import type { Merchant } from './merchant.ts'

/** What somebody has done: in words, and in numbers for the line of the day (`{ 'sold at the till': 2 }`). */
export interface Deed {
  readonly told: string
  readonly counted: Readonly<Record<string, number>>
}

/** Somebody at the merchant's, or a customer, who does one thing again and again. */
export interface Actor {
  /** What its lines begin with. No two have the same. */
  readonly name: string
  /** About how many times a day; below one, not every day. */
  readonly perDay: number
  /** When: from the first hour to before the second. */
  readonly hours: readonly [from: number, to: number]
  /** Does it once. Undefined: there was nothing to do, or it was refused. */
  readonly act: (merchant: Merchant) => Promise<Deed | undefined>
}
