import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { issuerOf, makeToken, policyTable } from '../../src/access/access.ts'
import { systemClock, systemIds } from '../../src/platform/ids.ts'
import { until } from '../../src/platform/postgres/processes.ts'
import { openFeed, startGuardedServer, type GuardedServer } from '../access.ts'

let server: GuardedServer

beforeAll(async () => {
  server = await startGuardedServer()
})
afterAll(() => server?.stop())

const hold = { lines: [{ sku: 'WINE', quantity: 1 }] }

test('probe 9: a token that ends while somebody follows ends the following within five seconds, and nothing comes later', async () => {
  const wish = { issuer: issuerOf(server.url), audience: 'urn:cellarhand:api', roles: ['cellar'], seconds: 4 } as const
  const token = await makeToken(server.pool, wish, { ...systemClock, ...systemIds })
  const endsAtMs = (Math.floor(Date.now() / 1_000) + 4) * 1_000
  const line = openFeed(server.url, ['location:shop'], { headers: { authorization: `Bearer ${token}` } })
  onTestFinished(() => line.close())
  await until(() => line.frames.some(({ type }) => type === 'ready'), { withinMs: 10_000 })
  expect(await line.ended).toBe(4002)
  expect(Date.now()).toBeLessThan(endsAtMs + 5_000)
  const seen = line.frames.length
  const admin = { 'x-api-key': await server.keyOf(['admin']) }
  const body = { location: 'shop', lines: [{ sku: 'WINE', quantity: 1 }] }
  expect((await server.ask('POST', '/v1/receipts', { headers: admin, body })).status).toBe(201)
  expect(line.frames).toHaveLength(seen)
})

test.each(['true', '["3"]', '"1"', '-1', '0', '1e309', '9007199254740992', '1.5', 'null'])(
  'probe 15: a quantity of %s is refused, and nothing is held',
  async (quantity) => {
    const headers = { ...(await server.guest()), 'content-type': 'application/json' }
    const answer = await fetch(`${server.url}/v1/holds`, {
      method: 'POST',
      headers: { ...headers, 'idempotency-key': 'a-quantity-that-is-none' },
      body: `{"lines":[{"sku":"WINE","quantity":${quantity}}]}`,
    })
    const { type } = (await answer.json()) as { type: string }
    expect([answer.status, type]).toEqual([400, 'https://cellarhand.dev/problems/invalid-request'])
  },
)

test('probe 36: what only an administrator may, no customer, guest or stranger may', async () => {
  const own = [...policyTable].filter(([, row]) => row.size === 1 && row.has('admin')).map(([operation]) => operation)
  expect(own).toContain('makeUser')
  const guest = await server.guest()
  for (const [method, path, body] of [
    ['POST', '/v1/users', { email: 'a@b.example', name: 'A', roles: ['admin'] }],
    ['POST', '/v1/keys', { name: 'k', roles: ['admin'] }],
    ['PUT', '/v1/channels/web', { name: 'Web' }],
    ['GET', '/v1/audit', undefined],
  ] as const) {
    expect((await server.ask(method, path, { headers: guest, body })).problem).toBe('forbidden')
    expect((await server.ask(method, path, { body })).problem).toBe('unauthenticated')
  }
})

test('probe 38: of a hundred who confirm one hold at once, one does', async () => {
  const headers = { 'x-api-key': await server.keyOf(['machine']) }
  const held = await server.ask('POST', '/v1/holds', { headers, body: hold })
  const path = `/v1/holds/${String(held.body['id'])}/commit`
  const answers = await Promise.all(Array.from({ length: 100 }, () => server.ask('POST', path, { headers })))
  const problems = answers.map(({ status, problem }) => problem ?? status)
  expect(problems.filter((one) => one === 201)).toHaveLength(1)
  expect(problems.filter((one) => one === 'hold-ended')).toHaveLength(99)
})
