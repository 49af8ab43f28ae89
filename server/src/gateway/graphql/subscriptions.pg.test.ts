import { createClient as createSseClient } from 'graphql-sse'
import { createClient as createWsClient, type Client as WsClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readAnswer, slugOf, startGraphql, type GraphqlServer } from '../../../test/graphql.ts'

let server: GraphqlServer
const closers: (() => unknown)[] = []

beforeAll(async () => {
  server = await startGraphql()
})
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})
afterAll(() => server?.stop())

const sku = 'Krug-NV-750'
const other = 'Krug-NV-375'

interface Change {
  readonly __typename: 'Offer' | 'GoneOffer'
  readonly sku: string
  readonly available?: number
  readonly item?: { readonly wine: { readonly producer: string } }
}
interface Event {
  readonly offers: readonly Change[]
  readonly reset: string | null
  readonly whole: boolean
  readonly cursor: string | null
}

const query = `subscription ($channel: ID!, $skus: [ID!], $wine: ID, $search: WineFilter, $cursor: String) {
  offers(channel: $channel, skus: $skus, wine: $wine, search: $search, cursor: $cursor) {
    reset whole cursor
    offers { __typename ... on Offer { sku available price { amountMinor } item { wine { producer } } } ... on GoneOffer { sku } }
  }
}`

/** What somebody who follows has seen. */
interface Followed {
  readonly events: Event[]
  readonly errors: unknown[]
  readonly ended: Promise<void>
  leave(): void
}

type Client = Pick<WsClient, 'subscribe' | 'dispose'>

