import { WebSocket } from 'ws'
import { afterEach, describe, expect, test } from 'vitest'
import { startServer, type TestServer } from '../server.ts'
import { askWebSocket } from './raw.ts'

let server: TestServer
const lines: WebSocket[] = []
afterEach(async () => {
  for (const line of lines.splice(0)) line.terminate()
  await server?.stop()
})

/** A line that stays, from whomever it says. */
async function follow(forwarded: string): Promise<void> {
  const line = new WebSocket(`${server.url.replace('http', 'ws')}/v1/feed`, {
    headers: { 'x-forwarded-for': forwarded },
  })
  lines.push(line)
  await new Promise((resolve, reject) => {
    line.once('message', resolve)
    line.once('close', () => reject(new Error('closed')))
    line.once('error', reject)
  })
}

const stream = (forwarded: string) =>
  fetch(`${server.url}/v1/feed?topic=channel:web`, {
    headers: { 'x-forwarded-for': forwarded, accept: 'text/event-stream' },
  }).then(async (response) => {
    await response.body?.cancel()
    return response.status
  })

describe('probe 16: forged X-Forwarded-For', () => {
  test('where no proxy is trusted, another address in the header is no other address', async () => {
    server = await startServer({ env: { CELLARHAND_FEED_CONNECTIONS_PER_ADDRESS_MAX: '2' } })
    await follow('198.51.100.1')
    await follow('198.51.100.2')
    await expect(follow('198.51.100.3')).rejects.toThrow('closed')
    expect(await stream('198.51.100.4')).toBe(429)
  })

  test('behind a proxy each client has its own limit, and what it claims before the proxy does not count', async () => {
    server = await startServer({
      env: { CELLARHAND_FEED_CONNECTIONS_PER_ADDRESS_MAX: '2', CELLARHAND_TRUSTED_HOPS: '1' },
    })
    await follow('198.51.100.1')
    await follow('6.6.6.6, 198.51.100.1')
    await expect(follow('7.7.7.7, 198.51.100.1')).rejects.toThrow('closed')
    expect(await stream('198.51.100.1')).toBe(429)
    expect(await stream('198.51.100.2')).toBe(200)
    expect((await askWebSocket(`${server.url}/v1/feed`, {})).status).toBe(101)
  })

  test('proxies may be named by address instead', async () => {
    server = await startServer({
      env: { CELLARHAND_FEED_CONNECTIONS_PER_ADDRESS_MAX: '1', CELLARHAND_TRUSTED_PROXIES: '127.0.0.0/8' },
    })
    await follow('198.51.100.1')
    await expect(follow('198.51.100.1')).rejects.toThrow('closed')
    await follow('198.51.100.2')
  })
})
