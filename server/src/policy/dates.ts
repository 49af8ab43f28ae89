import { must } from '../platform/must.ts'

/** A day of the calendar as it is written where it matters: `2026-03-01`. It has no time and no zone; two of them compare as texts do. */
export type PlainDate = string

const leastYear = 1000
/** No birthday of anybody asked about comes after the year 9999, where texts would stop to compare as days do. */
const mostYear = 9000

const daysOf = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0

/** How many days a month (1 to 12) has; none for a month that is not. */
function daysIn(year: number, month: number): number {
  return month === 2 && isLeap(year) ? 29 : (daysOf[month - 1] ?? 0)
}

/** Whether a text is a day that exists, written as `YYYY-MM-DD`, in the years 1000 to 9000. */
export function isPlainDate(text: string): text is PlainDate {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const [year = 0, month = 0, day = 0] = text.split('-').map(Number)
  return year >= leastYear && year <= mostYear && day >= 1 && day <= daysIn(year, month)
}

/**
 * The first day on which who was born on `bornOn` is `years` old (0 to 150). Born on 29 February, that is 1 March where the year is a common one: laws differ between
 * that and 28 February, and this is the stricter.
 */
export function birthday(bornOn: PlainDate, years: number): PlainDate {
  must(isPlainDate(bornOn), 'a birthday is asked of a day that exists')
  const year = Number(bornOn.slice(0, 4)) + years
  const monthAndDay = bornOn.slice(4)
  return `${year}${monthAndDay === '-02-29' && !isLeap(year) ? '-03-01' : monthAndDay}`
}
