import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cellar, entriesOf, useCellar } from '../../test/wines.ts'
import { openReplica, type Replica } from '../replica/replica.ts'
import { dropRecipe, putRecipe } from '../stock/stock.ts'
import { createCache, createCatalogue, createMarks, type Catalogue, type Read, type WineQuery } from './catalogue.ts'

const { at } = useCellar()
const margaux = cellar[0]!
const id = entriesOf(margaux).wines[0]!.id

const stop = new AbortController()
const reads: Read[] = []
let replica: Replica
let cached: Catalogue

beforeAll(async () => {
  const marks = createMarks()
  replica = openReplica(at.url, { signal: stop.signal, watcher: marks })
  await replica.ready
  const cache = createCache({
    marks,
    nowMs: () => Date.now(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    onRead: (read) => reads.push(read),
  })
  cached = createCatalogue(at.pool, cache)
})

afterAll(async () => {
  stop.abort()
  await replica.done
})

async function followed() {
  const { rows } = await at.pool.query<{ head: number }>('select log.head() as head')
  const head = `${replica.epoch()}.${rows[0]!.head}`
  expect(await replica.waitFor(head, 5_000)).toBe('reached')
}

const base: WineQuery = { channel: 'web', limit: 20, facets: false }
const shown = async (query: Partial<WineQuery>) => cached.searchWines({ ...base, ...query })

/** Where the search came from, and that it is what the database answers now, at the same position. */
async function fromWhere(query: Partial<WineQuery>): Promise<Read['from'] | undefined> {
  await followed()
  expect(await shown(query)).toEqual(await at.catalogue.searchWines({ ...base, ...query }))
  return reads.at(-1)?.from
}
async function wineFromWhere(wine = id): Promise<Read['from'] | undefined> {
  await followed()
  expect(await cached.getWine(wine)).toEqual(await at.catalogue.getWine(wine))
  return reads.at(-1)?.from
}

const setPrice = (sku: string, channel: string, amountMinor: number) =>
  at.stock.done({
    kind: 'setPrice',
    lines: [{ sku, channel, price: { amountMinor, currency: 'EUR', taxIncluded: true, dutyIncluded: true } }],
  })

describe('searches', () => {
  const plain = { q: 'margaux' }
  const priced = { q: 'margaux', facets: true }

  test('that differ in nothing but how they are written are one', async () => {
    expect(await fromWhere({ q: 'Château  MARGAUX', colour: ['white', 'red'] })).toBe('computed')
    expect(await fromWhere({ q: ' château margaux ', colour: ['red', 'white', 'red'] })).toBe('memory')
    for (const other of [
      { q: 'château margau' },
      { limit: 1 },
      { channel: 'counter' },
      { facets: true },
      { offered: true },
    ])
      expect(await fromWhere({ q: 'château margaux', colour: ['red', 'white'], ...other })).toBe('computed')
  })

  test('are kept while bottles are sold, and say the newest position', async () => {
    await fromWhere(priced)
    await at.stock.done({ kind: 'receive', location: 'shop', lines: [{ sku: 'Krug-NV-750', quantity: 12 }] })
    expect(await fromWhere(priced)).toBe('memory')
  })

  test('by price are computed again when a price of their channel changes, and others are not', async () => {
    await Promise.all([fromWhere(plain), fromWhere(priced)])
    await setPrice('Krug-NV-750', 'counter', 99_00)
    expect([await fromWhere(plain), await fromWhere(priced)]).toEqual(['memory', 'memory'])
    await setPrice('Krug-NV-750', 'web', 99_00)
    expect([await fromWhere(plain), await fromWhere(priced)]).toEqual(['memory', 'computed'])
  })

  test('are computed again when a wine changes of which no SKU is named', async () => {
    await fromWhere(plain)
    await at.catalogue.upsertWines({ wines: [{ id, name: 'Grand Vin', region: 'Médoc' }], vintages: [], skus: [] })
    expect(await fromWhere(plain)).toBe('computed')
  })

  test('are computed again when a set that they show gets other parts', async () => {
    const set = { sku: 'Krug-NV-375', kind: 'mixed_case' } as const
    await fromWhere({ q: 'krug' })
    await putRecipe(at.pool, { ...set, components: [{ sku: 'Margan-2019-750', quantity: 2 }] })
    expect(await fromWhere({ q: 'krug' })).toBe('computed')
    await dropRecipe(at.pool, set)
  })

  test('with a cursor that is none of ours are refused, and not kept', async () => {
    const before = reads.length
    const refused = [await shown({ cursor: 'x' }), await shown({ cursor: 'x' })]
    expect(refused).toEqual([{ kind: 'bad-cursor' }, { kind: 'bad-cursor' }])
    expect(reads.slice(before).map(({ from }) => from)).toEqual(['computed', 'computed'])
  })
})

describe('the page of a wine', () => {
  test('is kept until that wine changes, and not for another', async () => {
    await wineFromWhere()
    expect(await wineFromWhere()).toBe('memory')
    const [other] = [entriesOf(cellar[1]!)]
    await at.catalogue.upsertWines({ ...other, vintages: other.vintages.map((one) => ({ ...one, abv: 12 })) })
    expect(await wineFromWhere()).toBe('memory')
    const entries = entriesOf(margaux)
    await at.catalogue.upsertWines({
      wines: [],
      vintages: entries.vintages.map((one) => ({ ...one, abv: 12 })),
      skus: [],
    })
    expect(await wineFromWhere()).toBe('computed')
  })

  test('of a set is computed again when a part gets another label, or the set other parts', async () => {
    const krug = entriesOf(cellar[5]!)
    const set = krug.wines[0]!.id
    const parts = (sku: string) => ({
      sku: 'Krug-NV-375',
      kind: 'mixed_case' as const,
      components: [{ sku, quantity: 2 }],
    })
    await putRecipe(at.pool, parts('Margan-2019-750'))
    await wineFromWhere(set)
    expect(await wineFromWhere(set)).toBe('memory')
    const part = entriesOf(cellar[2]!).wines[0]!
    await at.catalogue.upsertWines({ wines: [{ ...part, appellation: 'Hunter' }], vintages: [], skus: [] })
    expect(await wineFromWhere(set)).toBe('computed')
    await dropRecipe(at.pool, { sku: 'Krug-NV-375', kind: 'mixed_case' })
    expect(await wineFromWhere(set)).toBe('computed')
  })

  test('that is not there is asked for each time', async () => {
    expect([await wineFromWhere('nothing'), await wineFromWhere('nothing')]).toEqual(['computed', 'computed'])
  })
})
