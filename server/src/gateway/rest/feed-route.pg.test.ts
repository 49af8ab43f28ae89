import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { FEED_CLIENT_FRAME_MAX, FEED_VERSION, type TopicRequest } from '@cellarhand/protocol/feed'
import { WebSocket } from 'ws'
import {
  frameOn,
  openEvents,
  openIo,
  openIoPolls,
  openPolls,
  openWebSocket,
  type FeedLine,
  type OpenLine,
} from '../../../test/lines.ts'
import { startServer, type TestServer } from '../../../test/server.ts'
import { openTestStock, type TestStock } from '../../../test/stock.ts'
import { until } from '../../platform/postgres/processes.ts'

let server: TestServer
let stock: TestStock
const lines: FeedLine[] = []

beforeAll(async () => {
  server = await startServer({
    env: { CELLARHAND_FEED_CONNECTIONS_PER_ADDRESS_MAX: '40', CELLARHAND_SOCKETIO: 'polling' },
  })
  stock = openTestStock(server.databaseUrl)
  await price(1_000)
  const received = await stock.done({ kind: 'receive', location: 'shop', lines: [{ sku: 'A1', quantity: 60 }] })
  await seen(received.position)
})

afterAll(async () => {
  await stock?.close()
  await server?.stop()
})

afterEach(() => {
  for (const line of lines.splice(0)) line.cut()
})

const price = (amountMinor: number, sku = 'A1') =>
  stock.done({
    kind: 'setPrice',
    lines: [{ sku, channel: 'web', price: { amountMinor, currency: 'EUR', taxIncluded: true, dutyIncluded: true } }],
  })

/** Until the server has seen what was written behind its back. */
const seen = (position: string) => fetch(`${server.url}/v1/offers?minPosition=${position}`)

const transports: readonly (readonly [string, OpenLine])[] = [
  ['a WebSocket', openWebSocket],
  ['Server-Sent Events', openEvents],
  ['long-polls', openPolls],
  ['Socket.IO', openIo],
  ['polls of Socket.IO', openIoPolls],
]

const isGone = (line: FeedLine) => until(() => line.ended() !== undefined, { withinMs: 10_000, everyMs: 5 })

