import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { FEED_VERSION, type ServerFrame } from '@cellarhand/protocol/feed'
import { io, type ManagerOptions, type SocketOptions } from 'socket.io-client'
import { startServer, type TestServer } from '../../../test/server.ts'
import { until } from '../../platform/postgres/processes.ts'

/** What of Socket.IO's server this process has loaded. */
const loaded = () =>
  Object.keys(createRequire(import.meta.url).cache).filter((path) =>
    /node_modules\/(socket|engine)\.io\/(?!.*client)/.test(path),
  )

let without: TestServer
let webSockets: TestServer
let polls: TestServer
let loadedWithout: string[]

beforeAll(async () => {
  without = await startServer()
  loadedWithout = loaded()
  webSockets = await startServer({ env: { CELLARHAND_SOCKETIO: 'websocket' } })
  polls = await startServer({ env: { CELLARHAND_SOCKETIO: 'polling' } })
})

afterAll(() => Promise.all([without, webSockets, polls].map((server) => server?.stop())))

/** The first line of the answer to a request to be upgraded, as it is written. */
async function upgradeAt({ url }: TestServer, path: string): Promise<string> {
  const { port } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.setTimeout(5_000, () => void socket.destroy(new Error(`nothing came for ${path}`)))
  socket.write(
    `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  )
  const chunk: Buffer = await new Promise((resolve, reject) => socket.once('data', resolve).once('error', reject))
  return chunk.toString().split('\r\n')[0] ?? ''
}

const webSocket = '/socket.io/?EIO=4&transport=websocket'
const polling = '/socket.io/?EIO=4&transport=polling'

/** A client of the library as an app has it: it comes back by itself, and says its topics anew each time. */
function dial({ url }: TestServer, options: Partial<ManagerOptions & SocketOptions>) {
  const cursors = new Map<string, string>()
  const frames: ServerFrame[] = []
  const ends: string[] = []
  const socket = io(url, {
    forceNew: true,
    reconnectionDelay: 20,
    auth: (say) => {
      const cursor = cursors.get('channel:web')
      say({ type: 'hello', version: FEED_VERSION, topics: [{ topic: 'channel:web', ...(cursor ? { cursor } : {}) }] })
    },
    ...options,
  })
  onTestFinished(() => void socket.disconnect())
  socket.onAny((_name: string, frame: ServerFrame) => {
    frames.push(frame)
    if (frame.type === 'ready') cursors.set(frame.topic, frame.cursor)
  })
  socket.on('disconnect', (reason) => ends.push(reason))
  const readies = () => frames.filter((frame) => frame.type === 'ready')
  const ready = (times = 1) => until(() => readies().length >= times, { withinMs: 10_000, everyMs: 5 })
  return { socket, frames, ends, readies, ready }
}

test('who does not switch it on has none of it, and does not load it', async () => {
  expect((await fetch(`${without.url}${polling}`)).status).toBe(404)
  expect(await upgradeAt(without, webSocket)).toBe('HTTP/1.1 404 Not Found')
  expect(loadedWithout).toEqual([])
  expect(await upgradeAt(webSockets, webSocket)).toBe('HTTP/1.1 101 Switching Protocols')
  expect(loaded().length).toBeGreaterThan(10)
})

test('other upgrades are as they were', async () => {
  expect(await upgradeAt(polls, '/v1/feed')).toBe('HTTP/1.1 101 Switching Protocols')
  for (const path of ['/v1/holds', '/socket.ion/', '/socket.io/more', '//', '//[']) {
    expect([path, await upgradeAt(polls, path)]).toEqual([path, 'HTTP/1.1 404 Not Found'])
  }
  expect((await fetch(`${polls.url}/healthz`)).status).toBe(200)
})

test('polling is refused where only WebSockets are taken', async () => {
  const answer = await fetch(`${webSockets.url}${polling}`)
  expect([answer.status, await answer.json()]).toEqual([400, { code: 0, message: 'Transport unknown' }])
  const { socket } = dial(webSockets, { transports: ['polling'], reconnection: false })
  await new Promise((resolve) => socket.on('connect_error', resolve))
  expect(socket.connected).toBe(false)
})

test('a client with the settings of the library begins with polls and goes on over a WebSocket, with every frame once', async () => {
  const client = dial(polls, {})
  await client.ready()
  await until(() => client.socket.io.engine.transport.name === 'websocket', { withinMs: 10_000, everyMs: 5 })
  expect(client.socket.io.engine.transport.name).toBe('websocket')
  client.socket.emit('subscribe', { type: 'subscribe', topics: [{ topic: 'location:shop' }] })
  await client.ready(2)
  expect(client.frames.map(({ type }) => type)).toEqual(['welcome', 'ready', 'ready'])
})

test('no page of another origin is answered by script', async () => {
  const answer = await fetch(`${polls.url}${polling}&j=0`)
  expect(answer.status).toBe(400)
  expect(answer.headers.get('content-type')).toContain('application/problem+json')
})

test('a body that is too large is refused, and the server goes on', async () => {
  const opened = await (await fetch(`${polls.url}${polling}`)).text()
  const { sid, maxPayload } = JSON.parse(opened.slice(1)) as { sid: string; maxPayload: number }
  const body = `4${'x'.repeat(maxPayload)}`
  const answer = await fetch(`${polls.url}${polling}&sid=${sid}`, { method: 'POST', body })
  expect(answer.status).toBe(413)
  expect((await fetch(`${polls.url}/healthz`)).status).toBe(200)
})

test('a client comes back by itself where its code says so, with its cursors, and stays away where not', async () => {
  const client = dial(webSockets, { transports: ['websocket'] })
  await client.ready()
  for (let count = 0; count < 1_000; count += 1) client.socket.emit('pong', { type: 'pong' })
  await client.ready(2)
  expect(client.frames).toContainEqual(expect.objectContaining({ type: 'closing', code: 4003 }))
  expect(client.ends).toEqual(['transport close'])
  expect(client.readies()).toMatchObject([{ resumed: false }, { resumed: true }])
  client.socket.emit('shout', { type: 'shout' })
  await until(() => client.ends.length === 2, { withinMs: 5_000, everyMs: 5 })
  expect(client.frames.at(-1)).toMatchObject({ type: 'closing', code: 4500 })
  expect(client.ends).toEqual(['transport close', 'io server disconnect'])
  expect(client.socket.active).toBe(false)
})

test('the channel of topics that name none is in the query', async () => {
  const topics = [{ topic: 'sku:A1' }]
  const auth = { type: 'hello', version: FEED_VERSION, topics }
  const client = dial(webSockets, { transports: ['websocket'], query: { channel: 'counter' }, auth })
  await client.ready()
  expect(client.readies()).toMatchObject([{ topic: 'sku:A1@counter' }])
})

test('a server stops while clients of every kind are there', async () => {
  const server = await startServer({ env: { CELLARHAND_SOCKETIO: 'polling' } })
  const clients = [
    dial(server, { transports: ['websocket'], reconnection: false }),
    dial(server, { transports: ['polling'], reconnection: false }),
  ]
  for (const client of clients) await client.ready()
  const beganMs = performance.now()
  await server.stop()
  expect(performance.now() - beganMs).toBeLessThan(8_000)
  await until(() => clients.every(({ ends }) => ends.length > 0), { withinMs: 5_000, everyMs: 5 })
  expect(clients.map(({ ends }) => ends.length)).toEqual([1, 1])
  // Who is between two polls then finds nobody to ask, and comes back as after any line that broke.
  expect(clients[0]?.frames.at(-1)).toMatchObject({ type: 'closing', code: 4000 })
})
