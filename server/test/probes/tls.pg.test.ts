import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect as connectH2, type ClientHttp2Session, type OutgoingHttpHeaders } from 'node:http2'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { FEED_VERSION } from '@cellarhand/protocol/feed'
import { io } from 'socket.io-client'
import { WebSocket } from 'ws'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openApi } from '../../src/demo/api.ts'
import { startServer, type TestServer } from '../server.ts'
import { openTestStock, type TestStock } from '../stock.ts'
import { sendRaw } from './raw.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'cellarhand-tls-'))
let server: TestServer
let stock: TestStock
let ca: string
let session: ClientHttp2Session

beforeAll(async () => {
  server = await startServer({
    env: { CELLARHAND_TLS: 'dev', CELLARHAND_DATA: dataDir, CELLARHAND_SOCKETIO: 'polling' },
  })
  ca = readFileSync(join(dataDir, 'tls', 'dev-cert.pem'), 'utf8')
  session = openSession()
  stock = openTestStock(server.databaseUrl)
  await price(1_000)
  const { position } = await stock.done({ kind: 'receive', location: 'shop', lines: [{ sku: 'A1', quantity: 60 }] })
  await overH2({ ':path': `/v1/offers?minPosition=${position}` })
})
afterAll(async () => {
  session?.close()
  await stock?.close()
  await server?.stop()
  rmSync(dataDir, { recursive: true, force: true })
})

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

const openSession = (): ClientHttp2Session => connectH2(server.url, { ca })

const price = (amountMinor: number) =>
  stock.done({
    kind: 'setPrice',
    lines: [
      { sku: 'A1', channel: 'web', price: { amountMinor, currency: 'EUR', taxIncluded: true, dutyIncluded: true } },
    ],
  })

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
}

function overH2(headers: OutgoingHttpHeaders, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers, { endStream: body === undefined })
    let head: Readonly<Record<string, unknown>> = {}
    let text = ''
    stream.once('response', (answer) => (head = answer))
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    stream.once('error', reject)
    stream.once('end', () => resolve({ status: Number(head[':status']), headers: head, text }))
    if (body !== undefined) stream.end(body)
  })
}

function overH1(path: string, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const agent = new Agent({ ca, ALPNProtocols: ['http/1.1'] })
    const sent = request(`${server.url}${path}`, { agent, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
    })
    sent.once('error', reject)
    sent.end()
  })
}

/** An event stream over HTTP/2, and what has come of it. */
function eventsOverH2(): () => string {
  const stream = session.request({ ':path': '/v1/feed?topic=sku:A1@web', accept: 'text/event-stream' })
  let heard = ''
  stream.on('error', () => {})
  stream.setEncoding('utf8').on('data', (chunk: string) => (heard += chunk))
  closers.push(() => stream.close())
  return () => heard
}

/** An event stream over HTTP/1.1. */
function eventsOverH1(): () => string {
  let heard = ''
  const headers = { accept: 'text/event-stream' }
  const sent = request(`${server.url}/v1/feed?topic=sku:A1@web`, { ca, headers }, (response) => {
    response.setEncoding('utf8').on('data', (chunk: string) => (heard += chunk))
    response.on('error', () => {})
  })
  sent.on('error', () => {})
  sent.end()
  closers.push(() => sent.destroy())
  return () => heard
}

const hello = { type: 'hello', version: FEED_VERSION, topics: [{ topic: 'sku:A1@web' }] }

/** A WebSocket, which is an upgrade of HTTP/1.1. */
function frames(): () => string {
  const socket = new WebSocket(`${server.url.replace('https', 'wss')}/v1/feed`, { ca })
  let heard = ''
  socket.on('error', () => {})
  socket.once('open', () => socket.send(JSON.stringify(hello)))
  socket.on('message', (data: Buffer) => (heard += data.toString()))
  closers.push(() => socket.terminate())
  return () => heard
}

