import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { ClientFrame, ServerFrame, TopicRequest } from '@cellarhand/protocol/feed'
import { WebSocket, WebSocketServer } from 'ws'
import { deviceWorld } from '../device.ts'
import type { Line, LineEnd } from './line.ts'
import { connectionCursor } from './over-http.ts'
import { endOf } from './websocket.ts'

let server: Server | undefined
let line: Line | undefined

afterEach(async () => {
  line?.close()
  server?.closeAllConnections()
  await new Promise<void>((done) => (server ? server.close(() => done()) : done()))
  server = line = undefined
})

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  server = createServer(answer)
  await new Promise<void>((listening) => server?.listen(0, '127.0.0.1', listening))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** What a line told. */
interface Told {
  readonly frames: ServerFrame[]
  readonly ends: LineEnd[]
}

async function open(
  name: string,
  url: string,
  topics: readonly TopicRequest[] = [{ topic: 'sku:A@web' }],
): Promise<Told> {
  const told: Told = { frames: [], ends: [] }
  const way = deviceWorld({ WebSocket }).ways.find((one) => one.name === name)
  line = await way?.open(
    { url, channel: 'web', token: 'secret', topics },
    { frame: (frame) => told.frames.push(frame), heard: () => {}, ended: (end) => told.ends.push(end) },
  )
  return told
}

const until = async (isSo: () => boolean) => {
  for (let tries = 0; tries < 2_000 && !isSo(); tries += 1) await new Promise((go) => setTimeout(go, 5))
  expect(isSo()).toBe(true)
}

const ping: ServerFrame = { type: 'ping', head: 'aaaaaa.1', at: '2026-01-01T00:00:00.000Z' }
const refuse = (response: ServerResponse, status: number, headers: Record<string, string> = {}) => {
  response.writeHead(status, { 'content-type': 'application/problem+json', ...headers })
  response.end(JSON.stringify({ type: 'unknown-channel', title: 't', status, detail: 'There is no channel x.' }))
}

describe('the cursor of a connection', () => {
  const of = (...cursors: (string | undefined)[]) =>
    connectionCursor(cursors.map((cursor, at) => ({ topic: `sku:${at}@web`, ...(cursor && { cursor }) })))

  test.each([
    [[], undefined],
    [[undefined, undefined], undefined],
    [['aaaaaa.5', 'aaaaaa.5'], 'aaaaaa.5'],
    [['aaaaaa.5', 'aaaaaa.3', undefined], 'aaaaaa.5,1:3,2:-'],
    [[undefined, 'aaaaaa.3'], 'aaaaaa.3,0:-'],
    [['aaaaaa.5', 'bbbbbb.9'], 'aaaaaa.5,1:-'],
  ])('%j is %s', (cursors, text) => {
    expect(of(...cursors)).toBe(text)
  })
})

describe('close codes', () => {
  test.each([1000, 1001, 1005, 1006, 1011, 1012, 1013, 4000, 4001, 4002, 4004, 4005, 4499])('%i: come back', (code) => {
    expect(endOf(code, '').kind).toBe('lost')
  })
  test.each([1002, 1003, 1007, 1008, 1009, 4500, 4501, 4502, 4999])('%i: do not', (code) => {
    expect(endOf(code, 'why')).toMatchObject({ kind: 'refused', problem: { status: code, detail: 'why' } })
  })
  test('4003: come back slower; 4006: at once', () => {
    expect([endOf(4003, '').afterMs, endOf(4006, '').afterMs]).toEqual([5_000, 0])
  })
})

describe('over a WebSocket', () => {
  test('all topics are asked for at once, with the token; what is said before it is open goes behind that', async () => {
    const heard: ClientFrame[] = []
    const url = await serve((_, response) => response.end())
    const sockets = new WebSocketServer({ server: server as Server })
    sockets.on('connection', (socket) =>
      socket.on('message', (data: Buffer) => heard.push(JSON.parse(data.toString()))),
    )
    const topics = Array.from({ length: 128 }, (_, at) => ({ topic: `sku:${at}@web` }))
    const told = await open('websocket', url, topics)
    line?.send?.({ type: 'unsubscribe', topics: ['sku:7@web'] })
    await until(() => heard.length === 2)
    expect(heard).toEqual([
      { type: 'hello', version: 2, topics, token: 'secret' },
      { type: 'unsubscribe', topics: ['sku:7@web'] },
    ])
    for (const socket of sockets.clients) socket.close(4501, 'not spoken here')
    await until(() => told.ends.length > 0)
    expect(told.ends).toMatchObject([{ kind: 'refused', problem: { detail: 'not spoken here' } }])
  })

  test('what is no WebSocket at the other end is lost, not thrown', async () => {
    const url = await serve((_, response) => response.end())
    const told = await open('websocket', url)
    await until(() => told.ends.length > 0)
    expect(told.ends).toMatchObject([{ kind: 'lost' }])
  })
})

