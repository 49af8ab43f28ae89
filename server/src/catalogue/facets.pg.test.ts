import { describe, expect, test } from 'vitest'
import { useCellar } from '../../test/wines.ts'

const { search, producers } = useCellar()

describe('facets', () => {
  const counts = (values: { value: string; count: number }[]) =>
    Object.fromEntries(values.map(({ value, count }) => [value, count]))

  test('count wines under all other filters, so that a second value can be added', async () => {
    const { facets, total } = await search({ colour: ['red'], country: ['France'], facets: true })
    expect(total).toBe(5)
    expect(counts(facets!.colour)).toEqual({ red: 5, white: 2 })
    expect(counts(facets!.country)).toEqual({ France: 5, Australia: 1 })
    expect(counts(facets!.region)).toEqual({ Bordeaux: 3, Burgundy: 1, Rhône: 1 })
    expect(counts(facets!.grape)).toMatchObject({ Merlot: 3, 'Pinot Noir': 1 })
  })

  test('agree with what choosing them finds', async () => {
    const { facets } = await search({ q: 'france', facets: true })
    for (const { value, count } of facets!.region)
      expect((await search({ q: 'france', region: [value] })).total).toBe(count)
    for (const { value, count } of facets!.vintage)
      expect((await search({ q: 'france', vintage: [value] })).total).toBe(count)
    for (const { value, count } of facets!.format)
      expect((await search({ q: 'france', format: [value] })).total).toBe(count)
    for (const { value, count } of facets!.grape)
      expect((await search({ q: 'france', grape: [value] })).total).toBe(count)
    for (const { value, count } of facets!.price) {
      const [from, to] = value.split('-').map((bound) => (bound === '' ? undefined : Number(bound)))
      const band = { ...(from === undefined ? {} : { fromMinor: from }), ...(to === undefined ? {} : { toMinor: to }) }
      expect((await search({ q: 'france', price: [band] })).total).toBe(count)
    }
  })

  test('of vintage, format and price look for one bottle that fits them all', async () => {
    expect(await producers({ vintage: ['2015'], format: ['1500'] })).toEqual([])
    expect(await producers({ vintage: ['NV'], format: ['375'] })).toEqual(['Krug'])
    expect(await producers({ price: [{ fromMinor: 100_000 }] })).toEqual(['Château Margaux'])
    expect(await producers({ price: [{ toMinor: 1_500 }], colour: ['red'] })).toEqual(['E. Guigal'])
  })

  test('have labels, and an order that people expect', async () => {
    const { facets } = await search({ facets: true })
    expect(facets!.colour.map(({ label }) => label)).toEqual(['Red', 'White'])
    expect(facets!.vintage.map(({ value }) => value)).toEqual(['2020', '2019', '2018', '2017', '2015', '2010', 'NV'])
    expect(facets!.format.map(({ label }) => label)).toEqual(['Demi (37.5 cl)', 'Bottle (75 cl)', 'Magnum (1.5 l)'])
    expect(facets!.price[0]?.label).toMatch(/^Under €\d+\.00$/)
    expect(facets!.price.at(-1)?.label).toMatch(/^€[\d,]+\.00 and over$/)
  })

  test('show what is chosen even where it leaves nothing', async () => {
    const { facets } = await search({ q: 'krug', country: ['Spain'], facets: true })
    expect(facets!.country).toEqual([
      { value: 'France', label: 'France', count: 1 },
      { value: 'Spain', label: 'Spain', count: 0 },
    ])
  })

  test('with values that cannot be meant find nothing and harm nothing', async () => {
    expect((await search({ vintage: ['2015 or 1=1', '0'], facets: true })).total).toBe(0)
    expect((await search({ format: ['abc', '99999999999'] })).total).toBe(0)
    expect((await search({ colour: ["red'); drop table x; --"] })).total).toBe(0)
  })
})
