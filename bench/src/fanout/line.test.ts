import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { WebSocketServer, type WebSocket } from 'ws'
import { until } from '../cellar/processes.ts'
import { openLine, type LineOptions } from './line.ts'
import { listen } from './servers/broadcast.ts'

const closers: (() => void)[] = []
afterEach(() => closers.splice(0).forEach((close) => close()))

/** A feed of the second protocol, as far as a line needs one: topics are whole at once. */
async function startFeed(hear: (frame: { type: string }, socket: WebSocket) => void = () => {}) {
  const http = createServer()
  const sockets: WebSocket[] = []
  const heard: { type: string; topics?: { topic: string }[] }[] = []
  new WebSocketServer({ server: http, path: '/v1/feed' }).on('connection', (socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.send(JSON.stringify({ type: 'welcome', version: 2 }))
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as (typeof heard)[number]
      heard.push(frame)
      for (const { topic } of frame.topics ?? []) {
        socket.send(JSON.stringify({ type: 'ready', topic, resumed: false, cursor: 'abcdefgh.1' }))
      }
      hear(frame, socket)
    })
  })
  closers.push(() => http.close().closeAllConnections())
  return { port: await listen(http), heard, sockets }
}

function follow(port: number, more: Partial<LineOptions> = {}) {
  const values: number[] = []
  const lost: string[] = []
  const line = openLine({
    kind: 'cellarhand',
    port,
    localAddress: '127.0.0.1',
    client: 7,
    skus: ['W0000001', 'W0000002'],
    onValue: (client, value) => values.push(client * 1_000_000 + value),
    onLost: (why) => lost.push(why),
    ...more,
  })
  closers.push(() => line.reset())
  return { line, values, lost }
}

const offers = (...numbers: number[]) =>
  JSON.stringify({
    type: 'offers',
    offers: numbers.map((number) => ({ sku: 'W0000001', position: `abcdefgh.${number}` })),
  })

test('a line says hello with its topics, is whole when they are, and follows more', async () => {
  const feed = await startFeed()
  const { line } = follow(feed.port)
  await line.whole
  await line.follow(['W0000003'])
  expect(feed.heard).toEqual([
    { type: 'hello', version: 2, topics: [{ topic: 'sku:W0000001@web' }, { topic: 'sku:W0000002@web' }] },
    { type: 'subscribe', topics: [{ topic: 'sku:W0000003@web' }] },
  ])
})

test('every value of a frame is told by its number, in frames that come whole, in pieces, and longer than a read', async () => {
  const feed = await startFeed()
  const { line, values } = follow(feed.port)
  await line.whole
  const [socket] = feed.sockets
  socket?.send(offers(41))
  socket?.send(offers(...Array.from({ length: 3_000 }, (_, at) => 100 + at)))
  socket?.send(offers(42, 43))
  expect(await until(() => values.length >= 3_003, 5_000)).toBe(true)
  expect(values.slice(0, 2)).toEqual([7_000_041, 7_000_100])
  expect(values.slice(-2)).toEqual([7_000_042, 7_000_043])
  expect(values).toHaveLength(3_003)
})

test('a ping is answered, of the feed and of WebSocket', async () => {
  const feed = await startFeed()
  const { line } = follow(feed.port)
  await line.whole
  const [socket] = feed.sockets
  let ponged = false
  socket?.on('pong', () => (ponged = true)).ping('x')
  socket?.send(JSON.stringify({ type: 'ping', head: 'abcdefgh.1' }))
  expect(await until(() => ponged && feed.heard.some(({ type }) => type === 'pong'), 5_000)).toBe(true)
})

test('a line that is closed, refused or not taken says why', async () => {
  const feed = await startFeed((_frame, socket) => socket.close(4004, 'there are too many connections'))
  const closed = follow(feed.port)
  expect(await until(() => closed.lost.length > 0, 5_000)).toBe(true)
  expect(closed.lost[0]).toBe('the server closed it with 4004: there are too many connections')
  const refusing = await startFeed((_frame, socket) =>
    socket.send(JSON.stringify({ type: 'error', problem: 'unknown-channel', detail: 'There is no channel x.' })),
  )
  const refused = follow(refusing.port)
  expect(await until(() => refused.lost.length > 0, 5_000)).toBe(true)
  expect(refused.lost[0]).toContain('There is no channel x.')
  const http = createServer((_request, response) => response.writeHead(503).end())
  closers.push(() => http.close())
  const turnedAway = follow(await listen(http))
  expect(await until(() => turnedAway.lost.length > 0, 5_000)).toBe(true)
  expect(turnedAway.lost[0]).toContain('503')
})

test('who stalls asks for its topic and takes nothing, however much there is', async () => {
  const feed = await startFeed((_frame, socket) => {
    for (let page = 0; page < 400; page++) socket.send(offers(...Array.from({ length: 1_000 }, (_, at) => at)))
  })
  const { line, values } = follow(feed.port, { stalledOn: 'channel:web' })
  await line.whole
  expect(await until(() => feed.heard.length > 0, 5_000)).toBe(true)
  await sleep(200)
  expect(feed.heard[0]).toMatchObject({ type: 'hello', topics: [{ topic: 'channel:web' }] })
  // One read may have been under way.
  expect(values.length).toBeLessThan(3_000)
  expect(feed.sockets[0]?.bufferedAmount).toBeGreaterThan(0)
})
