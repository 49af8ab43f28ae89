import { Readable } from 'node:stream'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compressAnswers } from './compress.ts'

const long = JSON.stringify({ items: Array.from({ length: 200 }, (_, index) => ({ sku: `SKU-${index}` })) })
const lines = Array.from({ length: 5_000 }, (_, index) => `SKU-${index},shop,12\r\n`)

let app: FastifyInstance

beforeAll(async () => {
  app = Fastify()
  compressAnswers(app)
  const json = 'application/json; charset=utf-8'
  app.get('/long', async (_request, reply) => reply.type(json).header('vary', 'origin').send(long))
  app.get('/short', async (_request, reply) => reply.type(json).send('{"a":1}'))
  app.get('/csv', async (_request, reply) => reply.type('text/csv').send(Readable.from(lines)))
  app.get('/broken', async (_request, reply) => reply.type('text/csv').send(Readable.from(broken())))
  app.get('/strong', async (_request, reply) => reply.type(json).header('etag', '"7"').send(long))
  app.get('/weak', async (_request, reply) => reply.type(json).header('etag', 'W/"7"').send(long))
  app.get('/cookie', async (_request, reply) => reply.type(json).header('set-cookie', 'a=b').send(long))
  app.get('/secret', { config: { compress: false } }, async (_request, reply) => reply.type(json).send(long))
  app.get('/image', async (_request, reply) => reply.type('image/png').send(Buffer.alloc(5_000)))
  app.get('/events', async (_request, reply) => reply.type('text/event-stream').send(Readable.from(lines)))
  await app.listen({ port: 0, host: '127.0.0.1' })
})
afterAll(() => app.close())

function* broken() {
  yield* lines
  throw new Error('the database is gone')
}

const ask = (url: string, accepted?: string) =>
  app.inject({ url, ...(accepted === undefined ? {} : { headers: { 'accept-encoding': accepted } }) })

test.each([
  ['br', 'br'],
  ['gzip', 'gzip'],
  ['gzip, deflate, br', 'br'],
  ['gzip;q=1.0, br;q=0.5', 'gzip'],
  ['br;q=0, gzip', 'gzip'],
  ['GZIP', 'gzip'],
])('who takes %s is sent %s', async (accepted, encoding) => {
  const { headers, rawPayload } = await ask('/long', accepted)
  expect(headers['content-encoding']).toBe(encoding)
  expect((encoding === 'br' ? brotliDecompressSync : gunzipSync)(rawPayload).toString()).toBe(long)
  expect(rawPayload.length).toBeLessThan(long.length / 3)
  expect(headers['content-length']).toBe(String(rawPayload.length))
})

test.each([undefined, '', 'identity', 'deflate', 'br;q=0', 'nonsense;;q'])(
  'who takes %s is sent it as it is',
  async (accepted) => {
    const { headers, body } = await ask('/long', accepted)
    expect([headers['content-encoding'], body]).toEqual([undefined, long])
  },
)

test('whoever keeps it is told what it varies by, compressed or not', async () => {
  for (const accepted of ['br', 'identity'])
    expect((await ask('/long', accepted)).headers.vary).toBe('origin, accept-encoding')
})

test('streams are compressed as they come, and one that breaks does not look whole', async () => {
  const { headers, rawPayload } = await ask('/csv', 'br')
  expect(headers['content-encoding']).toBe('br')
  expect(brotliDecompressSync(rawPayload).toString()).toBe(lines.join(''))
  const address = app.listeningOrigin
  await expect(fetch(`${address}/broken`).then((answer) => answer.text())).rejects.toThrow('terminated')
})

test.each(['/short', '/strong', '/cookie', '/secret', '/image', '/events'])('%s is sent as it is', async (path) => {
  const { headers, statusCode } = await ask(path, 'br, gzip')
  expect([statusCode, headers['content-encoding']]).toEqual([200, undefined])
})

test('what is weakly validated may be compressed', async () => {
  expect((await ask('/weak', 'br')).headers).toMatchObject({ 'content-encoding': 'br', etag: 'W/"7"' })
})
