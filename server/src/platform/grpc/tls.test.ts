import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { Client, status, type ServiceError } from '@grpc/grpc-js'
import { expect, onTestFinished, test } from 'vitest'
import { ensureDevCertificate } from '../dev-certificate.ts'
import type { KeyPair } from '../key-pair.ts'
import { channelCredentials } from './credentials.ts'
import { serviceOf } from './image.ts'
import { serveGrpc } from './server.ts'

async function newPair(): Promise<KeyPair> {
  const folder = mkdtempSync(join(tmpdir(), 'cellarhand-tls-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return ensureDevCertificate(folder, () => {})
}

/** A server that answers every unary call by its own request; and a way to give it another certificate. */
async function serveOver(pair: KeyPair) {
  let renew: (pair: KeyPair) => void = () => {}
  const tls = { pair: () => pair, onChange: (heard: (pair: KeyPair) => void) => void (renew = heard) }
  const service = serviceOf('cellarhand.v1.OfferService')
  const handlers = {
    getOffer: (call: { request: Buffer }, done: (e: null, b: Buffer) => void) => done(null, call.request),
  }
  const server = await serveGrpc([{ service, handlers }], { host: '127.0.0.1', port: 0, tls })
  onTestFinished(() => server.close())
  return { port: server.port, renew: (next: KeyPair) => renew(next) }
}

/** The code that a call ends with. */
function callWith(port: number, trusted: string | undefined): Promise<number> {
  const address = new URL(`${trusted === undefined ? 'grpc' : 'grpcs'}://localhost:${port}`)
  const client = new Client(address.host, channelCredentials(address, trusted))
  onTestFinished(() => client.close())
  const asIs = (bytes: Buffer) => bytes
  return new Promise((resolve) => {
    const until = { deadline: Date.now() + 20_000 }
    const path = '/cellarhand.v1.OfferService/GetOffer'
    client.makeUnaryRequest(path, asIs, asIs, Buffer.from('hi'), until, (error: ServiceError | null) =>
      resolve(error?.code ?? status.OK),
    )
  })
}

test('over TLS it proves itself, takes nobody who speaks plainly, and shows the newest certificate to who comes', async () => {
  const [first, second] = [await newPair(), await newPair()]
  const { port, renew } = await serveOver(first)
  expect(await callWith(port, first.cert)).toBe(status.OK)
  expect(await callWith(port, second.cert)).toBe(status.UNAVAILABLE)
  expect(await callWith(port, undefined)).toBe(status.UNAVAILABLE)
  renew(second)
  expect(await callWith(port, second.cert)).toBe(status.OK)
})

test('probe 30: TLS before 1.2 is not spoken', async () => {
  const { cert, key } = await newPair()
  const { port } = await serveOver({ cert, key })
  const shake = (options: ConnectionOptions) =>
    new Promise<string>((resolve) => {
      const socket = connectTls({
        host: '127.0.0.1',
        port,
        ca: cert,
        servername: 'localhost',
        ALPNProtocols: ['h2'],
        ...options,
      })
      socket
        .once('secureConnect', () => resolve(socket.getProtocol() ?? 'none'))
        .once('error', () => resolve('refused'))
      onTestFinished(() => void socket.destroy())
    })
  expect(await shake({})).toBe('TLSv1.3')
  expect(await shake({ maxVersion: 'TLSv1.2' })).toBe('TLSv1.2')
  expect(await shake({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' })).toBe('refused')
})
