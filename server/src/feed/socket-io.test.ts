import { openPermit } from './guard.ts'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { closeCodes, FEED_VERSION, type CloseCause } from '@cellarhand/protocol/feed'
import { WebSocket } from 'ws'
import { createFakeTimers } from '../../test/fake-timers.ts'
import { createWorld, doors, priced } from '../../test/feed-world.ts'
import { until } from '../platform/postgres/processes.ts'
import type { Connection } from './connection.ts'
import { openSocketIo, type Feed, type Frame, type Sink } from './feed.ts'
import { slowAfterMs } from './session.ts'

const cleanUp: (() => void)[] = []
afterEach(() => cleanUp.splice(0).forEach((step) => step()))

/** Socket.IO over a feed, on a server of its own. */
async function serve(feed: Feed, timers = createFakeTimers()) {
  const socketIo = await openSocketIo(feed, timers, {
    polling: true,
    connectOptions: async () => ({ permit: openPermit, channel: 'web', address: 'here' }),
  })
  const server = createServer((request, response) => socketIo.request(request, response))
  server.on('upgrade', (request, socket, head) => socketIo.upgrade(request, socket, head))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUp.push(() => server.close().closeAllConnections())
  const connections = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)))
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, connections }
}

/** A client without the library: what it is sent, as text. */
async function dial(host: string, more = '') {
  const socket = new WebSocket(`ws://${host}/socket.io/?EIO=4&transport=websocket${more}`)
  const said: string[] = []
  const state = { isClosed: false }
  socket.on('message', (data: Buffer) => said.push(data.toString()))
  socket.on('close', () => (state.isClosed = true))
  socket.on('error', () => {})
  cleanUp.push(() => socket.terminate())
  await once(socket, 'open')
  const heard = (start: string) =>
    until(() => said.some((text) => text.startsWith(start)), { withinMs: 5_000, everyMs: 5 })
  const closed = (withinMs = 5_000) => until(() => state.isClosed, { withinMs, everyMs: 5 })
  return { socket, said, heard, closed }
}

const join = (auth?: object) => `40${auth ? JSON.stringify(auth) : ''}`
const event = (name: string, ...args: unknown[]) => `42${JSON.stringify([name, ...args])}`
const hello = { type: 'hello', version: FEED_VERSION, topics: [{ topic: 'channel:web' }] }

/** A feed that does nothing, and gives its sinks away. */
function stub() {
  const sinks: Sink[] = []
  const state = { drained: 0, gone: 0, ended: [] as CloseCause[] }
  const connection = (sink: Sink): Connection => ({
    follow: () => {},
    unfollow: () => {},
    show: () => true,
    isWhole: () => true,
    end(cause) {
      state.ended.push(cause)
      sink.close(cause)
    },
  })
  const feed = {
    closedTo: () => undefined,
    connect(sink: Sink) {
      sinks.push(sink)
      sink.onDrain(() => (state.drained += 1))
      sink.onGone(() => (state.gone += 1))
      return connection(sink)
    },
  } as unknown as Feed
  return { feed, sinks, state }
}

/** Far more than the system itself keeps for a connection. */
const large = (): Frame => ({ type: 'offers', text: `{"type":"offers","filler":"${'x'.repeat(1_000_000)}"}` })
const framesOfAStall = 40

async function stall() {
  const { feed, sinks, state } = stub()
  const { host, connections } = await serve(feed)
  const client = await dial(host)
  client.socket.send(join(hello))
  await client.heard('40')
  const [sink] = sinks as [Sink]
  client.socket.pause()
  const frame = large()
  for (let count = 0; count < framesOfAStall; count += 1) sink.write(frame, () => undefined)
  return { client, sink, state, connections }
}

test('what the network has not taken is counted, and told of when it has', async () => {
  const { client, sink, state } = await stall()
  expect(sink.buffered()).toBeGreaterThan(1_000_000)
  const drained = state.drained
  client.socket.resume()
  await until(() => sink.buffered() === 0, { withinMs: 10_000, everyMs: 5 })
  expect(sink.buffered()).toBe(0)
  expect(state.drained).toBe(drained + 1)
  await until(() => client.said.filter((text) => text.startsWith('42')).length === framesOfAStall, { withinMs: 5_000 })
  expect(client.said.filter((text) => text.startsWith('42'))).toHaveLength(framesOfAStall)
})

test.each([
  ['slow', 0],
  ['draining', 1_900],
  ['forbidden', 1_900],
] as const)(
  'a client that takes nothing is cut off when it is closed as %s, and nothing of it stays',
  async (cause, afterMs) => {
    const { sink, state, connections } = await stall()
    const beganMs = performance.now()
    sink.close(cause)
    await until(async () => (await connections()) === 0, { withinMs: 5_000, everyMs: 5 })
    expect(await connections()).toBe(0)
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(afterMs)
    expect(state.gone).toBe(1)
  },
)

test('a client that takes nothing for 30 s is gone, however much it has asked for', async () => {
  const id = '0190d9f0-0000-7000-8000-000000000000'
  const hold = async () => `{"id":"${id}","filler":"${'x'.repeat(1_000_000)}","position":"epoch001.1"}`
  const world = createWorld(undefined, { finder: { ...doors.finder, hold } })
  const { host, connections } = await serve(world.feed, world.timers)
  const client = await dial(host)
  const topics = [{ topic: `hold:${id}` }]
  client.socket.send(join({ ...hello, topics }))
  await client.heard('40')
  client.socket.pause()
  for (let count = 0; count < framesOfAStall; count += 1) {
    client.socket.send(event('subscribe', { type: 'subscribe', topics }))
    await new Promise((resolve) => setTimeout(resolve, 5))
    world.timers.advance(1)
  }
  world.timers.advance(slowAfterMs - 1_000)
  expect(world.feed.sessionCount()).toBe(1)
  world.timers.advance(2_000)
  expect(world.feed.sessionCount()).toBe(0)
  await until(async () => (await connections()) === 0, { withinMs: 5_000, everyMs: 5 })
  expect(await connections()).toBe(0)
})

