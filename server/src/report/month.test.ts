import { expect, test } from 'vitest'
import { monthSpan } from './month.ts'

const span = (month: string, timezone: string) => {
  const found = monthSpan(month, timezone)
  return found && [new Date(found.beginsMs).toISOString(), new Date(found.endsMs).toISOString()]
}

const HOUR_MS = 3_600_000

test.each([
  ['2026-10', 'UTC', '2026-10-01T00:00:00.000Z', '2026-11-01T00:00:00.000Z'],
  // Summer time ends within it.
  ['2026-10', 'Europe/Paris', '2026-09-30T22:00:00.000Z', '2026-10-31T23:00:00.000Z'],
  ['2026-03', 'Europe/Paris', '2026-02-28T23:00:00.000Z', '2026-03-31T22:00:00.000Z'],
  ['2026-11', 'America/New_York', '2026-11-01T04:00:00.000Z', '2026-12-01T05:00:00.000Z'],
  ['2026-12', 'Asia/Kathmandu', '2026-11-30T18:15:00.000Z', '2026-12-31T18:15:00.000Z'],
  ['2024-02', 'Pacific/Kiritimati', '2024-01-31T10:00:00.000Z', '2024-02-29T10:00:00.000Z'],
  ['2024-02', 'Etc/GMT+12', '2024-02-01T12:00:00.000Z', '2024-03-01T12:00:00.000Z'],
  // Clocks skipped midnight of the first: the day began at one.
  ['2017-10', 'America/Asuncion', '2017-10-01T04:00:00.000Z', '2017-11-01T03:00:00.000Z'],
])('%s in %s begins and ends where its days do', (month, timezone, begins, ends) => {
  expect(span(month, timezone)).toEqual([begins, ends])
})

test('a month in which summer time ends is an hour longer, and one in which it begins an hour shorter', () => {
  const hours = (month: string) => {
    const { beginsMs = 0, endsMs = 0 } = monthSpan(month, 'Europe/Paris') ?? {}
    return (endsMs - beginsMs) / HOUR_MS
  }
  expect([hours('2026-10'), hours('2026-03'), hours('2026-05')]).toEqual([31 * 24 + 1, 31 * 24 - 1, 31 * 24])
})

test.each(['UTC', 'Europe/Paris', 'America/Asuncion', 'Australia/Lord_Howe', 'Africa/Casablanca', 'Asia/Beirut'])(
  'in %s each month begins where the one before ended',
  (timezone) => {
    for (let year = 2015; year < 2030; year++) {
      for (let month = 1; month < 12; month++) {
        const text = (number: number) => `${year}-${String(number).padStart(2, '0')}`
        expect(monthSpan(text(month), timezone)?.endsMs).toBe(monthSpan(text(month + 1), timezone)?.beginsMs)
      }
    }
  },
)

test('a zone that is none is none', () => {
  expect(monthSpan('2026-10', 'Europe/Atlantis')).toBeUndefined()
  expect(monthSpan('2026-10', 'Mars')).toBeUndefined()
})
