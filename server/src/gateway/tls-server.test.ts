import { mkdtempSync, rmSync } from 'node:fs'
import { connect as connectH2, type ClientHttp2Session, type OutgoingHttpHeaders } from 'node:http2'
import { request } from 'node:https'
import { connect as connectTcp, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { ensureDevCertificate } from '../platform/dev-certificate.ts'
import type { KeyPair } from '../platform/key-pair.ts'
import { until } from '../platform/postgres/processes.ts'
import { letGoOfUnused } from './rest/transport.ts'
import { createTlsServer, type Patience } from './tls-server.ts'

const folders: string[] = []
let pair: KeyPair
let other: KeyPair

async function newPair(): Promise<KeyPair> {
  const folder = mkdtempSync(join(tmpdir(), 'cellarhand-tls-'))
  folders.push(folder)
  return ensureDevCertificate(folder, () => {})
}

beforeAll(async () => {
  pair = await newPair()
  other = await newPair()
})
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const patience: Patience = {
  requestTimeout: 700,
  headersTimeout: 500,
  keepAliveTimeout: 60_000,
  connectionsCheckingInterval: 50,
}

let app: FastifyInstance
let port: number
let exchange: (pair: KeyPair) => void
let isOpen: boolean

beforeEach(async () => {
  app = Fastify({
    serverFactory: (listener) =>
      createTlsServer(listener, { pair: () => pair, onChange: (heard) => void (exchange = heard) }, patience),
    forceCloseConnections: 'idle',
  })
  letGoOfUnused(app)
  app.get('/', async (asked) => ({ version: asked.raw.httpVersion }))
  app.post('/', async (asked) => ({ body: asked.body }))
  app.get('/slow', async () => {
    await new Promise((resolve) => setTimeout(resolve, 300))
    return { slow: true }
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  isOpen = true
  port = (app.server.address() as AddressInfo).port
})
afterEach(async () => {
  if (isOpen) await app.close()
})

const close = async () => {
  isOpen = false
  await app.close()
}

const h2 = (ca = pair.cert): ClientHttp2Session => {
  const session = connectH2(`https://127.0.0.1:${port}`, { ca })
  session.on('error', () => {})
  return session
}

function askH2(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: string) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const stream = session.request({ ':path': '/', ...headers }, { endStream: body === undefined })
    let status = 0
    let text = ''
    stream.once('response', (answer) => (status = Number(answer[':status'])))
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    stream.once('error', reject)
    stream.once('end', () => resolve({ status, text }))
    if (body !== undefined) stream.end(body)
  })
}

function askH1(ca = pair.cert): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, ca, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.once('end', () => resolve(text))
    })
    sent.once('error', reject)
    sent.end()
  })
}

/** A line of TLS, as far as it came. */
function line(options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host: '127.0.0.1', port, ca: pair.cert, ...options }, () => resolve(socket))
    socket.once('error', reject)
  })
}

/** All that is heard on a line until it ends. */
function heardOn(socket: { setEncoding(encoding: 'utf8'): unknown; on: TLSSocket['on'] }): Promise<string> {
  return new Promise((resolve) => {
    let heard = ''
    socket.setEncoding('utf8')
    socket.on('data', (chunk) => (heard += String(chunk)))
    socket.on('error', () => {})
    socket.on('close', () => resolve(heard))
  })
}

test('who speaks HTTP/2 is answered in it, and who does not in HTTP/1.1', async () => {
  const session = h2()
  expect(await askH2(session, {})).toEqual({ status: 200, text: '{"version":"2.0"}' })
  const posted = { ':method': 'POST', 'content-type': 'application/json' }
  expect(await askH2(session, posted, '{"a":1}')).toEqual({ status: 200, text: '{"body":{"a":1}}' })
  session.close()
  expect(await askH1()).toBe('{"version":"1.1"}')
})

test('many requests of one session are answered beside one another', async () => {
  const session = h2()
  const answers = await Promise.all(Array.from({ length: 50 }, () => askH2(session, {})))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  session.close()
})

test('who speaks plain HTTP is told what to speak', async () => {
  const socket = connectTcp(port, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  const heard = await heardOn(socket as unknown as TLSSocket)
  expect(heard).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
  expect(heard).toContain('This port speaks TLS: ask for https://')
})

test.each([
  ['TLS 1.1', { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' }],
  ['a cipher without forward secrecy', { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' }],
  ['a cipher in CBC mode', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' }],
] as const)('%s is not spoken', async (_, options) => {
  await expect(line(options)).rejects.toThrow(/alert|handshake|closed|disconnected|ECONNRESET/i)
})

test('TLS 1.2 and 1.3 are', async () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const socket = await line({ minVersion: version, maxVersion: version })
    expect(socket.getProtocol()).toBe(version)
    socket.destroy()
  }
})

test('a new certificate is shown to who comes from now on, and lines that stand go on', async () => {
  const before = h2()
  await askH2(before, {})
  exchange(other)
  expect(await askH1(other.cert)).toBe('{"version":"1.1"}')
  await expect(askH1(pair.cert)).rejects.toThrow(/self-signed|verify/)
  expect((await askH2(before, {})).status).toBe(200)
  before.close()
})

test('a body that comes too slowly is answered 408 over HTTP/2 too, and its neighbours are not', async () => {
  const session = h2()
  const stream = session.request({ ':path': '/', ':method': 'POST', 'content-type': 'application/json' })
  stream.on('error', () => {})
  stream.write('{')
  let text = ''
  const status = new Promise((resolve) => stream.once('response', (answer) => resolve(answer[':status'])))
  stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  expect(await status).toBe(408)
  await new Promise((resolve) => stream.once('close', resolve))
  expect(JSON.parse(text)).toMatchObject({ type: expect.stringContaining('request-timeout') as string })
  expect((await askH2(session, {})).status).toBe(200)
  session.close()
})

test('headers that come too slowly end a line of HTTP/1.1', async () => {
  const socket = await line({ ALPNProtocols: ['http/1.1'] })
  socket.write('GET / HTTP/1.1\r\n')
  expect(await heardOn(socket)).toMatch(/^(HTTP\/1\.1 408 |$)/)
})

test('the close answers what is under way, and waits for nobody who asks nothing', async () => {
  const session = h2()
  await askH2(session, {})
  const slow = askH2(session, { ':path': '/slow' })
  const idle = [h2(), h2()]
  await Promise.all(idle.map((one) => new Promise((resolve) => one.once('connect', resolve))))
  const lines = [await line(), await line({ ALPNProtocols: ['http/1.1'] })]
  const silent = connectTcp(port, '127.0.0.1')
  await new Promise((resolve) => silent.once('connect', resolve))
  const ended = [...lines, silent].map((one) => heardOn(one as TLSSocket))
  await new Promise((resolve) => setTimeout(resolve, 50))
  await close()
  expect(await slow).toEqual({ status: 200, text: '{"slow":true}' })
  await Promise.all(ended)
  await until(() => [session, ...idle].every(({ destroyed }) => destroyed), { withinMs: 5_000, everyMs: 5 })
})