test('a frame is made ready once for all who are sent it', async () => {
  const { feed, sinks } = stub()
  const { host } = await serve(feed)
  const clients = [await dial(host), await dial(host)]
  for (const { socket } of clients) socket.send(join(hello))
  for (const { heard } of clients) await heard('40')
  const frame: Frame = { type: 'progress', text: '{"type":"progress","cursor":"epoch1.1 Château"}' }
  sinks[0]?.write(frame, () => undefined)
  const { packet } = frame
  sinks[1]?.write(frame, () => undefined)
  expect(frame.packet).toBe(packet)
  for (const { heard, said } of clients) {
    await heard('42["progress"')
    expect(said.at(-1)).toBe(`42["progress",${frame.text}]`)
  }
})

test('nothing of the feed goes before the answer to the join, and topics may be in the handshake', async () => {
  const world = createWorld()
  const { host } = await serve(world.feed, world.timers)
  const client = await dial(host)
  world.timers.advance(0)
  client.socket.send(join(hello))
  await client.heard('42["welcome"')
  world.timers.advance(10)
  await client.heard('42["ready"')
  expect(client.said.map((text) => /^\d+(\["\w+")?/.exec(text)?.[0])).toEqual(['0', '40', '42["welcome"', '42["ready"'])
  world.change(priced('A-1', 1_234))
  world.timers.advance(10)
  expect(await client.heard('42["offers"')).toBe(true)
})

test.each([
  ['an event that is not the frame’s type', [event('subscribe', { type: 'pong' })], 'badFrame'],
  ['no frame', [event('subscribe')], 'badFrame'],
  ['two', [event('pong', { type: 'pong' }, { type: 'pong' })], 'badFrame'],
  ['a frame that wants to be acknowledged', ['421["pong",{"type":"pong"}]'], 'badFrame'],
  ['an event called error', [event('error', { type: 'error' })], 'badFrame'],
  ['a second hello', [event('hello', hello)], 'badFrame'],
  ['what is no Socket.IO', ['4what'], 'badFrame'],
  ['bytes', [Buffer.from('pong')], 'badFrame'],
  ['bytes that an event announces', ['451-["pong",{"_placeholder":true,"num":0}]', Buffer.from('pong')], 'badFrame'],
  ['another namespace', [`40/${'x'.repeat(1_000)},`], 'badFrame'],
  ['a thousand frames at once', Array.from({ length: 1_000 }, () => event('pong', { type: 'pong' })), 'rateExceeded'],
  ['a thousand heartbeats at once', Array.from({ length: 1_000 }, () => '3'), 'rateExceeded'],
] as const)('a client that sends %s is sent away, with the rule', async (_, texts, cause) => {
  const world = createWorld()
  const { host } = await serve(world.feed, world.timers)
  const client = await dial(host)
  client.socket.send(join(hello))
  await client.heard('42["welcome"')
  for (const text of texts) client.socket.send(text)
  expect(await client.closed()).toBe(true)
  const { code, reason } = closeCodes[cause]
  const closing = event('closing', { type: 'closing', code, reason })
  const last = client.said.slice(client.said.indexOf(closing))
  // Dismissed from the namespace, a client of the library stays away by itself.
  expect(last).toEqual(code >= 4_500 ? [closing, '41'] : [closing])
  expect(world.feed.sessionCount()).toBe(0)
})

test('a client that probes for an upgrade without end is sent away', async () => {
  const world = createWorld()
  const { host } = await serve(world.feed, world.timers)
  const opened = await (await fetch(`http://${host}/socket.io/?EIO=4&transport=polling`)).text()
  const { sid } = JSON.parse(opened.slice(1)) as { sid: string }
  const probe = await dial(host, `&sid=${sid}`)
  for (let count = 0; count < 1_000; count += 1) probe.socket.send('2probe')
  expect(await probe.heard('3probe')).toBe(true)
  expect(await probe.closed()).toBe(true)
  expect(world.feed.sessionCount()).toBe(0)
})

test.each([
  ['never joins', []],
  ['joins and says nothing', [join()]],
])('a client that %s is gone after 10 s', async (_, texts) => {
  const world = createWorld()
  const { host } = await serve(world.feed, world.timers)
  const client = await dial(host)
  for (const text of texts) client.socket.send(text)
  await client.heard(texts.length > 0 ? '42["welcome"' : '0')
  world.timers.advance(9_000)
  expect(world.feed.sessionCount()).toBe(1)
  world.timers.advance(2_000)
  expect(await client.closed()).toBe(true)
  expect(world.feed.sessionCount()).toBe(0)
})

test('who is one too many is refused before the upgrade, and let in when there is room', async () => {
  const world = createWorld(undefined, { perAddressMax: 1 })
  const { host } = await serve(world.feed, world.timers)
  const first = await dial(host)
  await expect(dial(host)).rejects.toThrow('400')
  first.socket.terminate()
  await until(() => world.feed.closedTo('here') === undefined, { withinMs: 5_000, everyMs: 5 })
  await dial(host)
})
