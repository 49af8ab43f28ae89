import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { createModel, firstSettings, stateOf } from '../../test/random-log.ts'
import type { LogChanges } from '../log/log.ts'
import { createLive, systemTimers } from '../replica/replica.ts'
import { createFeed } from './feed.ts'
import { sseSink, sseText } from './sse.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

test('a frame is one event, its cursor the event id, and hello says how soon to come back', () => {
  expect(sseText({ type: 'offers', text: '{"a":1}', id: 'epoch001.7' })).toBe(
    'event: offers\nid: epoch001.7\ndata: {"a":1}\n\n',
  )
  expect(sseText({ type: 'hello', text: '{}' })).toBe('event: hello\nretry: 1000\ndata: {}\n\n')
})

/** A feed over HTTP, its log written by the test. */
async function startFeed() {
  const live = createLive(systemTimers)
  live.replace(stateOf(createModel(), 'epoch001'))
  const change = (changes: LogChanges) => live.apply([{ position: live.positionNumber() + 1, atMs: 0, changes }])
  change({ settings: firstSettings })
  const feed = createFeed(live, systemTimers)
  const responses: ServerResponse[] = []
  const server: Server = createServer((request, response) => {
    responses.push(response)
    const cursor = request.headers['last-event-id']?.toString()
    const refusal = feed.open({ channel: 'web', cursor }, sseSink(response))
    if (refusal !== undefined) response.writeHead(503).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    feed.close()
    server.closeAllConnections()
    server.close()
  })
  return { change, feed, responses, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}

/** Opens a stream, and collects what comes. */
async function stream(url: string, cursor?: string) {
  const headers = cursor === undefined ? {} : { 'last-event-id': cursor }
  const response = await new Promise<IncomingMessage>((resolve) => get(url, { headers }, resolve))
  const seen = { text: '' }
  response.on('data', (chunk: Buffer) => (seen.text += chunk.toString()))
  response.on('error', () => {})
  closing.push(() => response.destroy())
  return { response, seen }
}

const priced = (sku: string, amountMinor: number): LogChanges => ({
  prices: [[sku, 'web', amountMinor, 'EUR', true, true]],
})

test('over HTTP: a snapshot, live changes, and after a lost line only what was missed', async () => {
  const { change, feed, url } = await startFeed()
  change(priced('A', 1))
  change(priced('B', 1))
  const first = await stream(url)
  expect(first.response.headers['content-type']).toBe('text/event-stream; charset=utf-8')
  await vi.waitFor(() => expect(first.seen.text).toContain('event: ready\nid: epoch001.3\n'))
  change(priced('B', 2))
  await vi.waitFor(() => expect(first.seen.text).toContain('event: offers\nid: epoch001.4\n'))
  first.response.destroy()
  await vi.waitFor(() => expect(feed.sessionCount()).toBe(0))
  change(priced('A', 5))
  const second = await stream(url, 'epoch001.4')
  await vi.waitFor(() => expect(second.seen.text).toContain('event: ready\nid: epoch001.5\n'))
  expect(second.seen.text).toContain('"mode":"resume"')
  expect(second.seen.text).toContain('"amountMinor":5')
  expect(second.seen.text).not.toContain('"sku":"B"')
})

test('a client that does not read costs one page, and gets the newest values when it reads again', async () => {
  const { change, responses, url } = await startFeed()
  const names = Array.from({ length: 1_000 }, (_, index) => `SKU-${index}`)
  const { response, seen } = await stream(url)
  await vi.waitFor(() => expect(seen.text).toContain('event: ready'))
  response.pause()
  for (let round = 0; round < 60; round++) {
    change({ prices: names.map((sku) => [sku, 'web', round, 'EUR', true, true]) })
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  expect(responses[0]?.writableLength).toBeLessThan(200_000)
  seen.text = ''
  response.resume()
  await vi.waitFor(() => expect(seen.text).toContain('id: epoch001.61\n'), { timeout: 5_000 })
  for (const sku of names) expect(seen.text).toContain(`"sku":"${sku}"`)
})
