import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { price, slugOf, startGraphql, type Answered, type GraphqlServer } from '../../../test/graphql.ts'

let server: GraphqlServer

beforeAll(async () => {
  server = await startGraphql({ CELLARHAND_COUNTRY: 'DE' })
})
afterAll(() => server?.stop())

const sku = 'Krug-NV-750'
const refusal = '... on Refusal { type title detail position }'
const holdFields = `id state expiresAt customer position lines { line sku location channel quantity price { amountMinor } item { wine { producer } } }`

const hold = (input: object, idempotencyKey: string = randomUUID()) =>
  server.ask(
    `mutation ($input: HoldInput!, $idempotencyKey: String!) {
      hold(input: $input, idempotencyKey: $idempotencyKey) {
        __typename ${refusal}
        ... on HoldPlaced { replayed position hold { ${holdFields} } }
        ... on InsufficientStock { lines { sku requested available } }
        ... on PriceChanged { sku price { amountMinor currency } }
        ... on UnknownSku { sku }
      }
    }`,
    { input, idempotencyKey },
  )
const extend = (id: string, ttlSeconds: number, idempotencyKey: string = randomUUID()) =>
  server.ask(
    `mutation ($id: ID!, $ttlSeconds: Int!, $idempotencyKey: String!) {
      extendHold(id: $id, ttlSeconds: $ttlSeconds, idempotencyKey: $idempotencyKey) {
        __typename ${refusal} ... on HoldExtended { hold { id expiresAt } } ... on HoldEnded { state } ... on HoldLifeExceeded { latest }
      }
    }`,
    { id, ttlSeconds, idempotencyKey },
  )
const release = (id: string, idempotencyKey: string = randomUUID()) =>
  server.ask(
    `mutation ($id: ID!, $idempotencyKey: String!) {
      releaseHold(id: $id, idempotencyKey: $idempotencyKey) {
        __typename ${refusal} ... on HoldReleased { replayed hold { id state } } ... on HoldEnded { state }
      }
    }`,
    { id, idempotencyKey },
  )
const order = (input: object, idempotencyKey: string = randomUUID()) =>
  server.ask(
    `mutation ($input: OrderInput!, $idempotencyKey: String!) {
      placeOrder(input: $input, idempotencyKey: $idempotencyKey) {
        __typename ${refusal}
        ... on OrderPlaced { order { id state externalRef customer destination { country postcode } charges { kind amountMinor currency } gift { message hidePrices } lines { sku quantity shipped price { amountMinor } item { sku } } } }
        ... on ReferenceTaken { orderId } ... on TooYoung { years ofAgeOn country } ... on HoldEnded { state }
      }
    }`,
    { input, idempotencyKey },
  )

/** The one field that was asked for. */
function result({ data, errors }: Answered): Record<string, unknown> {
  expect(errors).toBeUndefined()
  return Object.values(data ?? {})[0] as unknown as Record<string, unknown>
}

const lines = (quantity: number, more: object = {}) => ({ lines: [{ sku, quantity, ...more }] })
async function held(quantity = 1, more: object = {}): Promise<string> {
  return (result(await hold({ ...lines(quantity), ...more }))['hold'] as { id: string }).id
}
const problem = (slug: string) => `https://cellarhand.dev/problems/${slug}`
const terms = { fulfilment: 'collect', buyer: { bornOn: '1980-05-01' } }

