import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer, type TestServer } from '../server.ts'
import { ask, askWebSocket, slugOf } from './raw.ts'

const shop = 'https://shop.example'

let open: TestServer
let named: TestServer

beforeAll(async () => {
  open = await startServer({ env: { CELLARHAND_ALLOWED_ORIGINS: shop, CELLARHAND_SOCKETIO: 'polling' } })
  named = await startServer({ env: { CELLARHAND_PUBLIC_URL: 'https://cellar.example' } })
})
afterAll(async () => {
  await open?.stop()
  await named?.stop()
})

/** Origins that are like those that may ask, and are not. */
const lookAlikes = [
  'null',
  'https://evil.example',
  'https://shop.example.evil.example',
  'https://evilshop.example',
  'https://shop.example:8443',
  'http://shop.example',
  'https://shop.example/',
  'https://SHOP.example',
  'https://shop.example, https://evil.example',
  'file://',
  '',
]

const feed = '/v1/feed?topic=channel:web'
const io = '/socket.io/?EIO=4&transport='

describe('probe 7: foreign, null and look-alike origins on the upgrade', () => {
  test.each(lookAlikes)('a page of %j gets no WebSocket, no event stream, no poll and no Socket.IO', async (origin) => {
    for (const path of ['/v1/feed', `${io}websocket`]) {
      const refused = await askWebSocket(`${open.url}${path}`, { headers: { origin } })
      expect([path, refused.status, slugOf(refused)]).toEqual([path, 403, 'forbidden'])
    }
    for (const [path, accept] of [
      [feed, 'text/event-stream'],
      [feed, 'application/json'],
      [`${io}polling`, '*/*'],
    ] as const) {
      const refused = await ask(`${open.url}${path}`, { headers: { origin, accept } })
      expect([path, refused.status, slugOf(refused)]).toEqual([path, 403, 'forbidden'])
      expect(refused.headers['access-control-allow-origin']).toBeUndefined()
    }
  })

  test('our own page, pages that are allowed, and who is no browser are taken', async () => {
    const { port } = new URL(open.url)
    const taken = [{}, { headers: { origin: open.url } }, { headers: { origin: shop } }]
    for (const options of taken) {
      expect((await askWebSocket(`${open.url}/v1/feed`, options)).status).toBe(101)
      expect((await askWebSocket(`${open.url}${io}websocket`, options)).status).toBe(101)
    }
    const local = { host: `localhost:${port}`, origin: `http://localhost:${port}` }
    expect((await askWebSocket(`${open.url}/v1/feed`, { headers: local })).status).toBe(101)
  })

  test('where people reach it under a public address, its pages are its own and those of where it listens are not', async () => {
    const asks = (origin: string) => askWebSocket(`${named.url}/v1/feed`, { headers: { origin } })
    expect((await asks('https://cellar.example')).status).toBe(101)
    expect((await asks('http://cellar.example')).status).toBe(403)
    expect((await asks(named.url)).status).toBe(403)
  })
})