describe('over Server-Sent Events', () => {
  test('frames are read however the network cuts them', async () => {
    const frame = JSON.stringify({ ...ping, at: 'Grüße' })
    const bytes = Buffer.from(
      `retry: 1000\n\n: still here\n\nid: aaaaaa.1\nevent: ping\ndata: ${frame}\n\nevent: ping\ndata: ${frame}\n\n`,
    )
    const asked: IncomingMessage[] = []
    const url = await serve(async (request, response) => {
      asked.push(request)
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for (const byte of bytes) {
        response.write(Buffer.of(byte))
        await new Promise((go) => setImmediate(go))
      }
      response.end()
    })
    const told = await open('sse', url, [{ topic: 'sku:A@web', cursor: 'aaaaaa.7' }, { topic: 'search:q=a b@web' }])
    await until(() => told.ends.length > 0)
    expect(told.frames).toMatchObject([{ at: 'Grüße' }, { at: 'Grüße' }])
    expect(told.ends).toEqual([{ kind: 'lost', afterMs: undefined }])
    const { searchParams } = new URL(asked[0]?.url ?? '', url)
    expect(searchParams.getAll('topic')).toEqual(['sku:A@web', 'search:q=a b@web'])
    expect(searchParams.get('cursor')).toBe('aaaaaa.7,1:-')
    expect(asked[0]?.headers).toMatchObject({ accept: 'text/event-stream', authorization: 'Bearer secret' })
  })

  test('a body that lets nothing through for 5 s is unfit', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.flushHeaders()
    })
    const told = await open('sse', url)
    await until(() => told.ends.length > 0)
    expect(told.ends).toEqual([{ kind: 'lost', unfit: true }])
  })
})

describe('over long-polls', () => {
  test('one request follows another, from where the last one ended', async () => {
    const cursors: (string | null)[] = []
    const url = await serve((request, response) => {
      cursors.push(new URL(request.url ?? '', 'http://x').searchParams.get('cursor'))
      if (cursors.length > 3) return
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ frames: [ping], cursor: `aaaaaa.${cursors.length}` }))
    })
    const told = await open('poll', url)
    await until(() => cursors.length === 4)
    expect(cursors).toEqual([null, 'aaaaaa.1', 'aaaaaa.2', 'aaaaaa.3'])
    expect(told.frames.map(({ type }) => type)).toEqual(['welcome', 'ping', 'ping', 'ping'])
  })

  test('where there is nothing new, topics that are gone on with are whole after 2 s', async () => {
    const url = await serve(() => {})
    const told = await open('poll', url, [{ topic: 'sku:A@web', cursor: 'aaaaaa.7' }, { topic: 'sku:B@web' }])
    await until(() => told.frames.length > 0)
    expect(told.frames).toMatchObject([
      { type: 'welcome' },
      { type: 'ready', topic: 'sku:A@web', resumed: true, cursor: 'aaaaaa.7' },
    ])
  })
})

describe.each(['sse', 'poll'])('over %s', (name) => {
  test('one topic that is refused does not keep the others from being followed', async () => {
    const asked: string[][] = []
    const url = await serve((request, response) => {
      const topics = new URL(request.url ?? '', 'http://x').searchParams.getAll('topic')
      asked.push(topics)
      if (topics.includes('sku:A@x')) return refuse(response, 422)
      response.writeHead(200)
      response.write(name === 'sse' ? `data: ${JSON.stringify(ping)}\n\n` : '{"frames":[')
    })
    const topics = [{ topic: 'sku:A@web' }, { topic: 'sku:A@x' }, { topic: 'sku:B@web' }]
    const told = await open(name, url, topics)
    await until(() => asked.length === 5)
    expect(told.frames[0]).toEqual({
      type: 'error',
      topic: 'sku:A@x',
      problem: 'unknown-channel',
      detail: 'There is no channel x.',
    })
    expect(asked.at(-1)).toEqual(['sku:A@web', 'sku:B@web'])
    expect(told.ends).toEqual([])
  })

  test('what is refused as a whole ends it; what is refused for now does not', async () => {
    let status = 429
    const url = await serve((_, response) => refuse(response, status, { 'retry-after': '3' }))
    const later = await open(name, url)
    await until(() => later.ends.length > 0)
    expect(later.ends).toEqual([{ kind: 'lost', afterMs: 3_000 }])
    status = 422
    const never = await open(name, url)
    await until(() => never.ends.length > 0)
    expect(never.ends).toMatchObject([{ kind: 'refused', problem: { status: 422, detail: 'There is no channel x.' } }])
  })
})