describe('hold', () => {
  it('makes a hold as REST does, which both read alike', async () => {
    const placed = result(await hold({ ...lines(2), customer: 'anna', ttlSeconds: 600 }))
    const made = placed['hold'] as Record<string, unknown> & { id: string; position: string }
    expect(placed).toMatchObject({ __typename: 'HoldPlaced', replayed: false, position: made.position })
    expect(made).toMatchObject({
      state: 'active',
      customer: 'anna',
      lines: [{ line: 0, sku, location: 'shop', channel: 'web', quantity: 2, item: { wine: { producer: 'Krug' } } }],
    })
    const read = await server.ask(
      `query ($id: ID!, $p: Position) { hold(id: $id, minPosition: $p) { ${holdFields} } }`,
      {
        id: made.id,
        p: made.position,
      },
    )
    expect(result(read)).toEqual({ ...made, position: expect.any(String) })
    const rest = await server.rest(`/v1/holds/${made.id}`)
    expect(rest).toMatchObject({ id: made.id, state: 'active', customer: 'anna', expiresAt: made['expiresAt'] })
  })

  it('answers the same again under the same key, and refuses another request under it', async () => {
    const first = result(await hold(lines(1), 'key-1'))
    const again = result(await hold(lines(1), 'key-1'))
    expect(again).toEqual({ ...first, replayed: true })
    expect(result(await hold(lines(2), 'key-1'))).toMatchObject({
      __typename: 'IdempotencyKeyReused',
      type: problem('idempotency-key-reused'),
    })
  })

  it.each([
    ['InsufficientStock', lines(10_000), { lines: [{ sku, requested: 10_000 }] }],
    [
      'PriceChanged',
      lines(1, { expectedPrice: { amountMinor: 999, currency: 'EUR' } }),
      { sku, price: { amountMinor: 1_000, currency: 'EUR' } },
    ],
    ['NotForSale', lines(1, { channel: 'counter' }), {}],
    ['UnknownSku', { lines: [{ sku: 'NOTHING', quantity: 1 }] }, { sku: 'NOTHING' }],
    ['UnknownChannel', lines(1, { channel: 'moon' }), {}],
    ['UnknownLocation', lines(1, { location: 'moon' }), {}],
    ['LocationNotInChannel', lines(1, { channel: 'counter', location: 'warehouse' }), {}],
    ['LotNotOffered', lines(1, { lot: 'L1' }), {}],
  ])('is refused as %s, a type of the union, with what belongs to it', async (type, input, members) => {
    if (type === 'LocationNotInChannel') {
      await server.rest('/v1/prices', { lines: [{ sku, channel: 'counter', price: price(1_100) }] })
    }
    const refused = result(await hold(input))
    const slug = type.replaceAll(/(?<=.)[A-Z]/g, (letter) => `-${letter}`).toLowerCase()
    expect(refused).toMatchObject({ __typename: type, type: problem(slug), ...members })
    expect(refused['position']).toMatch(/^\w+\.\d+$/)
  })

  it.each([
    ['no line', { lines: [] }, 'input/lines'],
    ['101 lines', { lines: Array.from({ length: 101 }, () => ({ sku, quantity: 1 })) }, 'input/lines'],
    ['a quantity of 0', lines(0), 'input/lines/0/quantity'],
    ['a quantity below zero', lines(-1), 'input/lines/0/quantity'],
    ['a million and one bottles', lines(1_000_001), 'input/lines/0/quantity'],
    ['a SKU that can be none', { lines: [{ sku: 'a b', quantity: 1 }] }, 'input/lines/0/sku'],
  ])('with %s is an error that says where, before anything is decided', async (_what, input, where) => {
    const answer = await hold(input)
    expect([answer.status, slugOf(answer)]).toEqual([400, 'invalid-request'])
    expect(answer.errors?.[0]?.message).toContain(where)
  })

  it.each([
    ['a life longer than any', { ...lines(1), ttlSeconds: 2_000_000 }, 'input/ttlSeconds'],
    ['an allotment and what is expected', lines(1, { allotment: 'club', from: 'incoming' }), 'A line draws on'],
  ])('with %s makes no sense, and says where', async (_what, input, where) => {
    const answer = await hold(input)
    expect(slugOf(answer)).toBe('unprocessable')
    expect(answer.errors?.[0]?.message).toContain(where)
  })

  it.each([
    ['a text', '"1"'],
    ['a truth', 'true'],
    ['a list', '["3"]'],
    ['a fraction', '1.5'],
    ['2^53', '9007199254740992'],
    ['1e309', '1e309'],
  ])('with %s for a quantity is refused', async (_what, quantity) => {
    for (let times = 0; times < 2; times += 1) {
      const answer = await server.ask(
        `mutation { hold(input: { lines: [{ sku: "${sku}", quantity: ${quantity} }] }, idempotencyKey: "x") { __typename } }`,
      )
      expect([answer.status, answer.data ?? undefined, slugOf(answer)]).toEqual([400, undefined, 'invalid-request'])
    }
  })

  it.each(['', 'a b', 'x'.repeat(129), 'ä'])('needs a key that is one: not "%s"', async (key) => {
    expect(slugOf(await hold(lines(1), key))).toBe('invalid-request')
  })

  it('may not say what a hold may not', async () => {
    for (const member of ['state', 'price', 'roles']) {
      const answer = await hold({ ...lines(1), [member]: 'x' })
      expect([answer.status, slugOf(answer)]).toEqual([400, 'invalid-request'])
    }
  })
})

