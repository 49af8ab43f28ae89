import { request, type ClientRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGuardedServer, type GuardedServer } from '../access.ts'
import { ask, slugOf } from './raw.ts'

const CAP = 25

const PERSONS_CAP = 10

let server: GuardedServer
const asked: ClientRequest[] = []

beforeAll(async () => {
  server = await startGuardedServer({
    CELLARHAND_FEED_CONNECTIONS_PER_ADDRESS_MAX: String(CAP),
    CELLARHAND_FEED_CONNECTIONS_PER_USER_MAX: String(PERSONS_CAP),
    CELLARHAND_TRUSTED_HOPS: '1',
  })
}, 120_000)
afterAll(async () => {
  for (const one of asked) one.destroy()
  await server?.stop()
})

const of = (address: string, accept: string) => ({ 'x-forwarded-for': address, accept })

/** The status that a stream or a poll is answered with; the stream stays open, the poll is held. */
function follow(address: string, accept: string, shown: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const one = request(
      `${server.url}/v1/feed?topic=channel:web`,
      { headers: { ...of(address, accept), ...shown }, agent: false },
      (response) => {
        response.on('error', () => {}).resume()
        resolve(response.statusCode ?? 0)
      },
    )
    asked.push(one)
    one.once('error', reject)
    one.end()
  })
}

describe('probe 27: thousands of streams and polls of one', () => {
  test('are as many as one may have, and others are served as before', async () => {
    const all = await Promise.all(Array.from({ length: 4 * CAP }, () => follow('198.51.100.1', 'text/event-stream')))
    expect(all.filter((status) => status === 200)).toHaveLength(CAP)
    expect(all.filter((status) => status === 429)).toHaveLength(3 * CAP)
    const poll = await ask(`${server.url}/v1/feed?topic=channel:web`, { headers: of('198.51.100.1', '*/*') })
    expect([poll.status, slugOf(poll), poll.headers['retry-after']]).toEqual([429, 'too-many-requests', '5'])
    expect(await follow('198.51.100.2', 'text/event-stream')).toBe(200)
    expect((await ask(`${server.url}/v1/offers`, { headers: of('198.51.100.1', '*/*') })).status).toBe(200)
  })

  test('are as many as one person may have, from however many addresses, and other people have their own', async () => {
    const bot = await server.guest()
    const addresses = Array.from({ length: 3 * PERSONS_CAP }, (_, at) => `203.0.113.${at + 1}`)
    const all = await Promise.all(addresses.map((address) => follow(address, 'text/event-stream', bot)))
    expect(all.filter((status) => status === 200)).toHaveLength(PERSONS_CAP)
    expect(all.filter((status) => status === 429)).toHaveLength(2 * PERSONS_CAP)
    expect(await follow('203.0.113.1', 'text/event-stream', await server.guest())).toBe(200)
    const app = { 'x-api-key': await server.keyOf(['shop']) }
    const program = await Promise.all(addresses.map((address) => follow(address, 'text/event-stream', app)))
    expect(new Set(program)).toEqual(new Set([200]))
  })

  test('who lets go may come again', async () => {
    for (const one of asked.splice(0)) one.destroy()
    await expect.poll(() => follow('198.51.100.1', 'text/event-stream'), { timeout: 10_000 }).toBe(200)
  })
})
