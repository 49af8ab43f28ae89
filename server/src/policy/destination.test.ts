import { describe, expect, test } from 'vitest'
import { createPolicy, loadPolicy, mayShipTo, readRecords, type Seller } from './policy.ts'

const policy = await loadPolicy()
const today = '2026-11-01'
const ask = (place: string, seller: Seller, onDate = today) => {
  const [country = '', part] = place.split('-')
  return mayShipTo(policy, { country, ...(part === undefined ? {} : { subdivision: place }), onDate, seller })
}

test.each([
  ['GB', 'retailer', 'allowed'],
  ['DE', 'producer', 'allowed'],
  ['FI', 'retailer', 'blocked'],
  ['TR', 'producer', 'blocked'],
  ['SA', 'retailer', 'blocked'],
  ['IN-GJ', 'retailer', 'blocked'],
  ['IN-MH', 'retailer', 'unknown'],
  ['US-UT', 'producer', 'blocked'],
  ['US-UT', 'retailer', 'blocked'],
  ['US-NY', 'producer', 'allowed'],
  ['US-NY', 'retailer', 'blocked'],
  ['US-OR', 'retailer', 'allowed'],
  ['US-RI', 'producer', 'blocked'],
  ['US-PR', 'producer', 'unknown'],
  ['US', 'producer', 'unknown'],
  ['CA-BC', 'producer', 'allowed'],
  ['CA-BC', 'retailer', 'unknown'],
  ['CA', 'producer', 'unknown'],
  ['TV', 'producer', 'unknown'],
  ['XX', 'producer', 'unknown'],
  ['gb', 'retailer', 'unknown'],
] as const)('to %s a %s is %s', (place, seller, kind) => {
  expect(ask(place, seller).kind).toBe(kind)
})

test.each([
  ['US-MS', '2025-06-30', 'blocked', '2025-07-01', 'allowed'],
  ['US-DE', '2026-08-14', 'blocked', '2026-08-15', 'allowed'],
  ['US-DE', '2031-08-13', 'allowed', '2031-08-14', 'blocked'],
  ['US-AR', '2025-08-04', 'blocked', '2025-08-05', 'allowed'],
  ['US-AL', '2021-07-31', 'blocked', '2021-08-01', 'allowed'],
  ['TH', '2020-12-06', 'unknown', '2020-12-07', 'blocked'],
] as const)('to %s it is, for a producer, on %s %s and from %s on %s', (place, before, was, of, is) => {
  expect(ask(place, 'producer', before).kind).toBe(was)
  expect(ask(place, 'producer', of).kind).toBe(is)
  const after = new Date(Date.parse(of) + 86_400_000).toISOString().slice(0, 10)
  expect(ask(place, 'producer', after).kind).toBe(is)
})

test('what is blocked says why, in a sentence for the customer, and by which law', () => {
  expect(ask('US-UT', 'retailer')).toEqual({
    kind: 'blocked',
    reason: 'Utah does not let wine be shipped to consumers.',
    source: 'Utah Code, title 32B',
  })
})

test('what is not on record says so, and which file to edit', () => {
  expect(ask('TV', 'retailer')).toEqual({
    kind: 'unknown',
    reason: expect.stringMatching(/^It is not on record for TV on 2026-11-01 whether .* CELLARHAND_POLICY_FILE; /),
  })
})

test('where it depends on the subdivision, a country alone is not enough', () => {
  expect(ask('US', 'retailer')).toEqual({ kind: 'unknown', reason: expect.stringContaining('say which one it is') })
})

describe('a country with records of its own and of some parts', () => {
  const record = (line: object) => JSON.stringify({ rule: 'destination', from: '2020-01-01', source: 'a law', ...line })
  const policyOf = (...lines: object[]) =>
    createPolicy(readRecords('own.jsonl', lines.map(record).join('\n'), policy.places), {
      places: policy.places,
      remedy: 'Write it down.',
    })

  test('has one answer without a subdivision only where they agree', () => {
    const agreed = policyOf({ place: 'FR', ship: 'allowed' }, { place: 'FR-2A', ship: 'allowed' })
    const mixed = policyOf({ place: 'FR', ship: 'allowed' }, { place: 'FR-2A', ship: 'blocked', reason: 'An island.' })
    const query = { country: 'FR', onDate: today, seller: 'retailer' } as const
    expect(mayShipTo(agreed, query).kind).toBe('allowed')
    expect(mayShipTo(mixed, query).kind).toBe('unknown')
    expect(mayShipTo(mixed, { ...query, subdivision: 'FR-75' }).kind).toBe('allowed')
    expect(mayShipTo(mixed, { ...query, subdivision: 'FR-2A' }).kind).toBe('blocked')
  })

  test('answers for parts whose records hold no longer', () => {
    const past = policyOf(
      { place: 'FR', ship: 'allowed' },
      { place: 'FR-2A', ship: 'blocked', reason: 'An island.', until: '2021-01-01' },
    )
    expect(mayShipTo(past, { country: 'FR', onDate: today, seller: 'retailer' }).kind).toBe('allowed')
  })
})