describe.each(transports)('over %s', (_, open) => {
  const follow = (...topics: (TopicRequest | string)[]) => {
    const requests = topics.map((topic) => (typeof topic === 'string' ? { topic } : topic))
    const line = open(server.url, requests)
    lines.push(line)
    return line
  }

  test('a topic is sent as it is, and then as it changes, with a cursor that rises', async () => {
    const line = follow('sku:A1@web')
    const ready = await frameOn(line, 'ready')
    expect(ready).toMatchObject({ topic: 'sku:A1@web', resumed: false })
    expect(line.frames.find(({ type }) => type === 'offers')).toMatchObject({ offers: [{ sku: 'A1', channel: 'web' }] })
    const { position } = await price(1_111)
    const changed = await frameOn(line, 'offers', ({ offers }) => offers[0]?.position === position)
    expect(changed).toMatchObject({ offers: [{ price: { amountMinor: 1_111 } }] })
    await until(() => line.cursors.get('sku:A1@web') === position, { withinMs: 5_000, everyMs: 5 })
    expect(line.cursors.get('sku:A1@web')).toBe(position)
  })

  test('who comes back with its cursor is sent what changed meanwhile, as it is now, and nothing else', async () => {
    const first = follow('sku:A1@web', 'channel:web', 'location:shop')
    await until(() => first.cursors.size === 3, { withinMs: 5_000, everyMs: 5 })
    first.cut()
    await price(2_000)
    const { position } = await price(2_001)
    await seen(position)
    const topics = [...first.cursors].map(([topic, cursor]) => ({ topic, cursor }))
    const again = follow(...topics)
    await frameOn(again, 'ready', ({ topic }) => topic === 'channel:web')
    const offers = again.frames.filter(({ type }) => type === 'offers')
    expect(offers).toMatchObject(
      ['sku:A1@web', 'channel:web'].map((topic) => ({ topic, offers: [{ position, price: { amountMinor: 2_001 } }] })),
    )
    expect(again.frames.filter(({ type }) => type === 'levels')).toEqual([])
    expect(again.frames.filter((frame) => frame.type === 'ready' && !frame.resumed)).toEqual([])
  })

  test('journal entries come once each, in their order, from a cursor on or from now on', async () => {
    const before = await price(4_000)
    await seen(before.position)
    const line = follow('audit')
    const { cursor } = await frameOn(line, 'ready')
    const told = ({ frames }: FeedLine) =>
      frames.flatMap((frame) =>
        frame.type === 'entries' ? frame.entries.map(({ kind, position }) => [kind, position]) : [],
      )
    const [one, two] = [
      await price(4_001),
      await stock.done({ kind: 'receive', location: 'shop', lines: [{ sku: 'A1', quantity: 6 }] }),
    ]
    const expected = [
      ['setPrice', one.position],
      ['receive', two.position],
    ]
    await until(() => told(line).length === 2, { withinMs: 5_000, everyMs: 5 })
    expect(told(line)).toEqual(expected)
    const entries = line.frames.flatMap((frame) => (frame.type === 'entries' ? frame.entries : []))
    expect(entries[1]?.movements).toEqual([
      { sku: 'A1', location: 'shop', from: 'supplier', to: 'available', quantity: 6 },
    ])
    line.cut()
    const three = await price(4_002)
    const again = follow({ topic: 'audit', cursor: line.cursors.get('audit') as string })
    await until(() => told(again).length === 1, { withinMs: 5_000, everyMs: 5 })
    expect(told(again)).toEqual([['setPrice', three.position]])
    const all = follow({ topic: 'audit', cursor })
    await until(() => told(all).length >= 3, { withinMs: 5_000, everyMs: 5 })
    expect(told(all)).toEqual([...expected, ['setPrice', three.position]])
  })

  test('topics that stand at different places are each gone on from where they stand', async () => {
    const before = await price(3_000)
    const after = await price(3_001)
    await seen(after.position)
    const line = follow(
      { topic: 'sku:A1@web', cursor: before.position },
      { topic: 'channel:web', cursor: after.position },
      'location:shop',
    )
    await frameOn(line, 'ready', ({ topic }) => topic === 'location:shop')
    await frameOn(line, 'ready', ({ topic }) => topic === 'sku:A1@web')
    const valued = line.frames.flatMap((frame) =>
      frame.type === 'offers' || frame.type === 'levels' ? [frame.topic] : [],
    )
    expect(valued.toSorted()).toEqual(['location:shop', 'sku:A1@web'])
  })

  test.each([
    ['of another epoch', 'abcdef12.1', 'epoch'],
    ['that is none', 'what is this', 'malformed'],
  ])('a cursor %s gets a reset, and a snapshot', async (_how, cursor, reason) => {
    const line = follow({ topic: 'sku:A1@web', cursor })
    expect(await frameOn(line, 'reset')).toMatchObject({ topic: 'sku:A1@web', reason })
    expect(await frameOn(line, 'ready')).toMatchObject({ resumed: false })
    expect(line.frames.some(({ type }) => type === 'offers')).toBe(true)
  })

  test('a cursor far ahead of the log gets a reset, though not at once', async () => {
    const epoch = (await price(4_000)).position.split('.')[0]
    const line = follow({ topic: 'sku:A1@web', cursor: `${epoch}.999999999` })
    expect(await frameOn(line, 'reset')).toMatchObject({ reason: 'ahead' })
  })

  test('a SKU that is not offered is no error: the topic is empty, until it is', async () => {
    const sku = `NEW-${_.replaceAll(/[^A-Za-z]/g, '')}`
    const line = follow(`sku:${sku}@web`)
    await frameOn(line, 'ready')
    expect(line.frames.filter(({ type }) => type === 'offers')).toEqual([])
    await price(500, sku)
    expect(await frameOn(line, 'offers')).toMatchObject({ offers: [{ sku, status: 'sold_out' }] })
  })

  test('who takes nothing has little waiting for it, and is given the newest', async () => {
    const line = follow('channel:web')
    await frameOn(line, 'ready')
    line.pause()
    let position = ''
    for (let round = 0; round < 200; round += 1) ({ position } = await price(5_000 + round))
    const seen = line.frames.length
    line.resume()
    const newest = await frameOn(line, 'offers', ({ offers }) => offers.some((offer) => offer.position === position))
    expect(newest.offers).toMatchObject([{ price: { amountMinor: 5_199 } }])
    expect(line.frames.length - seen).toBeLessThanOrEqual(201)
  })
})

test.each([
  ['Server-Sent Events', openEvents],
  ['a long-poll', openPolls],
])('what cannot be followed is refused before %s begins', async (_, open) => {
  const line = open(server.url, [{ topic: 'sku:A1@web' }, { topic: 'channel:nowhere' }])
  await isGone(line)
  expect(line.ended()).toBe(422)
})

test.each([
  ['a WebSocket', openWebSocket],
  ['Socket.IO', openIo],
])('over %s it is said, and the others are followed', async (_, open) => {
  const line = open(server.url, [{ topic: 'channel:nowhere' }, { topic: 'sku:A1@web' }])
  lines.push(line)
  await frameOn(line, 'ready')
  expect(line.frames).toContainEqual(
    expect.objectContaining({ type: 'error', problem: 'unknown-channel', topic: 'channel:nowhere' }),
  )
})

