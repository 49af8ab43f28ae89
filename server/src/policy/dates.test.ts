import fc from 'fast-check'
import { expect, test } from 'vitest'
import { birthday } from './dates.ts'
import { isOldEnough, isPlainDate, loadPolicy } from './policy.ts'

const dayMs = 86_400_000
const plain = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
const policy = await loadPolicy()
const anyDay = fc.integer({ min: Date.UTC(1900, 0, 1) / dayMs, max: Date.UTC(2100, 0, 1) / dayMs })

/** Month and day as one number: 229 is 29 February. */
const monthAndDay = (ms: number): number => {
  const date = new Date(ms)
  return (date.getUTCMonth() + 1) * 100 + date.getUTCDate()
}

/** How old one is on the day of `untilMs`, found by living every day up to it. */
function ageByWalking(bornMs: number, untilMs: number): number {
  const born = monthAndDay(bornMs)
  let age = 0
  let yesterday = born
  for (let ms = bornMs + dayMs; ms <= untilMs; ms += dayMs) {
    const today = monthAndDay(ms)
    if (today === born || (born === 229 && today === 301 && yesterday === 228)) age += 1
    yesterday = today
  }
  return age
}

test('a birthday is the first day on which a walk through all the days says that one is so old', () => {
  fc.assert(
    fc.property(anyDay, fc.integer({ min: 1, max: 30 }), (day, years) => {
      const first = birthday(plain(day * dayMs), years)
      const firstMs = Date.parse(first)
      expect(ageByWalking(day * dayMs, firstMs)).toBe(years)
      expect(ageByWalking(day * dayMs, firstMs - dayMs)).toBe(years - 1)
    }),
    { numRuns: 150 },
  )
})

test('whoever is let through has lived long enough, and whoever is not has not', () => {
  const places = [
    ['DE', 16],
    ['MT', 17],
    ['FR', 18],
    ['JP', 20],
    ['US', 21],
  ] as const
  fc.assert(
    fc.property(
      anyDay,
      fc.constantFrom(...places),
      fc.integer({ min: -400, max: 400 }),
      (born, [country, years], off) => {
        const onMs = Math.max(born * dayMs + Math.round(years * 365.25 + off) * dayMs, Date.UTC(2020, 0, 1))
        const query = { country, abvPercent: 12.5, bornOn: plain(born * dayMs), onDate: plain(onMs) }
        expect(isOldEnough(policy, query)).toBe(ageByWalking(born * dayMs, onMs) >= years)
      },
    ),
    { numRuns: 300 },
  )
})

test('of everybody born on a 29 February the same is true', () => {
  for (let year = 1896; year <= 2024; year += 4) {
    if (year === 1900) continue
    const bornMs = Date.UTC(year, 1, 29)
    for (const years of [16, 17, 18, 19, 20, 21, 23, 25]) {
      const firstMs = Date.parse(birthday(plain(bornMs), years))
      expect(ageByWalking(bornMs, firstMs)).toBe(years)
      expect(ageByWalking(bornMs, firstMs - dayMs)).toBe(years - 1)
    }
  }
})

test.each([
  ['2008-02-29', 18, '2026-03-01'],
  ['2008-02-29', 20, '2028-02-29'],
  ['1884-02-29', 16, '1900-03-01'],
  ['1980-02-29', 20, '2000-02-29'],
  ['2008-02-28', 18, '2026-02-28'],
  ['2008-03-01', 18, '2026-03-01'],
  ['2007-12-31', 18, '2025-12-31'],
])('who was born on %s is %i on %s', (bornOn, years, first) => {
  expect(birthday(bornOn, years)).toBe(first)
})

test('every day of the calendar is one, as the machine’s own calendar has it', () => {
  fc.assert(fc.property(anyDay, (day) => isPlainDate(plain(day * dayMs))))
})

test.each([
  '',
  '2026-02-29',
  '1900-02-29',
  '2026-04-31',
  '2026-13-01',
  '2026-00-10',
  '2026-01-00',
  '2026-1-1',
  '26-01-01',
  '0999-01-01',
  '9999-01-01',
  '2026-01-01T00:00:00Z',
  ' 2026-01-01',
  '2026-01-01\n',
  '２０２６-01-01',
])('%j is no day', (text) => {
  expect(isPlainDate(text)).toBe(false)
  expect(() => birthday(text, 18)).toThrow('a day that exists')
})
