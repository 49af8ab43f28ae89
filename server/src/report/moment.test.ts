import { expect, test } from 'vitest'
import { instantUs } from './moment.ts'

test.each<[string, number | undefined]>([
  ['1970-01-01T00:00:00Z', 0],
  ['2026-10-31T23:59:59.123456Z', Date.UTC(2026, 9, 31, 23, 59, 59) * 1_000 + 123_456],
  ['2026-10-31T23:59:59.1234569Z', Date.UTC(2026, 9, 31, 23, 59, 59) * 1_000 + 123_456],
  ['2026-10-31T23:59:59.5+02:00', Date.UTC(2026, 9, 31, 21, 59, 59) * 1_000 + 500_000],
  ['1969-12-31T23:59:59.999999Z', 0],
  ['0001-01-01T00:00:00Z', 0],
  ['2026-13-01T00:00:00Z', undefined],
  ['yesterday', undefined],
])('%s is %s microseconds after 1970', (text, us) => {
  expect(instantUs(text)).toBe(us)
})

test('the furthest time is a number still', () => {
  expect(Number.isSafeInteger(instantUs('9999-12-31T23:59:59.999999Z'))).toBe(true)
})
