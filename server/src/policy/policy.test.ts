import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { SetupError } from '../platform/setup-error.ts'
import { loadPolicy, mayShipTo, minimumAge, readRecords } from './policy.ts'
import { isInForce } from './record.ts'

const home = mkdtempSync(join(tmpdir(), 'policy-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

const delivered = await loadPolicy()
const ages = [...delivered.ages.values()].flat()
const destinations = [...delivered.destinations.values()].flat()
const all = [...ages, ...destinations]

/** The path of a file with these lines. */
function ownFile(name: string, lines: readonly (object | string)[]): string {
  const path = join(home, name)
  writeFileSync(path, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'))
  return path
}

describe('every record that comes along', () => {
  test('is in a file without blank lines, in the order of places and days, each line once', () => {
    for (const name of ['age.jsonl', 'destinations.jsonl']) {
      const lines = readFileSync(new URL(`../../policy/${name}`, import.meta.url), 'utf8')
        .trimEnd()
        .split('\n')
      expect(lines).not.toContain('')
      expect(new Set(lines).size).toBe(lines.length)
      const keys = lines
        .map((line) => JSON.parse(line) as { place: string; from: string })
        .map((one) => `${one.place} ${one.from}`)
      expect(keys).toEqual(keys.toSorted())
    }
  })

  test('says how sure it is, and tells what it is unsure of', () => {
    expect(all.filter(({ confidence }) => confidence === undefined)).toEqual([])
    expect(all.filter(({ confidence, note, rule }) => confidence === 'low' && rule === 'age' && !note)).toEqual([])
  })

  test('names its law, and where it blocks, tells a customer in one whole sentence why', () => {
    expect(all.filter(({ source }) => source.length < 7)).toEqual([])
    const reasons = destinations.flatMap((record) => (record.ship === 'blocked' ? [record.reason] : []))
    expect(reasons.filter((reason) => !/^[A-Z].*\.$/.test(reason))).toEqual([])
  })

  test('asks for an age that some law asks for', () => {
    expect(ages.filter(({ years }) => years !== 'prohibited' && (years < 16 || years > 25))).toEqual([])
  })

  test('holds where and when no other of its kind does', () => {
    const below = (bound: number | undefined) => bound ?? Infinity
    const overlaps = ages.flatMap((a, index) =>
      ages
        .slice(index + 1)
        .filter((b) => a.place === b.place && (isInForce(a, b.from) || isInForce(b, a.from)))
        .filter((b) => (a.abvFrom ?? 0) < below(b.abvBelow) && (b.abvFrom ?? 0) < below(a.abvBelow)),
    )
    expect(overlaps).toEqual([])
    const shipped = destinations.flatMap((a, index) =>
      destinations
        .slice(index + 1)
        .filter((b) => a.place === b.place && (isInForce(a, b.from) || isInForce(b, a.from)))
        .filter((b) => a.appliesTo === b.appliesTo || a.appliesTo === 'all' || b.appliesTo === 'all'),
    )
    expect(shipped).toEqual([])
  })

  test('that ends is followed by another on the same day, and covers all strengths together with its neighbours', () => {
    const ending = all.filter(({ until }) => until !== undefined)
    expect(ending.length).toBeGreaterThan(5)
    const followed = ending.filter((a) =>
      all.some((b) => b.rule === a.rule && b.place === a.place && b.from === a.until),
    )
    expect(followed).toEqual(ending)
    for (const { place, from } of ages) {
      const there = ages.filter((one) => one.place === place && isInForce(one, from))
      const ends = there.map(({ abvBelow = Infinity }) => abvBelow)
      const begins = there.map(({ abvFrom = 0 }) => abvFrom)
      expect([place, begins.toSorted((a, b) => a - b)]).toEqual([
        place,
        [0, ...ends.filter((end) => end < Infinity)].toSorted((a, b) => a - b),
      ])
    }
  })

  test('is of a place that exists, and all of a country whose law differs by place are there', () => {
    const { countries, subdivisions } = delivered.places
    expect(countries.size).toBe(249)
    expect([...subdivisions].map(([country, parts]) => `${country} ${parts.size}`)).toEqual([
      'AE 7',
      'CA 13',
      'CH 26',
      'IN 36',
      'US 57',
    ])
    const withoutAge = ['CA', 'IN'].flatMap((country) =>
      [...(subdivisions.get(country) ?? [])].filter((place) => !delivered.ages.has(place)),
    )
    expect(withoutAge).toEqual([])
    const territories = ['US-AS', 'US-GU', 'US-MP', 'US-PR', 'US-UM', 'US-VI']
    const withoutShipping = [...(subdivisions.get('US') ?? [])].filter((place) => !delivered.destinations.has(place))
    expect(withoutShipping).toEqual(territories)
  })

  test('that prohibits sale is one that blocks shipping as well, to whoever', () => {
    const prohibited = ages.filter(({ years }) => years === 'prohibited')
    expect(prohibited.length).toBeGreaterThan(15)
    for (const { place, from } of prohibited) {
      const [country = '', part] = place.split('-')
      const query = { country, ...(part === undefined ? {} : { subdivision: place }), onDate: from }
      for (const seller of ['retailer', 'producer'] as const) {
        expect([place, mayShipTo(delivered, { ...query, seller }).kind]).toEqual([place, 'blocked'])
      }
    }
  })

  test('is counted in docs/policies.md', () => {
    const page = readFileSync(new URL('../../../docs/policies.md', import.meta.url), 'utf8')
    const countries = (records: readonly { place: string }[]) =>
      new Set(records.map(({ place }) => place.slice(0, 2))).size
    expect(page).toContain(
      `${ages.length} records of ages in ${countries(ages)} countries, and ${destinations.length} records of destinations in ${countries(destinations)} countries`,
    )
    const sure = (word: string) => all.filter(({ confidence }) => confidence === word).length
    expect(page).toContain(
      `${sure('high')} are of high confidence, ${sure('medium')} of medium and ${sure('low')} of low`,
    )
  })
})

describe('a file of one’s own', () => {
  const own = { source: 'our licence', from: '2026-01-01' }

  test('goes before what comes along, where and while it holds', async () => {
    const path = ownFile('over.jsonl', [
      { ...own, rule: 'age', place: 'FR', years: 21, until: '2026-07-01' },
      { ...own, rule: 'destination', place: 'US-NY', ship: 'allowed', appliesTo: 'retailer' },
    ])
    const policy = await loadPolicy([path])
    const age = (onDate: string) => minimumAge(policy, { country: 'FR', onDate })
    expect(age('2025-12-31')).toMatchObject({ years: 18 })
    expect(age('2026-01-01')).toEqual({ kind: 'age', years: 21, source: 'our licence' })
    expect(age('2026-06-30')).toMatchObject({ years: 21 })
    expect(age('2026-07-01')).toMatchObject({ years: 18 })
    const ship = (subdivision: string, seller: 'retailer' | 'producer') =>
      mayShipTo(policy, { country: 'US', subdivision, onDate: '2026-06-01', seller })
    expect(ship('US-NY', 'retailer')).toEqual({ kind: 'allowed', source: 'our licence' })
    expect(ship('US-NY', 'producer')).toEqual(
      mayShipTo(delivered, { country: 'US', subdivision: 'US-NY', onDate: '2026-06-01', seller: 'producer' }),
    )
    expect(ship('US-NJ', 'retailer').kind).toBe('blocked')
  })

  test('goes before all bands of strength where it names none, and before one where it names one', async () => {
    const whole = await loadPolicy([ownFile('whole.jsonl', [{ ...own, rule: 'age', place: 'DE', years: 18 }])])
    const band = await loadPolicy([
      ownFile('band.jsonl', [{ ...own, rule: 'age', place: 'DE', years: 17, abvBelow: 12 }]),
    ])
    const years = (policy: typeof whole, abvPercent: number) =>
      minimumAge(policy, { country: 'DE', onDate: '2026-06-01', abvPercent })
    expect(years(whole, 11)).toMatchObject({ years: 18 })
    expect([11, 13, 16].map((abv) => years(band, abv))).toMatchObject([{ years: 17 }, { years: 16 }, { years: 18 }])
  })

  test('adds a country that is not on record, and of two of its lines the later one counts', async () => {
    const path = ownFile('more.jsonl', [
      { ...own, rule: 'age', place: 'AD', years: 19 },
      '',
      { ...own, rule: 'age', place: 'AD', years: 18 },
    ])
    expect(minimumAge(delivered, { country: 'AD', onDate: '2026-06-01' }).kind).toBe('unknown')
    const policy = await loadPolicy([path])
    expect(minimumAge(policy, { country: 'AD', onDate: '2026-06-01' })).toMatchObject({ years: 18 })
    expect(minimumAge(policy, { country: 'TV', onDate: '2026-06-01' })).toMatchObject({
      reason: expect.stringContaining(`add a record to ${path};`),
    })
  })

  test('of a later path goes before one of an earlier', async () => {
    const paths = [19, 20].map((years) => ownFile(`${years}.jsonl`, [{ ...own, rule: 'age', place: 'FR', years }]))
    const years = async (order: string[]) =>
      minimumAge(await loadPolicy(order), { country: 'FR', onDate: '2026-06-01' })
    expect(await years(paths)).toMatchObject({ years: 20 })
    expect(await years(paths.toReversed())).toMatchObject({ years: 19 })
  })

  test('may begin with a byte order mark and end its lines as Windows does', async () => {
    const line = JSON.stringify({ ...own, rule: 'age', place: 'FR', years: 20 })
    const policy = await loadPolicy([ownFile('windows.jsonl', [`\uFEFF${line}\r`, ''])])
    expect(minimumAge(policy, { country: 'FR', onDate: '2026-06-01' })).toMatchObject({ years: 20 })
  })

  const age = { ...own, rule: 'age', place: 'FR', years: 18 }
  const ship = { ...own, rule: 'destination', place: 'FR', ship: 'blocked', reason: 'No.' }
  test.each<[object | string, string]>([
    ['{', 'it is not a JSON object'],
    ['[]', 'it is not a JSON object'],
    ['null', 'it is not a JSON object'],
    [{ ...age, rule: 'ages' }, '"rule" has to be "age" or "destination"'],
    [{ ...age, yaers: 18 }, '"yaers" is not known; what may stand there is rule, place, from,'],
    [{ ...age, ship: 'allowed' }, '"ship" is not known'],
    [
      '{"rule":"age","place":"FR","from":"2026-01-01","years":18,"source":"x","__proto__":1}',
      '"__proto__" is not known',
    ],
    [{ ...age, place: undefined }, '"place" has to be'],
    [{ ...age, place: 'France' }, '"France" is neither a country such as DE nor'],
    [{ ...age, place: 'UK' }, 'there is no country UK'],
    [{ ...age, place: 'CA-ZZ' }, 'there is no subdivision CA-ZZ'],
    [{ ...age, from: '2026-02-30' }, '"from" has to be a day'],
    [{ ...age, from: undefined }, '"from" has to be a day'],
    [{ ...age, until: 'never' }, '"until" has to be a day'],
    [{ ...age, until: '2026-01-01' }, '"until" is the first day on which it no longer holds'],
    [{ ...age, source: ' ' }, '"source" has to name the law'],
    [{ ...age, source: undefined }, '"source" has to name the law'],
    [{ ...age, confidence: 'sure' }, '"confidence" has to be'],
    [{ ...age, note: 7 }, '"note" has to be a text'],
    [{ ...age, years: '18' }, 'it has to have either "years"'],
    [{ ...age, years: 18.5 }, 'it has to have either "years"'],
    [{ ...age, years: 0 }, 'it has to have either "years"'],
    [{ ...age, years: 'prohibited' }, 'it has to have either "years"'],
    [{ ...age, prohibited: true }, 'it has to have either "years"'],
    [{ ...age, years: undefined }, 'it has to have either "years"'],
    [{ ...age, years: undefined, prohibited: false }, 'it has to have either "years"'],
    [{ ...age, abvFrom: -1 }, '"abvFrom" has to be a percentage'],
    [{ ...age, abvBelow: '15' }, '"abvBelow" has to be a percentage'],
    [{ ...age, abvFrom: 15, abvBelow: 15 }, '"abvBelow" has to be more than "abvFrom"'],
    [{ ...ship, ship: 'maybe' }, '"ship" has to be "allowed" or "blocked"'],
    [{ ...ship, appliesTo: 'me' }, '"appliesTo" has to be'],
    [{ ...ship, reason: undefined }, '"reason" has to tell the customer why'],
    [{ ...ship, ship: 'allowed' }, '"reason" belongs to what is blocked'],
  ])('with %j on its second line is refused, and what is wrong with that line is said', async (line, what) => {
    const path = ownFile('wrong.jsonl', [age, line])
    const refusal = await loadPolicy([path]).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(SetupError)
    const { message } = refusal as SetupError
    expect(message).toContain(`The policy file ${path} cannot be used`)
    expect(message.split('\n').slice(1)).toEqual([expect.stringContaining(`  line 2: ${what}`)])
  })

  test('with many mistakes is told of each line, up to twenty', () => {
    const text = Array.from({ length: 30 }, () => '{').join('\n')
    expect(() => readRecords('own.jsonl', text, delivered.places)).toThrow(
      /line 1: [^]*line 20: [^]*\n {2}and 10 more\.$/,
    )
  })

  test('that is far too long is refused', () => {
    expect(() => readRecords('own.jsonl', '\n'.repeat(50_001), delivered.places)).toThrow('may have 50000')
  })

  test('that is not there is named, with the setting that names it', async () => {
    await expect(loadPolicy([join(home, 'none.jsonl')])).rejects.toThrow(
      /none\.jsonl cannot be read: ENOENT.* Correct CELLARHAND_POLICY_FILE, or unset it\.$/,
    )
  })
})
