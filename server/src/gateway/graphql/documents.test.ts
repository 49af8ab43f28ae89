import { Kind, parse } from 'graphql'
import { expect, it } from 'vitest'
import { compiled, createPrepare } from './documents.ts'
import { openGraphqlSchema } from './graphql.ts'

const schema = openGraphqlSchema()

it.each([
  '{ offer(sku: "X") { sku price { amountMinor } item { wine { name } } } }',
  'mutation { releaseHold(id: "x", idempotencyKey: "k") { __typename ... on Refusal { type } } }',
  'subscription { offers { offers { __typename ... on Offer { sku } } } }',
])('operations can be compiled: %s', (query) => {
  const document = parse(query)
  const node = document.definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION)
  expect(node && compiled({ schema, document, hideSuggestions: true }, node)).toBeTypeOf('function')
})

it('a document is as many operations as it names, each with its own cost', () => {
  const prepare = createPrepare(schema, { introspection: true })
  const prepared = prepare('query A { me { subject } } query B { offers(first: 10) { nodes { sku } } }')
  if (!('operation' in prepared)) throw new Error('it is a good document')
  const costs = ['A', 'B'].map((name) => {
    const operation = prepared.operation(name)
    return 'cost' in operation ? operation.cost({}) : operation.message
  })
  expect(costs).toEqual([1, 11])
  expect(prepared.operation(undefined)).toHaveProperty('message', expect.stringContaining('operationName'))
})