const clients: Record<string, () => Client> = {
  WebSocket: () =>
    createWsClient({ url: `${server.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 }),
  'Server-Sent Events': () => createSseClient({ url: `${server.url}/graphql`, retryAttempts: 0 }) as unknown as Client,
}

function follow(client: Client, variables: Record<string, unknown>, text = query): Followed {
  const events: Event[] = []
  const errors: unknown[] = []
  let done: () => void = () => {}
  const ended = new Promise<void>((resolve) => (done = resolve))
  const leave = client.subscribe<{ offers: Event }>(
    { query: text, variables: { channel: 'web', ...variables } },
    {
      next: ({ data, errors: told }) => (data ? events.push(data.offers) : errors.push(told)),
      error: (error) => {
        errors.push(error instanceof Error ? error.message : error)
        done()
      },
      complete: () => done(),
    },
  )
  closers.push(leave, () => client.dispose())
  return { events, errors, ended, leave }
}

const isWhole = ({ events }: Followed) => events.some(({ whole }) => whole)
const patient = { timeout: 20_000 }
const availableOf = async (of: string) => Number((await server.rest(`/v1/offers/${of}`))['available'])
/** The last value of each offer, and which are gone. */
const viewOf = ({ events }: Followed) =>
  new Map(events.flatMap(({ offers }) => offers).map((offer) => [offer.sku, offer] as const))
const lastCursor = ({ events }: Followed) => events.findLast(({ cursor }) => cursor !== null)?.cursor

describe.each(Object.keys(clients))('offers over %s', (transport) => {
  const open = () => clients[transport]?.() as Client

  it('come as they are, then as they change, each with what it is', async () => {
    const followed = follow(open(), { skus: [sku, other] })
    await expect.poll(() => isWhole(followed), patient).toBe(true)
    expect([...viewOf(followed).keys()].toSorted()).toEqual([other, sku].toSorted())
    expect(viewOf(followed).get(sku)).toMatchObject({ __typename: 'Offer', item: { wine: { producer: 'Krug' } } })
    const before = await availableOf(sku)
    await server.rest('/v1/holds', { lines: [{ sku, quantity: 1 }] })
    await expect.poll(() => viewOf(followed).get(sku)?.available, patient).toBe(before - 1)
    expect(followed.errors).toEqual([])
  })

  it('go on from a cursor with what changed meanwhile, and nothing else', async () => {
    const first = follow(open(), { skus: [sku, other] })
    await expect.poll(() => isWhole(first) && lastCursor(first), patient).toBeTruthy()
    const cursor = lastCursor(first)
    first.leave()
    const before = await availableOf(other)
    const { position } = await server.rest('/v1/holds', { lines: [{ sku: other, quantity: 1 }] })
    await server.rest(`/v1/offers/${other}?minPosition=${String(position)}`)
    const again = follow(open(), { skus: [sku, other], cursor })
    await expect.poll(() => isWhole(again), patient).toBe(true)
    expect(again.events.every(({ reset }) => reset === null)).toBe(true)
    expect(again.events.flatMap(({ offers }) => offers)).toMatchObject([{ sku: other, available: before - 1 }])
  })

  it('begin anew, and say why, where a cursor is none', async () => {
    const followed = follow(open(), { skus: [sku], cursor: 'nonsense' })
    await expect.poll(() => isWhole(followed), patient).toBe(true)
    expect(followed.events[0]).toMatchObject({ reset: 'malformed', whole: false, cursor: null })
    expect(viewOf(followed).has(sku)).toBe(true)
  })

  it('of a channel, a wine and a search are those that are in it', async () => {
    const channel = follow(open(), {})
    const { items } = (await server.rest('/v1/wines?q=krug')) as { items: { id: string }[] }
    const wine = follow(open(), { wine: items[0]?.id })
    const search = follow(open(), { search: { q: 'krug', formatMl: [375] } })
    for (const one of [channel, wine, search]) await expect.poll(() => isWhole(one), patient).toBe(true)
    expect(viewOf(channel).size).toBe(12)
    expect([...viewOf(wine).keys()].toSorted()).toEqual([other, sku].toSorted())
    expect(viewOf(search).has(other)).toBe(true)
  })

  it.each([
    ['an unknown channel', { channel: 'moon' }, 'unknown-channel'],
    ['more than one thing', { skus: [sku], wine: 'x' }, 'invalid-request'],
    ['no SKU', { skus: [] }, 'invalid-request'],
    ['129 SKUs', { skus: Array.from({ length: 129 }, (_, at) => `S${at}`) }, 'invalid-request'],
    ['a SKU that can be none', { skus: ['a b'] }, 'unprocessable'],
  ])('of %s are refused with a problem', async (_what, variables, slug) => {
    const followed = follow(open(), variables)
    await followed.ended
    expect(followed.events).toEqual([])
    const told = transport === 'WebSocket' ? new RegExp(`/problems/${slug}"`) : /Bad Request|Unprocessable Entity/
    expect(JSON.stringify(followed.errors)).toMatch(told)
  })
})

it('a query and a mutation over WebSocket are sent to HTTP', async () => {
  const client = clients['WebSocket']?.() as Client
  const followed = follow(client, {}, 'query ($channel: ID!) { offers(channel: $channel) { position } }')
  await followed.ended
  expect(JSON.stringify(followed.errors)).toContain('go over HTTP')
})

it('a subscription that asks for too much is refused before anything is followed', async () => {
  const client = clients['WebSocket']?.() as Client
  const deep = `subscription ($channel: ID!) { offers(channel: $channel) { offers { ... on Offer { item { wine { skus { wine { id } } } } } } } }`
  const followed = follow(client, {}, deep.replace('skus { wine { id } }', 'skus { wine { skus { wine { id } } } }'))
  await followed.ended
  expect(JSON.stringify(followed.errors)).toContain('operation-too-complex')
})

it('over HTTP it is followed as a stream, and refused where none is taken', async () => {
  const answer = await server.post({ query, variables: { channel: 'web' } })
  expect([answer.status, slugOf(answer)]).toEqual([400, 'invalid-request'])
  const refused = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query, variables: { channel: 'moon' } }),
  })
  expect(slugOf(await readAnswer(refused))).toBe('unknown-channel')
})

it('a query that asks for a stream is answered with one event and the end of it', async () => {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query: '{ me { subject } }' }),
  })
  const text = await response.text()
  expect(text).toContain('event: next\ndata: {"data":{"me":{"subject":"local"}}')
  expect(text.endsWith('event: complete\ndata:\n\n')).toBe(true)
})

