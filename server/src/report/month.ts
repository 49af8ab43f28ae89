/** A calendar month in a time zone, as the instants it begins and ends at: milliseconds since 1970, the end not in it. */
export interface MonthSpan {
  readonly beginsMs: number
  readonly endsMs: number
}

/** No time zone is further than this from UTC, past or present. */
const FURTHEST_MS = 26 * 3_600_000

/** The month `2026-10`, say, in a time zone of the IANA database; undefined where there is no such zone. */
export function monthSpan(month: string, timezone: string): MonthSpan | undefined {
  const dateIn = calendarOf(timezone)
  if (dateIn === undefined) return undefined
  const [year = 0, number = 0] = month.split('-').map(Number)
  const begins = (after: number) => firstInstant(dateIn, Date.UTC(year, number - 1 + after, 1))
  return { beginsMs: begins(0), endsMs: begins(1) }
}

/** What the calendar on the wall says at an instant, as a number that grows with the day: 20261031. */
type Calendar = (atMs: number) => number

function calendarOf(timezone: string): Calendar | undefined {
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
    })
    return (atMs) => {
      const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]))
      return (parts.get('year') ?? 0) * 10_000 + (parts.get('month') ?? 0) * 100 + (parts.get('day') ?? 0)
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/**
 * The first instant of a day, found by halves: the offset need not be known, and where clocks skip midnight the day begins when they
 * do. `midnightMs` is the day's midnight in UTC.
 */
function firstInstant(dateIn: Calendar, midnightMs: number): number {
  const wanted = new Date(midnightMs)
  const day = wanted.getUTCFullYear() * 10_000 + (wanted.getUTCMonth() + 1) * 100 + wanted.getUTCDate()
  let before = midnightMs - FURTHEST_MS
  let after = midnightMs + FURTHEST_MS
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (dateIn(middle) < day) before = middle
    else after = middle
  }
  return after
}
