import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { createChanges } from './changes.ts'
import { listen } from './servers/broadcast.ts'

const closers: (() => void)[] = []
afterEach(() => closers.splice(0).forEach((close) => close()))

/** The API, as far as a change needs it. */
async function startApi(status = 201) {
  const bodies: { sku: string; delta: number }[] = []
  const keys = new Set<unknown>()
  const http = createServer((request, response) => {
    keys.add(request.headers['idempotency-key'])
    request.on('data', (text: Buffer) => bodies.push(JSON.parse(text.toString()) as (typeof bodies)[number]))
    request.on('end', () => response.writeHead(status, { 'content-length': 5 }).end('{"a"}'))
  })
  closers.push(() => http.close().closeAllConnections())
  return { port: await listen(http), bodies, keys }
}

test('stock changes at a pace, one SKU of a range after another, each change under its own key', async () => {
  const api = await startApi()
  const changes = createChanges(api.port)
  changes.start({ first: 5, count: 2 }, 100)
  await sleep(300)
  await changes.rest()
  const { length } = api.bodies
  expect(length).toBeGreaterThan(10)
  expect(length).toBeLessThan(40)
  expect(new Set(api.bodies.map(({ sku }) => sku))).toEqual(new Set(['W0000005', 'W0000006']))
  expect(api.bodies.every(({ delta }) => delta === -1)).toBe(true)
  expect(api.keys.size).toBe(length)
  await sleep(50)
  expect(api.bodies).toHaveLength(length)
})

test('a run that follows another has the pace that was asked for, and not both', async () => {
  const api = await startApi()
  const changes = createChanges(api.port)
  changes.start({ first: 0, count: 1 }, 500)
  await changes.rest()
  const { length } = api.bodies
  changes.start({ first: 1, count: 1 }, 10)
  await sleep(300)
  await changes.rest()
  expect(api.bodies.length - length).toBeLessThan(6)
})

test('a change that is refused fails the run with what was answered', async () => {
  const api = await startApi(409)
  const changes = createChanges(api.port)
  changes.start({ first: 0, count: 1 }, 100)
  await sleep(50)
  await expect(changes.rest()).rejects.toThrow('A change of stock was answered HTTP/1.1 409')
})
