import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkBuyer, createPolicy, isOldEnough, loadPolicy, minimumAge, readRecords, type LeastAge } from './policy.ts'

const policy = await loadPolicy()
const { places } = policy
const today = '2026-11-01'

const shown = (answer: LeastAge): number | string => (answer.kind === 'age' ? answer.years : answer.kind)
const least = (place: string, onDate = today, abvPercent?: number): number | string => {
  const [country = '', part] = place.split('-')
  const subdivision = part === undefined ? {} : { subdivision: place }
  return shown(
    minimumAge(policy, { country, ...subdivision, onDate, ...(abvPercent === undefined ? {} : { abvPercent }) }),
  )
}

/** A policy of these lines alone. */
const policyOf = (...lines: object[]) =>
  createPolicy(
    readRecords(
      'own.jsonl',
      lines.map((line) => JSON.stringify({ rule: 'age', from: '2020-01-01', source: 'a law', ...line })).join('\n'),
      places,
    ),
    { places, remedy: 'Write it down.' },
  )

test.each([
  ['FR', 18],
  ['GB', 18],
  ['IT', 18],
  ['JP', 20],
  ['KR', 19],
  ['LT', 20],
  ['LU', 16],
  ['MT', 17],
  ['PY', 20],
  ['SE', 20],
  ['US', 21],
  ['US-NY', 21],
  ['CA-AB', 18],
  ['CA-MB', 18],
  ['CA-QC', 18],
  ['CA-BC', 19],
  ['CA-ON', 19],
  ['IN-DL', 25],
  ['IN-KL', 23],
  ['IN-RJ', 18],
  ['IN-GJ', 'prohibited'],
  ['SA', 'prohibited'],
  ['KW', 'prohibited'],
  ['AE-DU', 21],
  ['AE-SH', 'prohibited'],
])('in %s one has to be %s to buy wine', (place, years) => {
  expect(least(place)).toBe(years)
})

test.each([
  ['LT', 12.5, '2017-12-31', 18, '2018-01-01', 20],
  ['DK', 12.5, '2025-03-31', 16, '2025-04-01', 18],
  ['DK', 18, '2025-03-31', 18, '2025-04-01', 18],
  ['VN', 12.5, '2019-12-31', 'unknown', '2020-01-01', 18],
  ['MO', 12.5, '2023-11-04', 'unknown', '2023-11-05', 18],
  ['UZ', 12.5, '2023-05-24', 20, '2023-05-25', 21],
])('in %s, at %d %%, the law of %s asks for %s and that of %s for %s', (place, abv, before, was, of, is) => {
  expect(least(place, before, abv)).toBe(was)
  expect(least(place, of, abv)).toBe(is)
  const after = new Date(Date.parse(of) + 86_400_000).toISOString().slice(0, 10)
  expect(least(place, after, abv)).toBe(is)
})

describe('strength', () => {
  test.each([
    ['DE', 14.9, 16],
    ['DE', 15, 18],
    ['CH-ZH', 13, 16],
    ['CH-ZH', 15, 18],
    ['CH-TI', 13, 18],
    ['NO', 21.9, 18],
    ['NO', 22, 20],
    ['DK', 5.9, 16],
    ['DK', 6, 18],
    ['AT', 0, 16],
    ['AT', 100, 18],
  ])('in %s wine of %d %% may be bought at %i', (place, abv, years) => {
    expect(least(place, today, abv)).toBe(years)
  })

  test('that is not known gets the strictest answer of all strengths, wherever', () => {
    // Asked of AE or CH alone, any of their parts may be meant: that is the next rule.
    for (const place of [...policy.ages.keys()].filter((place) => place !== 'AE' && place !== 'CH')) {
      const all = Array.from({ length: 201 }, (_, halves) => least(place, today, halves / 2))
      const ages = all.filter((answer) => typeof answer === 'number')
      const expected = ages.length === all.length ? Math.max(...ages) : all.find((answer) => typeof answer === 'string')
      expect([place, least(place)]).toEqual([place, expected])
    }
  })

  test('for which there is no record is unknown, and so is a strength that is not known', () => {
    const banded = policyOf({ place: 'FR', years: 18, abvBelow: 15 }, { place: 'FR', years: 18, abvFrom: 16 })
    const ask = (abvPercent?: number) =>
      minimumAge(banded, { country: 'FR', onDate: today, ...(abvPercent === undefined ? {} : { abvPercent }) }).kind
    expect([ask(14), ask(15.5), ask(16), ask()]).toEqual(['age', 'unknown', 'age', 'unknown'])
  })

  test('above which sale is prohibited makes an unknown strength prohibited', () => {
    const banded = policyOf({ place: 'FR', years: 18, abvBelow: 15 }, { place: 'FR', prohibited: true, abvFrom: 15 })
    expect(minimumAge(banded, { country: 'FR', onDate: today })).toEqual({ kind: 'prohibited', source: 'a law' })
  })

  test.each([-1, 101, Number.NaN])('of %d percent does not exist', (abvPercent) => {
    expect(() => minimumAge(policy, { country: 'FR', onDate: today, abvPercent })).toThrow('0 to 100')
  })
})

