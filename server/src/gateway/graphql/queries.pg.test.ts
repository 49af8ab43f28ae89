import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGraphql, slugOf, type GraphqlServer } from '../../../test/graphql.ts'

let server: GraphqlServer

beforeAll(async () => {
  server = await startGraphql()
})
afterAll(() => server?.stop())

const offerQuery = `query Offer($sku: ID!) {
  offer(sku: $sku) { sku channel available capped held status price { amountMinor currency taxIncluded dutyIncluded } position }
}`

it('reads an offer as REST does, and says what it cost', async () => {
  const sku = 'Krug-NV-750'
  const { position, ...rest } = await server.rest(`/v1/offers/${sku}`)
  for (let times = 0; times < 3; times += 1) {
    const { status, data, errors, extensions } = await server.ask(offerQuery, { sku })
    expect(errors).toBeUndefined()
    expect(status).toBe(200)
    expect(data).toEqual({ offer: { ...rest, capped: false, position } })
    expect(extensions).toEqual({ cost: { asked: 2, most: 5000 } })
  }
})

it('answers null for an offer that there is not', async () => {
  expect((await server.ask(offerQuery, { sku: 'NOTHING' })).data).toEqual({ offer: null })
})

const winesQuery = `query Wines($first: Int!, $after: String, $filter: WineFilter) {
  wines(first: $first, after: $after, filter: $filter, facets: true) {
    total
    position
    facets { colour { value label count } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor node { id producer name colour } }
    nodes { id vintages { year name abv skus { sku formatName pack offer { available price { amountMinor } } } } }
  }
}`

describe('wines', () => {
  it('are a connection: pages by cursor come to all of them, once each', async () => {
    const seen: string[] = []
    let after: string | undefined
    for (let pages = 0; pages < 10; pages += 1) {
      const { data, errors } = await server.ask(winesQuery, { first: 4, after })
      expect(errors).toBeUndefined()
      const { edges, nodes, pageInfo, total } = (data as unknown as Record<string, unknown>)['wines'] as {
        edges: { cursor: string; node: { id: string } }[]
        nodes: { id: string }[]
        pageInfo: { hasNextPage: boolean; endCursor: string; startCursor: string }
        total: number
      }
      expect(total).toBe(10)
      expect(nodes.map(({ id }) => id)).toEqual(edges.map(({ node }) => node.id))
      expect(pageInfo).toMatchObject({ startCursor: edges[0]?.cursor, endCursor: edges.at(-1)?.cursor })
      seen.push(...nodes.map(({ id }) => id))
      after = pageInfo.endCursor
      if (!pageInfo.hasNextPage) break
    }
    const listed = (await server.rest('/v1/wines')) as { items: { id: string }[] }
    expect(seen).toEqual(listed.items.map(({ id }) => id))
  })
})

it('refuses what is no cursor', async () => {
  for (const query of ['wines', 'offers', 'orders', 'stock']) {
    const answer = await server.ask(`{ ${query}(after: "nonsense") { position } }`)
    expect([answer.status, slugOf(answer)]).toEqual([422, 'unprocessable'])
  }
})