/** A line that speaks for itself, and says how it was closed. */
function openLine(protocol: string, messages: readonly string[]): Promise<{ code: number; heard: string[] }> {
  const line = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, protocol === '' ? [] : protocol)
  const heard: string[] = []
  const [first, ...others] = messages
  line.on('message', (data: Buffer) => {
    if (heard.push(data.toString()) === 1) for (const message of others) line.send(message)
  })
  line.on('open', () => first !== undefined && line.send(first))
  closers.push(() => line.terminate())
  return new Promise((resolve) => {
    line.on('close', (code) => resolve({ code, heard }))
    line.on('error', () => {})
  })
}

const init = JSON.stringify({ type: 'connection_init' })
const subscribe = (payload: object) => JSON.stringify({ id: '1', type: 'subscribe', payload })

describe('a WebSocket', () => {
  it.each([
    ['no JSON', 'graphql-transport-ws', ['{'], 4400],
    ['a message of no type', 'graphql-transport-ws', ['{"type":"hello"}'], 4400],
    ['a subscription before it has said who it is', 'graphql-transport-ws', [subscribe({ query })], 4401],
    ['the first message twice', 'graphql-transport-ws', [init, init], 4429],
    [
      'two subscriptions of one id',
      'graphql-transport-ws',
      [init, subscribe({ query, variables: { channel: 'web' } }), subscribe({ query, variables: { channel: 'web' } })],
      4409,
    ],
    ['no protocol', '', [], 4406],
    ['a frame of more than 64 KB', 'graphql-transport-ws', [init, 'x'.repeat(65_537)], 1009],
    [
      'a prototype in a message',
      'graphql-transport-ws',
      [init, '{"id":"1","type":"subscribe","payload":{"query":"{a}","variables":{"__proto__":{}}}}'],
      4400,
    ],
    [
      'more messages than a page sends',
      'graphql-transport-ws',
      [init, ...Array.from({ length: 200 }, () => '{"type":"ping"}')],
      1013,
    ],
  ])('with %s is closed', async (_what, protocol, messages, code) => {
    expect((await openLine(protocol, messages)).code).toBe(code)
  })

  it('carries 16 subscriptions, and refuses the 17th as an error', async () => {
    const client = clients['WebSocket']?.() as Client
    const all = Array.from({ length: 16 }, () => follow(client, { skus: [sku] }))
    for (const one of all) await expect.poll(() => isWhole(one), patient).toBe(true)
    const more = follow(client, { skus: [sku] })
    await more.ended
    expect(JSON.stringify(more.errors)).toContain('too-many-requests')
    all[0]?.leave()
    const instead = follow(client, { skus: [sku] })
    await expect.poll(() => isWhole(instead), patient).toBe(true)
  })
})

it('whoever leaves is followed no more by the feed', async () => {
  const client = clients['WebSocket']?.() as Client
  const followed = follow(client, { skus: [sku] })
  await expect.poll(() => isWhole(followed), patient).toBe(true)
  const metrics = async () => await (await fetch(`${server.url}/metrics`)).text()
  const sessions = async () => Number(/^cellarhand_feed_(?:connections|sessions)\S* (\d+)/m.exec(await metrics())?.[1])
  expect(await sessions()).toBeGreaterThanOrEqual(1)
  followed.leave()
  await expect.poll(sessions, patient).toBe(0)
})

it('a server that stops sends everybody away to come back', async () => {
  const leaving = await startGraphql()
  const line = new WebSocket(`${leaving.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  const closed = new Promise<number>((resolve) => line.on('close', resolve))
  line.on('open', () => line.send(init))
  line.once('message', () => line.send(subscribe({ query, variables: { channel: 'web', skus: [sku] } })))
  const stream = await fetch(`${leaving.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query, variables: { channel: 'web', skus: [sku] } }),
  })
  const text = stream.text()
  await expect.poll(() => line.readyState, patient).toBe(WebSocket.OPEN)
  await leaving.stop()
  expect([1012, 1013]).toContain(await closed)
  expect(await text).not.toContain('event: complete')
})
