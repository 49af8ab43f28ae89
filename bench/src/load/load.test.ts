import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { runLoad } from './load.ts'
import { anyOf, holdRequests, only, skuCode } from './request.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

interface Asked {
  readonly key: string
  readonly body: { readonly lines: readonly { readonly sku: string; readonly quantity: number }[] }
}

/** A server that notes what it is asked. Resolves with its port. */
async function listen(
  answer: (asked: readonly Asked[], response: ServerResponse) => void,
): Promise<{ port: number; asked: Asked[] }> {
  const asked: Asked[] = []
  const server = createServer((request: IncomingMessage, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      asked.push({ key: String(request.headers['idempotency-key']), body: JSON.parse(text) as Asked['body'] })
      answer(asked, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, asked }
}

test('asks under a fresh key each time, for SKUs of the choice, and counts what was answered as it should', async () => {
  const { port, asked } = await listen((_asked, response) => response.writeHead(201, { 'content-length': 2 }).end('{}'))
  const load = await runLoad(
    { port, requests: (at) => holdRequests(at, anyOf(3)), status: 201 },
    { connections: 4, seconds: 1 },
  )
  expect(new Set(asked.map(({ key }) => key)).size).toBe(asked.length)
  expect(new Set(asked.map(({ body }) => body.lines[0]?.sku))).toEqual(new Set([skuCode(0), skuCode(1), skuCode(2)]))
  expect(load.rate).toBeGreaterThan(0)
  expect(load.rate).toBeLessThanOrEqual(asked.length)
  expect(load.p50Ms).toBeLessThanOrEqual(load.p99Ms)
  expect(load.others).toEqual({})
})

test('counts other answers apart', async () => {
  const { port } = await listen((asked, response) =>
    response.writeHead(asked.length % 2 ? 201 : 503, { 'content-length': 0 }).end(),
  )
  const load = await runLoad(
    { port, requests: (at) => holdRequests(at, only(7)), status: 201 },
    { connections: 2, seconds: 1 },
  )
  expect(Object.keys(load.others)).toEqual(['503'])
})

test('gives up when the server closes a connection', async () => {
  const { port } = await listen((_asked, response) => response.destroy())
  const run = runLoad(
    { port, requests: (at) => holdRequests(at, only(0)), status: 201 },
    { connections: 2, seconds: 1 },
  )
  await expect(run).rejects.toThrow('closed a connection')
})
