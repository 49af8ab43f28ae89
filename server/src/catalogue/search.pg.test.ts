import { describe, expect, test } from 'vitest'
import { cellar, useCellar } from '../../test/wines.ts'
import type { WinePage, WineQuery } from './catalogue.ts'

const { at, search, producers } = useCellar()

describe('a search', () => {
  test.each([
    ['chateau margaux', 'Château Margaux'],
    ['CHÂTEAU   Margaux', 'Château Margaux'],
    ['margaux chateau', 'Château Margaux'],
    ['chateau margo', 'Château Margaux'],
    ['margo', 'Château Margaux'],
    ['gevry chambertin', 'Armand Rousseau'],
    ['puligny montrachet leflave', 'Domaine Leflaive'],
    ['reisling', 'Dr. Loosen'],
    ['wurzgarten', 'Dr. Loosen'],
    ['cotes du rone', 'E. Guigal'],
    ['grande cuv', 'Krug'],
    ['saint emilion', 'Château Canon'],
    ['st emilion canon', 'Château Canon'],
    ['krug nv', 'Krug'],
    ['margaux 2010', 'Château Margaux'],
    ['germany', 'Dr. Loosen'],
    ['pinot noir burgundy', 'Armand Rousseau'],
  ])('for "%s" finds %s first', async (q, first) => {
    expect((await producers({ q }))[0]).toBe(first)
  })

  test('puts what was typed before what it may have meant', async () => {
    // "margan" is a producer, and one letter from other words: nothing else is shown for it.
    expect(await producers({ q: 'margan' })).toEqual(['Margan'])
    expect((await producers({ q: 'marga' })).toSorted()).toEqual([
      'Château Margaux',
      'Château Palmer',
      'Margan',
      'Margarita Vineyards',
    ])
  })

  test('in which every known word stands, but not together, takes them for typos', async () => {
    expect(await producers({ q: 'margan bordeaux' })).toEqual(['Château Margaux', 'Château Palmer'])
  })

  const signs = ['%', '_', '\\', '%_%', "'", "o'x", '& | ! :* <->', '\0', '"', '(', '::', '🍷', '   ']
  const hostile: [string, string][] = [
    ...signs.map((q): [string, string] => [JSON.stringify(q), q]),
    ['5,000 letters', 'a'.repeat(5_000)],
    ['50 KB of (a+)+$', '(a+)+$'.repeat(8_000)],
  ]
  test.each(hostile)('for %s is harmless and quick', async (_, q) => {
    const began = performance.now()
    await search({ q, facets: true })
    expect(performance.now() - began).toBeLessThan(2_000)
  })

  test('for signs alone is a search for everything', async () => {
    expect((await search({ q: '%_%' })).total).toBe(cellar.length)
  })

  test('with no hit says so', async () => {
    expect(await search({ q: 'qqqqzzzz', facets: true })).toMatchObject({
      total: 0,
      items: [],
      facets: { colour: [], price: [] },
    })
  })
})

describe('pages', () => {
  test.each([
    ['of everything', {}],
    ['of a search', { q: 'france' }],
    ['of a filter', { colour: ['red'], price: [{ fromMinor: 1 }] }],
  ])('%s follow one another without gap or repetition', async (_, query: Partial<WineQuery>) => {
    const whole = (await search({ ...query, limit: 100 })).items.map((wine) => wine.id)
    expect(whole.length).toBeGreaterThan(4)
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page: WinePage = await search({ ...query, limit: 2, ...(cursor === undefined ? {} : { cursor }) })
      expect(page.total).toBe(whole.length)
      seen.push(...page.items.map((wine) => wine.id))
      cursor = page.next
    } while (cursor !== undefined)
    expect(seen).toEqual(whole)
  })

  test.each([
    '',
    'x',
    'e30',
    Buffer.from('[1,"a"]').toString('base64url'),
    Buffer.from('[1,"\\u0000","b"]').toString('base64url'),
  ])('from the cursor %j that is none are refused', async (cursor) => {
    expect(await at.catalogue.searchWines({ channel: 'web', limit: 3, facets: false, cursor })).toEqual({
      kind: 'bad-cursor',
    })
  })
})