describe('subdivisions', () => {
  test('where none is named the strictest age of the country is asked for', () => {
    expect(least('CH', today, 12)).toBe(18)
    const two = policyOf({ place: 'US', years: 19 }, { place: 'US-NY', years: 18 }, { place: 'US-UT', years: 25 })
    const ask = (subdivision?: string) =>
      shown(minimumAge(two, { country: 'US', onDate: today, ...(subdivision ? { subdivision } : {}) }))
    expect([ask(), ask('US-NY'), ask('US-UT'), ask('US-TX')]).toEqual([25, 18, 25, 19])
  })

  test.each(['AE', 'CA', 'IN'])(
    'where all depends on it, %s alone is not enough, and the reason asks for it',
    (country) => {
      const answer = minimumAge(policy, { country, onDate: today })
      expect(answer).toEqual({ kind: 'unknown', reason: expect.stringContaining('say which one it is') })
    },
  )

  test.each([
    ['CA', 'CA-XX', 'There is no subdivision CA-XX'],
    ['CA', 'US-NY', 'US-NY is no subdivision of CA'],
    ['CH', 'TI', 'TI is no subdivision of CH'],
    ['CH', 'CH', 'CH is no subdivision of CH'],
    ['CH', 'CH-ti', 'is neither a country'],
  ])('%s with %s is unknown, and the reason says why', (country, subdivision, why) => {
    const answer = minimumAge(policy, { country, subdivision, onDate: today })
    expect(answer).toEqual({ kind: 'unknown', reason: expect.stringContaining(why) })
  })
})

describe('a country that is not on record', () => {
  test('never passes, however old the buyer is', () => {
    const known = new Set(policy.ages.keys())
    const unlisted = [...places.countries].filter((country) => ![...known].some((place) => place.startsWith(country)))
    expect(unlisted.length).toBeGreaterThan(50)
    for (const country of unlisted) {
      const query = { country, onDate: today, bornOn: '1930-01-01' }
      expect(minimumAge(policy, query).kind).toBe('unknown')
      expect(isOldEnough(policy, query)).toBe(false)
    }
  })

  test('never passes, whatever text stands for it', () => {
    const notOnRecord = fc.string().filter((text) => !policy.ages.has(text))
    fc.assert(
      fc.property(notOnRecord, (country) => {
        expect(isOldEnough(policy, { country, onDate: today, bornOn: '1930-01-01' })).toBe(false)
      }),
    )
    for (const country of ['', 'de', 'DE ', 'DE-BY', 'XX', 'ZZ', 'UK', '__proto__', 'constructor']) {
      expect(isOldEnough(policy, { country, onDate: today, bornOn: '1930-01-01' })).toBe(false)
    }
  })

  test('is also a subdivision in the place of a country', () => {
    expect(minimumAge(policy, { country: 'IN-KL', onDate: today })).toEqual({
      kind: 'unknown',
      reason: '"IN-KL" is no country such as DE.',
    })
  })

  test('gets a reason that says which file to edit', () => {
    const answer = minimumAge(policy, { country: 'TV', onDate: today })
    expect(answer).toEqual({
      kind: 'unknown',
      reason:
        'It is not on record for TV on 2026-11-01 how old one has to be to buy wine. If you know the law there, add a record to a file of your own, and name it with CELLARHAND_POLICY_FILE; docs/policies.md says how.',
    })
  })

  test('is also one whose records begin later', () => {
    expect(least('FR', '2019-12-31')).toBe('unknown')
    expect(least('FR', '2020-01-01')).toBe(18)
  })
})

describe('a buyer', () => {
  const at = (bornOn: string, onDate: string, country = 'FR') => checkBuyer(policy, { country, bornOn, onDate })

  test('is old enough from the birthday on, and is told the day before when that is', () => {
    expect(at('2008-05-17', '2026-05-16')).toMatchObject({ kind: 'too_young', years: 18, ofAgeOn: '2026-05-17' })
    expect(at('2008-05-17', '2026-05-17')).toMatchObject({ kind: 'old_enough', years: 18 })
  })

  test('born on 29 February is old enough on 1 March of a common year', () => {
    expect(at('2008-02-29', '2026-02-28')).toMatchObject({ kind: 'too_young', ofAgeOn: '2026-03-01' })
    expect(at('2008-02-29', '2026-03-01').kind).toBe('old_enough')
  })

  test('who was old enough at the order may be too young at the hand-over, when the law has changed between', () => {
    const teenager = { country: 'DK', bornOn: '2008-06-01', abvPercent: 12.5 }
    expect(isOldEnough(policy, { ...teenager, onDate: '2025-03-31' })).toBe(true)
    expect(isOldEnough(policy, { ...teenager, onDate: '2025-04-01' })).toBe(false)
  })

  test('may not buy where it is prohibited, at any age', () => {
    expect(at('1930-01-01', today, 'SA').kind).toBe('prohibited')
    expect(isOldEnough(policy, { country: 'SA', bornOn: '1930-01-01', onDate: today })).toBe(false)
  })

  test('who is not born yet is too young', () => {
    expect(at('2030-01-01', today).kind).toBe('too_young')
  })

  test('once old enough stays so, as long as the law does', () => {
    const day = fc.integer({ min: Date.UTC(2000, 0, 1) / 86_400_000, max: Date.UTC(2030, 0, 1) / 86_400_000 })
    const plain = (days: number) => new Date(days * 86_400_000).toISOString().slice(0, 10)
    const from = Date.UTC(2020, 0, 1) / 86_400_000
    fc.assert(
      fc.property(day, fc.nat(9000), fc.nat(9000), (born, a, b) => {
        const [sooner = 0, later = 0] = [from + a, from + b].toSorted((x, y) => x - y)
        const is = (on: number) => isOldEnough(policy, { country: 'FR', bornOn: plain(born), onDate: plain(on) })
        expect(is(later) || !is(sooner)).toBe(true)
      }),
    )
  })

  test('cannot be asked about on a day that does not exist', () => {
    expect(() => at('2008-02-30', today)).toThrow('a day that exists')
    expect(() => at('2008-02-01', '2026-02-29')).toThrow('a day that exists')
  })
})
