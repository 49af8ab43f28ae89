import { afterAll, beforeAll, expect, it } from 'vitest'
import { startGraphql, type GraphqlServer } from '../../../test/graphql.ts'

let server: GraphqlServer

beforeAll(async () => {
  server = await startGraphql()
})
afterAll(() => server?.stop())

const sku = 'Krug-NV-750'

// The first is walked over, the ones after it are compiled.
it.each([
  [
    'fields of all kinds',
    `{ offer(sku: "${sku}") { ...All } } fragment All on Offer { __typename sku capped price { amountMinor } }`,
    {},
  ],
  ['what is not there', '{ offer(sku: "NOTHING") { sku } wine(id: "nothing") { id } }', {}],
  ['aliases and the same field twice', `{ a: offer(sku: "${sku}") { sku } b: offer(sku: "${sku}") { sku sku } }`, {}],
  [
    '@include that says no',
    `query ($yes: Boolean!) { offer(sku: "${sku}") { sku held @include(if: $yes) } }`,
    { yes: false },
  ],
  [
    '@include on a fragment whose field stands beside it',
    `query ($yes: Boolean!) { offer(sku: "${sku}") { sku ...F @include(if: $yes) ... on Offer @skip(if: $yes) { channel } } } fragment F on Offer { sku held }`,
    { yes: true },
  ],
  [
    '@skip of one of two spreads of a fragment',
    `query ($no: Boolean!) { offer(sku: "${sku}") { ...F @skip(if: $no) ...F } } fragment F on Offer { sku }`,
    { no: true },
  ],
  [
    'a default that no variable takes the place of',
    `query ($channel: ID! = "counter") { offer(sku: "${sku}", channel: $channel) { sku } }`,
    {},
  ],
  [
    'lists in lists',
    '{ wines(first: 3) { nodes { grapes { name percent } vintages { year name skus { sku identifiers { kind value } } } } } }',
    {},
  ],
  [
    'a page with wines beneath',
    '{ offers(first: 5) { nodes { item { sku wine { name vintages { name wine { id } } } } } } }',
    {},
  ],
  ['a variable of another type', 'query ($first: Int!) { wines(first: $first) { total } }', { first: '3' }],
  ['a variable that is missing', 'query ($sku: ID!) { offer(sku: $sku) { sku } }', {}],
  ['a field that fails beside one that does not', `{ offer(sku: "${sku}") { sku } wines(first: 500) { total } }`, {}],
  [
    'a value of an enumeration that there is not',
    'query ($c: [Colour!]) { wines(filter: { colour: $c }) { total } }',
    { c: ['rd'] },
  ],
  [
    'text where there are amounts',
    'query ($p: PriceBand!) { wines(filter: { price: [$p] }) { total } }',
    { p: { fromMinor: 1.5 } },
  ],
  [
    'an interface',
    'mutation { releaseHold(id: "x", idempotencyKey: "k") { __typename ... on Refusal { type title detail } } }',
    {},
  ],
  [
    'the schema',
    '{ __schema { queryType { name } } __type(name: "Hold") { kind fields { name type { name kind } } } }',
    {},
  ],
])('%s are answered alike by the walk and by what is compiled', async (_what, query, variables) => {
  const [walked, ...compiled] = [
    await server.ask(query, variables),
    await server.ask(query, variables),
    await server.ask(query, variables),
  ]
  const seen = ({ status, data, errors }: typeof walked) => ({
    status,
    data,
    errors: errors?.map(({ path, extensions }) => ({ path, extensions })),
  })
  expect(compiled.map(seen)).toEqual([seen(walked), seen(walked)])
})
