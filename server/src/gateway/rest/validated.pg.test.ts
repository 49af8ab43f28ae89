import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask } from '../../../test/probes/raw.ts'
import { startServer, type TestServer } from '../../../test/server.ts'

let server: TestServer
let keys = 0

beforeAll(async () => {
  server = await startServer({ starter: true })
})
afterAll(() => server?.stop())

const sku = 'MUSAR-RED-2018-150'
const paths = [
  '/v1/wines?q=musar',
  `/v1/offers/${sku}`,
  '/v1/offers?limit=20',
  '/v1/channels',
  '/v1/locations',
  '/v1/openapi.json',
  '/v1/asyncapi.json',
]

const known = (path: string, tag: string, more: Record<string, string> = {}) =>
  ask(`${server.url}${path}`, { headers: { 'if-none-match': tag, ...more } })

async function sell(of: string): Promise<string> {
  const { headers, status } = await ask(`${server.url}/v1/sales`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': `validated-${(keys += 1)}` },
    body: JSON.stringify({ location: 'warehouse', lines: [{ sku: of, quantity: 1 }] }),
  })
  expect(status).toBe(201)
  return String(headers['cellarhand-position'])
}

test.each(paths)('%s is not sent again to who has it', async (path) => {
  const first = await ask(`${server.url}${path}`)
  expect(first.status).toBe(200)
  const tag = String(first.headers.etag)
  expect(first.headers['cache-control']).toBe('private, no-cache')
  for (const header of [tag, `"other", ${tag}`, '*', tag.replace('W/', '')]) {
    const again = await known(path, header)
    expect([again.status, again.text]).toEqual([304, ''])
    expect([again.headers.etag, again.headers['cache-control']]).toEqual([tag, 'private, no-cache'])
    expect(again.headers['content-type']).toBeUndefined()
  }
  expect((await known(path, '"other"')).text).toBe(first.text)
})

test('nor is a wine with its SKUs', async () => {
  const { items } = JSON.parse((await ask(`${server.url}/v1/wines?q=musar`)).text) as { items: { id: string }[] }
  const path = `/v1/wines/${items[0]?.id ?? ''}`
  const { status, headers } = await ask(`${server.url}${path}`)
  expect(status).toBe(200)
  expect((await known(path, String(headers.etag))).status).toBe(304)
})

test('a sale changes the offer of what was sold, and not the validators of what has nothing to do with it', async () => {
  const read = async () =>
    Object.fromEntries(
      await Promise.all(
        ['/v1/channels', '/v1/locations', `/v1/offers/${sku}`, `/v1/offers?sku=${sku}`, '/v1/wines?q=musar'].map(
          async (path) => [path, await ask(`${server.url}${path}`)] as const,
        ),
      ),
    )
  const before = await read()
  const position = await sell(sku)
  await ask(`${server.url}/v1/offers/${sku}?minPosition=${position}`)
  const after = await read()
  for (const path of ['/v1/channels', '/v1/locations', '/v1/wines?q=musar']) {
    expect([path, after[path]?.headers.etag]).toEqual([path, before[path]?.headers.etag])
  }
  // The body says how new it is all the same.
  expect(after['/v1/channels']?.text).toContain(position)
  for (const path of [`/v1/offers/${sku}`, `/v1/offers?sku=${sku}`]) {
    const tag = String(before[path]?.headers.etag)
    expect(after[path]?.headers.etag).not.toBe(tag)
    expect((await known(path, tag)).status).toBe(200)
  }
})

test('a 304 says the position that it was looked at', async () => {
  const first = await ask(`${server.url}/v1/channels`)
  const position = await sell(sku)
  const again = await known(`/v1/channels?minPosition=${position}`, String(first.headers.etag))
  expect([again.status, again.headers['cellarhand-position']]).toEqual([304, position])
})

test('answers are compressed on their way, and their validators hold compressed or not', async () => {
  const path = '/v1/offers?limit=50'
  const packed = await known(path, '"none"', { 'accept-encoding': 'br' })
  expect(packed.headers['content-encoding']).toBe('br')
  expect(packed.headers.vary).toContain('accept-encoding')
  expect((await known(path, String(packed.headers.etag))).status).toBe(304)
  const csv = await known('/v1/movements', '"none"', { 'accept-encoding': 'gzip', accept: 'text/csv' })
  expect(csv.headers['content-encoding']).toBe('gzip')
  expect((await known('/', '"none"', { 'accept-encoding': 'br' })).status).toBe(200)
})

test('what is somebody’s, or as of now, is kept by nobody', async () => {
  for (const path of ['/v1/stock', '/v1/orders', '/v1/movements', '/healthz', '/v1/nowhere']) {
    const { headers } = await ask(`${server.url}${path}`)
    expect([path, headers['cache-control']]).toEqual([path, 'no-store'])
  }
})