/** A WebSocket that says what it likes, and how it ends. */
async function say(...texts: (string | Buffer)[]): Promise<number> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/v1/feed`)
  return new Promise((resolve) => {
    socket.on('open', () => {
      for (const text of texts) socket.send(text)
    })
    socket.on('error', () => {})
    socket.on('close', resolve)
  })
}

const hello = (more: object = {}) => JSON.stringify({ type: 'hello', version: FEED_VERSION, topics: [], ...more })

test.each([
  ['no JSON', ['{'], 4500],
  ['a frame of another kind', ['{"type":"shout"}'], 4500],
  ['a field too many', [hello({ admin: true })], 4500],
  ['bytes', [Buffer.from(hello())], 4500],
  ['no hello first', ['{"type":"pong"}'], 4500],
  ['a second hello', [hello(), hello()], 4500],
  ['another version', [hello({ version: 1 })], 4501],
  ['129 topics', [hello({ topics: Array.from({ length: 129 }, (_, n) => ({ topic: `sku:S${n}` })) })], 4500],
  [
    'a frame of 10,000 topics',
    [hello({ topics: Array.from({ length: 10_000 }, (_, n) => ({ topic: `sku:S${n}` })) })],
    1009,
  ],
  ['a frame that is too large', ['x'.repeat(FEED_CLIENT_FRAME_MAX + 1)], 1009],
  ['text that is no UTF-8', [Buffer.from([0xff, 0xfe])], 4500],
  ['a thousand frames at once', [hello(), ...Array.from({ length: 1_000 }, () => '{"type":"pong"}')], 4003],
])('a client that sends %s is sent away, with the rule', async (_, texts, code) => {
  expect(await say(...texts)).toBe(code)
})

test('a topic left and taken up again begins anew, and what was on its way is marked off', async () => {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/v1/feed`)
  const types: string[] = []
  socket.on('message', (data: Buffer) => types.push((JSON.parse(data.toString()) as { type: string }).type))
  socket.on('open', () => {
    const topics = [{ topic: 'sku:A1@web' }]
    socket.send(hello({ topics }))
    socket.send(JSON.stringify({ type: 'unsubscribe', topics: ['sku:A1@web'] }))
    socket.send(JSON.stringify({ type: 'subscribe', topics }))
    socket.send(JSON.stringify({ type: 'subscribe', topics }))
    socket.send(JSON.stringify({ type: 'auth', token: 'anything' }))
  })
  await until(() => types.includes('ready'), { withinMs: 5_000, everyMs: 5 })
  socket.terminate()
  expect(types.filter((type) => type === 'unsubscribed')).toHaveLength(2)
  expect(types.filter((type) => type === 'authorised')).toHaveLength(1)
  expect(types.lastIndexOf('unsubscribed')).toBeLessThan(types.indexOf('ready'))
})

test('an event stream says its cursor as the id, and a long-poll without news answers nothing new', async () => {
  const answer = await fetch(`${server.url}/v1/feed?topic=sku:A1@web`)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  const { frames, cursor } = (await answer.json()) as { frames: { type: string }[]; cursor: string }
  expect(frames.map(({ type }) => type)).toEqual(['offers', 'ready'])
  const controller = new AbortController()
  const stream = await fetch(`${server.url}/v1/feed?topic=sku:A1@web`, {
    headers: { accept: 'text/event-stream', 'last-event-id': cursor },
    signal: controller.signal,
  })
  expect(stream.headers.get('cache-control')).toBe('no-store, no-transform')
  expect(stream.headers.get('x-accel-buffering')).toBe('no')
  const reader = (stream.body as ReadableStream<Uint8Array>).getReader()
  let text = ''
  while (!text.includes('event: ready')) text += Buffer.from((await reader.read()).value ?? []).toString()
  controller.abort()
  expect(text).toContain(`id: ${cursor}\nevent: ready\ndata: {"type":"ready","topic":"sku:A1@web","resumed":true`)
})

test('another path is no WebSocket, and more connections than an address may have are told to come back', async () => {
  const wrong = new WebSocket(`${server.url.replace('http', 'ws')}/v1/holds`)
  const status = await new Promise((resolve) => {
    wrong.on('unexpected-response', (_, response) => resolve(response.statusCode))
    wrong.on('error', () => resolve('error'))
  })
  expect(status).toBe(404)
  const many = Array.from({ length: 41 }, () => openWebSocket(server.url, []))
  lines.push(...many)
  await until(() => many.some((line) => line.ended() !== undefined), { withinMs: 5_000, everyMs: 5 })
  expect(many.map((line) => line.ended()).filter((code) => code !== undefined)).toEqual([4004])
  const events = openEvents(server.url, [{ topic: 'sku:A1@web' }])
  await isGone(events)
  expect(events.ended()).toBe(429)
})
