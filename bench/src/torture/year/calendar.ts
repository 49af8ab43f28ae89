/** A month of the merchant's year. */
export interface Month {
  /** `2024-03` */
  readonly name: string
  readonly beginsMs: number
  /** The first instant after it. */
  readonly endsMs: number
}

/**
 * A year that is over on any machine: facts may be of any past moment, and none of them is clamped. Fixed, so that a seed plays the same year whenever
 * it is played.
 */
const YEAR = 2024

export const months: readonly Month[] = Array.from({ length: 12 }, (_, index) => ({
  name: `${YEAR}-${String(index + 1).padStart(2, '0')}`,
  beginsMs: Date.UTC(YEAR, index, 1),
  endsMs: Date.UTC(YEAR, index + 1, 1),
}))

/** The last month, behind all others. */
export const LAST = months.length - 1

/** What part of a year's trade a month has, in percent: wine is bought for Christmas, and less in the heat of August. */
export const season: readonly number[] = [6, 6, 7, 8, 8, 8, 7, 6, 8, 9, 12, 15]

/** The last instant of a month, as an answer's times are written. */
export const endOf = (month: Month): string => new Date(month.endsMs - 1).toISOString()
