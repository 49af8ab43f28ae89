import { describe, expect, test } from 'vitest'
import { loadConfig } from '../platform/config.ts'
import { loadPolicy } from '../policy/policy.ts'
import { salesPolicyOf } from './sales-policy.ts'

const policy = await loadPolicy()
const us = (text: string) => Date.parse(text) * 1_000
const noon = us('2026-11-01T12:00:00Z')

const refusal = (
  handOver: Partial<Parameters<ReturnType<typeof salesPolicyOf>>[0]>,
  env: Readonly<Record<string, string>> = {},
) =>
  salesPolicyOf(
    policy,
    loadConfig(env),
  )({ place: undefined, buyer: undefined, isShipped: false, atUs: noon, ...handOver })
const slug = (...of: Parameters<typeof refusal>) => refusal(...of)?.slug
const DE = { country: 'DE' }

describe('a buyer', () => {
  test('who is old enough, or whom somebody has looked at, may have wine; who is too young is told when', () => {
    expect(slug({ place: DE, buyer: { bornOn: '1980-05-01' } })).toBeUndefined()
    expect(slug({ place: DE, buyer: { ageVerifiedBy: 'Jo' } })).toBeUndefined()
    expect(refusal({ place: DE, buyer: { bornOn: '2009-05-01' } })).toMatchObject({
      slug: 'too-young',
      members: { years: 18, ofAgeOn: '2027-05-01', country: 'DE' },
    })
  })

  test('who is too young stays so whoever has looked', () => {
    expect(slug({ place: DE, buyer: { bornOn: '2009-05-01', ageVerifiedBy: 'Jo' } })).toBe('too-young')
  })

  test('of whom nothing is known, or nonsense, is asked for', () => {
    expect(refusal({ place: DE })).toMatchObject({ slug: 'age-unknown', members: { years: 18 } })
    expect(slug({ place: DE, buyer: { bornOn: '2000-02-30' } })).toBe('age-unknown')
  })

  test('is of age from the first minute of the birthday, where the merchant is', () => {
    const born = { place: DE, buyer: { bornOn: '2008-11-01' }, atUs: us('2026-10-31T23:30:00Z') }
    expect(slug(born)).toBe('too-young')
    expect(slug(born, { CELLARHAND_TIME_ZONE: 'Europe/Berlin' })).toBeUndefined()
  })
})

describe('a place', () => {
  test('where wine may not be sold stops every sale, and one that is not on record says what to edit', () => {
    expect(slug({ place: { country: 'AF' }, buyer: { bornOn: '1980-05-01' } })).toBe('sale-prohibited')
    expect(slug({ place: { country: 'AF' }, buyer: { ageVerifiedBy: 'Jo' } })).toBe('sale-prohibited')
    expect(refusal({ place: { country: 'AQ' }, buyer: { ageVerifiedBy: 'Jo' } })).toMatchObject({
      slug: 'policy-unknown',
      detail: expect.stringContaining('CELLARHAND_POLICY_FILE'),
    })
  })

  test('where one may not ship to stops what is shipped, and not what is collected', () => {
    const utah = { place: { country: 'US', subdivision: 'US-UT' }, buyer: { bornOn: '1980-05-01' } }
    expect(slug({ ...utah, isShipped: true })).toBe('destination-blocked')
    expect(slug(utah)).toBeUndefined()
  })

  test('that nobody names is that of the configuration, and without one nothing is asked', () => {
    expect(slug({})).toBeUndefined()
    expect(slug({}, { CELLARHAND_COUNTRY: 'DE' })).toBe('age-unknown')
    expect(slug({ buyer: { bornOn: '2006-05-01' } }, { CELLARHAND_COUNTRY: 'US' })).toBe('too-young')
    expect(
      slug({ place: { country: 'FR' }, buyer: { bornOn: '2008-01-01' } }, { CELLARHAND_COUNTRY: 'US' }),
    ).toBeUndefined()
  })
})

test('who turns the check off is not asked anything', () => {
  expect(slug({ place: { country: 'AF' }, isShipped: true }, { CELLARHAND_POLICY_CHECK: 'off' })).toBeUndefined()
})

test.each([
  ['CELLARHAND_COUNTRY', 'Germany'],
  ['CELLARHAND_TIME_ZONE', 'Berlin'],
  ['CELLARHAND_POLICY_CHECK', 'perhaps'],
])('%s=%s is refused', (name, value) => {
  expect(() => loadConfig({ [name]: value })).toThrow(name)
})