describe('extendHold and releaseHold', () => {
  it('move the end of a hold, give it back, and say when it has ended', async () => {
    const id = await held(1, { ttlSeconds: 60 })
    expect(result(await extend(id, 3_600))).toMatchObject({ __typename: 'HoldExtended', hold: { id } })
    expect(result(await release(id))).toMatchObject({ __typename: 'HoldReleased', hold: { id, state: 'released' } })
    expect(result(await extend(id, 60))).toMatchObject({ __typename: 'HoldEnded', state: 'released' })
    expect(result(await release(id))).toMatchObject({ __typename: 'HoldEnded', state: 'released' })
  })

  it.each([randomUUID(), 'no-id-at-all'])('of what there is not are NotFound: %s', async (id) => {
    expect(result(await extend(id, 60))).toMatchObject({ __typename: 'NotFound', type: problem('not-found') })
    expect(result(await release(id))).toMatchObject({ __typename: 'NotFound' })
    const { data } = await server.ask('query ($id: ID!) { hold(id: $id) { id } order(id: $id) { id } }', { id })
    expect(data).toEqual({ hold: null, order: null })
  })
})

describe('placeOrder', () => {
  it('makes an order of a hold, which the lists show, newest first and by cursor', async () => {
    const placed: string[] = []
    for (const externalRef of ['W-1', 'W-2', 'W-3']) {
      const holdId = await held(1)
      const gift = { message: 'For many years' }
      const charges = [{ kind: 'vat', amountMinor: 160, currency: 'EUR' }]
      const made = result(await order({ holdId, externalRef, customer: 'ben', gift, charges, ...terms }))
      expect(made).toMatchObject({
        __typename: 'OrderPlaced',
        order: {
          id: holdId,
          state: 'placed',
          externalRef,
          destination: null,
          charges,
          gift: { ...gift, hidePrices: false },
          lines: [{ sku, quantity: 1, shipped: 0, price: { amountMinor: 1_000 }, item: { sku } }],
        },
      })
      placed.unshift(holdId)
    }
    const list = `query ($after: String) { orders(customer: "ben", first: 2, after: $after) { nodes { id } edges { cursor node { id position } } pageInfo { endCursor hasNextPage } position } }`
    const page = result(await server.ask(list)) as unknown as {
      nodes: { id: string }[]
      pageInfo: { endCursor: string; hasNextPage: boolean }
    }
    expect(page.pageInfo.hasNextPage).toBe(true)
    const next = result(await server.ask(list, { after: page.pageInfo.endCursor })) as unknown as typeof page
    expect([...page.nodes, ...next.nodes].map(({ id }) => id)).toEqual(placed)
    expect(next.pageInfo.hasNextPage).toBe(false)
    const one = await server.ask('{ orders(externalRef: "W-2") { nodes { externalRef } } order(id: "x") { id } }')
    expect(one.data).toEqual({ orders: { nodes: [{ externalRef: 'W-2' }] }, order: null })
  })

  it('is refused in the types of its union', async () => {
    const holdId = await held(1)
    expect(result(await order({ ...terms, holdId, buyer: { bornOn: '2020-01-01' } }))).toMatchObject({
      __typename: 'TooYoung',
      country: 'DE',
      years: expect.any(Number),
      ofAgeOn: expect.stringMatching(/^20\d\d-01-01$/),
    })
    expect(result(await order({ holdId, fulfilment: 'collect' }))).toMatchObject({ __typename: 'AgeUnknown' })
    expect(result(await order({ ...terms, holdId, externalRef: 'W-1' }))).toMatchObject({
      __typename: 'ReferenceTaken',
    })
    expect(result(await order({ ...terms, holdId: randomUUID() }))).toMatchObject({ __typename: 'NotFound' })
    await release(holdId)
    expect(result(await order({ ...terms, holdId }))).toMatchObject({ __typename: 'HoldEnded', state: 'released' })
    const nowhere = await order({ ...terms, holdId, fulfilment: 'ship' })
    expect([slugOf(nowhere), nowhere.errors?.[0]?.message]).toEqual([
      'unprocessable',
      'Say where it is to be shipped, with input/destination.',
    ])
  })
})

it('what was written can be read at its position at once, by any field', async () => {
  const before = result(await server.ask(`{ offer(sku: "${sku}") { available } }`)) as { available: number }
  const { position } = result(await hold(lines(1)))
  const after = await server.ask(
    `query ($p: Position!) { offer(sku: "${sku}", minPosition: $p) { available held position } stock(sku: "${sku}", minPosition: $p) { nodes { location held } position } }`,
    { p: position },
  )
  expect(after.data).toMatchObject({ offer: { available: before.available - 1 } })
  const elsewhere = await server.ask(`{ offer(sku: "${sku}", minPosition: "abcdef0123.1") { sku } }`)
  expect(slugOf(elsewhere)).toBe('position-unknown')
})