describe('probe 31: headers of every answer, and no wildcard CORS with credentials', () => {
  const paths = ['/', '/docs', '/v1/openapi.json', '/v1/asyncapi.json', '/v1/wines', '/healthz', '/metrics']
  const broken = ['/nowhere', '/v1/offers/NOWHERE', '/v1/wines?surprise=1', '/v1/offers/%ff']

  test.each([...paths, ...broken])(
    '%s says what it is, runs nothing of elsewhere and is framed by nobody',
    async (path) => {
      const { headers } = await ask(`${open.url}${path}`)
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['content-security-policy']).toContain("default-src 'none'")
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
      expect(headers['content-security-policy']).not.toMatch(/unsafe|\*/)
      expect(headers['cross-origin-resource-policy']).toBe('same-origin')
      expect(headers['cache-control']).toBeDefined()
      expect(headers['x-powered-by'] ?? headers.server).toBeUndefined()
    },
  )

  test.each(['/', '/docs'])('%s, a page, says more: what it may use, and who may share its window', async (path) => {
    const { headers } = await ask(`${open.url}${path}`)
    expect(headers['content-security-policy']).toContain("base-uri 'none'")
    expect(headers['referrer-policy']).toBe('same-origin')
    expect(headers['cross-origin-opener-policy']).toBe('same-origin')
    expect(headers['permissions-policy']).toContain('microphone=()')
  })

  test('so do event streams, polls and refusals of what is no HTTP', async () => {
    const stop = new AbortController()
    const response = await fetch(`${open.url}${feed}`, {
      headers: { accept: 'text/event-stream' },
      signal: stop.signal,
    })
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(response.headers.get('cache-control')).toBe('no-store, no-transform')
    stop.abort()
    const poll = await ask(`${open.url}${feed}`)
    expect(poll.headers['content-security-policy']).toContain("default-src 'none'")
    const polling = await ask(`${open.url}${io}polling`, { headers: { origin: shop } })
    expect(polling.headers['x-content-type-options']).toBe('nosniff')
    expect(polling.headers['access-control-allow-origin']).toBe(shop)
  })

  test('a page that is allowed may read and send its cookies, and is named, never a wildcard', async () => {
    const { headers, status } = await ask(`${open.url}/v1/wines`, { headers: { origin: shop } })
    expect(status).toBe(200)
    expect(headers['access-control-allow-origin']).toBe(shop)
    expect(headers['access-control-allow-credentials']).toBe('true')
    expect(headers['access-control-expose-headers']).toContain('cellarhand-position')
    expect(headers.vary).toContain('origin')
    expect((await ask(`${open.url}/v1/wines`)).headers['access-control-allow-origin']).toBeUndefined()
  })

  const preflight = (origin: string, path = '/v1/holds') =>
    ask(`${open.url}${path}`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,idempotency-key',
      },
    })

  test('it may ask what it may ask before it asks', async () => {
    const { status, headers, text } = await preflight(shop)
    expect([status, text]).toEqual([204, ''])
    expect(headers['access-control-allow-origin']).toBe(shop)
    expect(headers['access-control-allow-methods']).toContain('POST')
    for (const name of ['content-type', 'idempotency-key', 'authorization'])
      expect(headers['access-control-allow-headers']).toContain(name)
    expect(headers['access-control-allow-headers']).not.toContain('*')
  })

  test.each(lookAlikes)('a page of %j may not, and reads nothing', async (origin) => {
    for (const refused of [await preflight(origin), await ask(`${open.url}/v1/wines`, { headers: { origin } })]) {
      expect([refused.status, slugOf(refused)]).toEqual([403, 'forbidden'])
      expect(refused.headers['access-control-allow-origin']).toBeUndefined()
      expect(refused.headers['access-control-allow-credentials']).toBeUndefined()
    }
  })
})

describe('a page of another name that has it pointed at this machine', () => {
  const rebound = (port: string) => [
    'evil.example',
    `evil.example:${port}`,
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'x',
  ]

  test('gets nothing of a server on loopback: neither a page nor data, nor a line', async () => {
    const { port } = new URL(open.url)
    for (const host of rebound(port)) {
      const asked: Record<string, string>[] = [{ host }, { host, origin: `http://${host}` }]
      for (const headers of asked) {
        for (const path of ['/', '/v1/offers', '/docs', '/metrics', '/nothing', feed, `${io}polling`]) {
          const refused = await ask(`${open.url}${path}`, { headers })
          expect([path, refused.status, slugOf(refused)]).toEqual([path, 421, 'misdirected-request'])
        }
        for (const path of ['/v1/feed', `${io}websocket`, '/graphql']) {
          const refused = await askWebSocket(`${open.url}${path}`, { headers })
          expect([path, refused.status, slugOf(refused)]).toEqual([path, 421, 'misdirected-request'])
        }
        const written = await ask(`${open.url}/graphql`, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
          body: '{"query":"{channels{id}}"}',
        })
        expect(written.status).toBe(421)
        // A balancer has a name of its own for it.
        for (const path of ['/healthz', '/readyz'])
          expect((await ask(`${open.url}${path}`, { headers: { host: headers.host } })).status).toBe(200)
      }
    }
  })

  test('who asks for an address, for localhost or for the public name is meant', async () => {
    const { port } = new URL(open.url)
    const names = ['127.0.0.1', `127.0.0.1:${port}`, `localhost:${port}`, 'LOCALHOST', '[::1]:80', 'cellar.localhost']
    for (const host of names) {
      expect([host, (await ask(`${open.url}/v1/offers`, { headers: { host } })).status]).toEqual([host, 200])
    }
    const asked = async (host: string) => (await ask(`${named.url}/v1/offers`, { headers: { host } })).status
    expect([await asked('cellar.example'), await asked('cellar.example:443')]).toEqual([200, 200])
    expect([await asked('evil.example'), await asked('cellar.example.evil.example')]).toEqual([421, 421])
  })
})