const ioFrames = (transport: 'websocket' | 'polling') => (): (() => string) => {
  let heard = ''
  const socket = io(server.url, { transports: [transport], forceNew: true, ca, auth: hello })
  socket.onAny((_name, frame) => (heard += JSON.stringify(frame)))
  closers.push(() => socket.close())
  return () => heard
}

describe('over TLS all is as it is without', () => {
  test('reads and writes, over HTTP/2 and over HTTP/1.1', async () => {
    const read = await overH2({ ':path': '/v1/offers/A1' })
    expect([read.status, JSON.parse(read.text)]).toEqual([200, expect.objectContaining({ sku: 'A1' })])
    expect(read.headers['content-security-policy']).toContain("default-src 'none'")
    const written = await overH2(
      { ':path': '/v1/receipts', ':method': 'POST', 'content-type': 'application/json', 'idempotency-key': 'tls-1' },
      JSON.stringify({ location: 'shop', lines: [{ sku: 'A1', quantity: 12 }] }),
    )
    expect([written.status, written.headers['cellarhand-position']]).toEqual([201, expect.stringMatching(/\.\d+$/)])
    expect((await overH1('/v1/offers/A1')).status).toBe(200)
    const refused = await overH2({ ':path': '/v1/wines?surprise=1' })
    expect([refused.status, refused.headers['content-type']]).toEqual([400, 'application/problem+json; charset=utf-8'])
    expect((await overH2({ ':path': '/v1/movements', accept: 'text/csv' })).text).toContain('A1')
  })

  test.each([
    ['an event stream of HTTP/2', eventsOverH2],
    ['an event stream of HTTP/1.1', eventsOverH1],
    ['a WebSocket', frames],
    ['Socket.IO', ioFrames('websocket')],
    ['polls of Socket.IO', ioFrames('polling')],
  ])('%s follows', async (_, open) => {
    const heard = open()
    await expect.poll(heard, { timeout: 10_000 }).toContain('"sku":"A1"')
    const amountMinor = 2_000 + Math.floor(Math.random() * 1_000_000)
    await price(amountMinor)
    await expect.poll(heard, { timeout: 10_000 }).toContain(`"amountMinor":${amountMinor}`)
  })

  test('long-polls are answered over both', async () => {
    const [one, other] = [
      await overH2({ ':path': '/v1/feed?topic=sku:A1@web' }),
      await overH1('/v1/feed?topic=sku:A1@web'),
    ]
    for (const { status, text } of [one, other]) expect([status, text]).toEqual([200, expect.stringContaining('"A1"')])
    const { cursor } = JSON.parse(one.text) as { cursor: string }
    const next = overH2({ ':path': `/v1/feed?topic=sku:A1@web&cursor=${encodeURIComponent(cursor)}` })
    await price(777)
    expect((await next).text).toContain('"amountMinor":777')
  })

  test('Socket.IO may be polled over HTTP/2', async () => {
    const { status, text } = await overH2({ ':path': '/socket.io/?EIO=4&transport=polling' })
    expect([status, text]).toEqual([200, expect.stringMatching(/^0\{"sid":/)])
  })

  test('the demo speaks to a server that only vouches for itself', async () => {
    const { signal } = new AbortController()
    const api = openApi(server.url, { newKey: () => 'demo-1', signal, certificate: ca })
    expect(await api.one('/v1/offers/A1')).toMatchObject({ sku: 'A1' })
    expect(
      await api.write('till', '/v1/receipts', { location: 'shop', lines: [{ sku: 'A1', quantity: 1 }] }),
    ).toBeDefined()
    const stranger = openApi(server.url, { newKey: () => 'demo-2', signal })
    await expect(stranger.one('/v1/offers/A1')).rejects.toThrow(/self-signed/)
  })

  test('origins are looked at over HTTP/2 too', async () => {
    const asks = (origin: string) => overH2({ ':path': '/v1/wines', origin })
    expect((await asks('https://evil.example')).status).toBe(403)
    expect((await asks(server.url.replace('https', 'http'))).status).toBe(403)
    expect((await asks(server.url)).status).toBe(200)
  })

  test('documents name the address that it is reached by', async () => {
    const { servers } = JSON.parse((await overH1('/v1/asyncapi.json')).text) as { servers: object }
    expect(servers).toMatchObject({ ws: { protocol: 'wss' }, http: { protocol: 'https' } })
    expect((await overH1('/docs')).text).toContain(server.url)
  })

  test('what cannot be read as HTTP is answered with a problem', async () => {
    const { port } = new URL(server.url)
    const heard = await new Promise<string>((resolve) => {
      let text = ''
      const line = connectTls({ host: '127.0.0.1', port: Number(port), ca }, () => line.write('nonsense\r\n\r\n'))
      line.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      line.on('error', () => {})
      line.once('close', () => resolve(text))
    })
    expect(heard).toMatch(/^HTTP\/1\.1 400 /)
    expect(heard).toContain('invalid-request')
  })

  test('it stops while all of them follow, and each is told', async () => {
    const other = await startServer({
      databaseUrl: server.databaseUrl,
      env: { CELLARHAND_TLS: 'dev', CELLARHAND_DATA: dataDir },
    })
    const mine = connectH2(other.url, { ca })
    mine.on('error', () => {})
    const stream = mine.request({ ':path': '/v1/feed?topic=channel:web', accept: 'text/event-stream' })
    let heard = ''
    stream.setEncoding('utf8').on('data', (chunk: string) => (heard += chunk))
    const ended = new Promise((resolve) => stream.once('end', resolve))
    const socket = new WebSocket(`${other.url.replace('https', 'wss')}/v1/feed`, { ca })
    const welcome = new Promise((resolve) => socket.once('message', resolve))
    const closed = new Promise<number>((resolve) => socket.once('close', resolve))
    await expect.poll(() => heard, { timeout: 10_000 }).toContain('ready')
    await welcome
    await other.stop()
    await ended
    expect(await closed).toBeGreaterThan(1_000)
  })
})

describe('probe 30: TLS before 1.2, plain words to a port that speaks TLS, and HSTS', () => {
  test('TLS 1.1 is not spoken', async () => {
    const { port } = new URL(server.url)
    const old = new Promise((resolve, reject) => {
      const options = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const
      const line = connectTls({ host: '127.0.0.1', port: Number(port), ca, ...options }, () => resolve('spoken'))
      line.once('error', reject)
    })
    await expect(old).rejects.toThrow(/alert protocol version|handshake/i)
  })

  test('a plain WebSocket and a plain request are told to come over TLS, and nothing else', async () => {
    const upgrade = 'GET /v1/feed HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'
    for (const bytes of [upgrade, 'GET /v1/offers/A1 HTTP/1.1\r\nhost: localhost\r\n\r\n']) {
      const heard = await sendRaw(server.url, bytes)
      expect(heard).toMatch(/^HTTP\/1\.1 400 /)
      expect(heard).toContain('https://cellarhand.dev/problems/invalid-request')
      expect(heard).toContain('This port speaks TLS')
      expect(heard).not.toContain('A1')
    }
  })

  test('browsers are told to keep to TLS where the certificate is for the world, and not for localhost', async () => {
    expect((await overH1('/healthz')).headers['strict-transport-security']).toBeUndefined()
    const tls = {
      CELLARHAND_TLS_CERT: join(dataDir, 'tls', 'dev-cert.pem'),
      CELLARHAND_TLS_KEY: join(dataDir, 'tls', 'dev-key.pem'),
    }
    const other = await startServer({ databaseUrl: server.databaseUrl, env: tls })
    const mine = connectH2(other.url, { ca })
    for (const path of ['/healthz', '/', '/v1/wines', '/nowhere']) {
      const head = await new Promise<Readonly<Record<string, unknown>>>((resolve) => {
        mine.request({ ':path': path }).once('response', resolve).resume()
      })
      expect([path, head['strict-transport-security']]).toEqual([path, 'max-age=31536000'])
    }
    mine.close()
    await other.stop()
  })
})
