import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createCatalogue } from '../../catalogue/catalogue.ts'
import { createPool } from '../../platform/postgres/database.ts'
import { chilean, entriesOf } from '../../../test/wines.ts'
import { price, startGraphql, type GraphqlServer } from '../../../test/graphql.ts'

const WINES = 120

/** SKU codes are made of a producer's letters. */
const lettersOf = (number: number) => String(number).replaceAll(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit)))

let server: GraphqlServer
let skus: string[]

beforeAll(async () => {
  server = await startGraphql()
  const pool = createPool(server.databaseUrl, { applicationName: 'tests', max: 1 })
  const catalogue = createCatalogue(pool)
  const entries = Array.from({ length: WINES }, (_, at) => entriesOf(chilean(`Maker${lettersOf(at)}`)))
  for (const one of entries) await catalogue.upsertWines(one)
  await pool.end()
  skus = entries.flatMap((one) => one.skus.map(({ sku }) => sku))
  for (const part of [skus.slice(0, 60), skus.slice(60)]) {
    await server.rest('/v1/prices', { lines: part.map((sku) => ({ sku, channel: 'web', price: price(900) })) })
    await server.rest('/v1/receipts', { location: 'shop', lines: part.map((sku) => ({ sku, quantity: 6 })) })
  }
})
afterEach(() => vi.restoreAllMocks())
afterAll(() => server?.stop())

/** Statements to the catalogue that the server's pool for reads sends meanwhile: all else comes out of memory, or is what the server does by itself. */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const spy = vi.spyOn(pg.Client.prototype, 'query')
  await work()
  const sent = spy.mock.calls.flatMap((call, at) => {
    const client = spy.mock.contexts[at] as unknown as { connectionParameters?: { application_name?: string } }
    const [asked] = call as unknown as [string | { readonly text?: string }]
    const text = typeof asked === 'string' ? asked : (asked?.text ?? '')
    return client.connectionParameters?.application_name === 'cellarhand reads' && text.includes('catalogue.')
      ? [text]
      : []
  })
  spy.mockRestore()
  return sent
}

/** Asks for 10 and for 100: as many statements, and each answer whole. */
async function expectConstant(query: string, countOf: (data: Record<string, unknown>) => number): Promise<void> {
  const counts: number[] = []
  for (const first of [10, 100]) {
    // The first time an operation is walked over, then compiled: both have to batch alike.
    for (let times = 0; times < 2; times += 1) {
      const sent = await statementsOf(async () => {
        const { data, errors } = await server.ask(query, { first })
        expect(errors).toBeUndefined()
        expect(countOf(data ?? {})).toBe(first)
      })
      counts.push(sent.length)
    }
  }
  expect(new Set(counts.filter((count) => count > 0)).size, `statements: ${counts.join(', ')}`).toBeLessThanOrEqual(1)
  expect(Math.max(...counts)).toBeGreaterThan(0)
}

const nodesOf = (data: Record<string, unknown>, name: string) => (data[name] as { nodes: unknown[] }).nodes

describe('costs as many statements for 100 as for 10:', () => {
  it('a list of wines with their vintages, SKUs and offers', async () => {
    const query = `query ($first: Int!) {
      wines(first: $first) { nodes { name vintages { name skus { sku offer { available price { amountMinor } } } } } }
    }`
    await expectConstant(query, (data) => nodesOf(data, 'wines').length)
  })

  it('a list of offers with what each is of', async () => {
    const query = `query ($first: Int!) {
      offers(first: $first) { nodes { sku item { formatName vintage { name } wine { producer name } } } edges { node { item { sku } } } }
    }`
    await expectConstant(query, (data) => {
      const nodes = nodesOf(data, 'offers') as { sku: string; item: { wine: { name: string } } | null }[]
      return nodes.filter(({ item }) => item?.wine.name).length
    })
  })

  it('a list of levels with what each is of', async () => {
    const query =
      'query ($first: Int!) { stock(first: $first) { nodes { onHand item { wine { name } offer { available } } } } }'
    await expectConstant(query, (data) => nodesOf(data, 'stock').length)
  })
})

it('the lines of holds and of orders are of SKUs that are asked for together', async () => {
  const lines = skus.slice(0, 20).map((sku) => ({ sku, quantity: 1 }))
  const { id } = await server.rest('/v1/holds', { lines })
  const query = `{ hold(id: "${String(id)}") { lines { sku item { wine { producer } } } } }`
  const few = await server.rest('/v1/holds', { lines: lines.slice(0, 1) })
  const [many, one] = [
    await statementsOf(() => server.ask(query)),
    await statementsOf(() => server.ask(query.replace(String(id), String(few['id'])))),
  ]
  expect(many.length).toBe(one.length)
})
