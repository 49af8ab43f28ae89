import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startGuardedServer, type GuardedServer } from '../../../test/access.ts'

let server: GuardedServer

beforeAll(async () => {
  // Six holds a minute of one guest, thirty from one address; two refused credentials.
  server = await startGuardedServer({ CELLARHAND_RATE_PERCENT: '10' })
})
afterAll(() => server?.stop())

const body = { lines: [{ sku: 'WINE', quantity: 1 }] }

test('probe 16: a guest who asks too often is told when to come back, and others go on', async () => {
  const [eager, calm] = [await server.guest(), await server.guest()]
  const answers = []
  for (let round = 0; round < 8; round++) answers.push(await server.ask('POST', '/v1/holds', { headers: eager, body }))
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201, 201, 429, 429])
  const [first, last] = [answers[0], answers.at(-1)]
  expect(first?.headers.get('ratelimit-policy')).toBe('"hold";q=6;w=60')
  expect(first?.headers.get('ratelimit')).toMatch(/^"hold";r=5;t=\d+$/)
  expect(last?.problem).toBe('too-many-requests')
  expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await server.ask('POST', '/v1/holds', { headers: calm, body })).status).toBe(201)
  // What is looked at is counted by itself.
  expect((await server.ask('GET', '/v1/offers/WINE', { headers: eager })).status).toBe(200)
})

test('probe 16: one address is counted whoever asks from it, and by no header that anybody may send', async () => {
  const statuses = []
  for (let round = 0; round < 12; round++) {
    const headers = {
      ...(await server.guest()),
      'x-forwarded-for': `203.0.113.${round}`,
      forwarded: `for=203.0.113.${round}`,
    }
    for (let again = 0; again < 4; again++) {
      statuses.push((await server.ask('POST', '/v1/holds', { headers, body })).status)
    }
  }
  expect(statuses.filter((status) => status === 201).length).toBeLessThanOrEqual(30)
  expect(statuses.at(-1)).toBe(429)
})

test('probe 37: what one guest holds at once has an end, however they ask, and given back it may be held anew', async () => {
  const roomy = await startGuardedServer({ CELLARHAND_CUSTOMER_HOLDS_MAX: '4', CELLARHAND_CUSTOMER_UNITS_MAX: '10' })
  onTestFinished(() => roomy.stop())
  const headers = await roomy.guest()
  const hold = (quantity: number) =>
    roomy.ask('POST', '/v1/holds', { headers, body: { lines: [{ sku: 'WINE', quantity }] } })
  const answers = await Promise.all(Array.from({ length: 12 }, () => hold(1)))
  const placed = answers.filter(({ status }) => status === 201)
  expect(placed.length).toBeLessThanOrEqual(4)
  while (placed.length < 4) placed.push(await hold(1))
  const full = await hold(1)
  expect([full.status, full.problem, full.body['holds']]).toEqual([409, 'too-many-holds', 4])
  const retried = { lines: [{ sku: 'WINE', quantity: 1 }] }
  const key = 'retried-when-it-was-full'
  expect((await roomy.ask('DELETE', `/v1/holds/${String(placed[1]?.body['id'])}`, { headers })).status).toBe(200)
  const first = await roomy.ask('POST', '/v1/holds', { headers, body: retried, key })
  const again = await roomy.ask('POST', '/v1/holds', { headers, body: retried, key })
  expect([first.status, again.status, again.body['id']]).toEqual([201, 201, first.body['id']])
  await roomy.ask('DELETE', `/v1/holds/${String(placed[0]?.body['id'])}`, { headers })
  expect((await hold(8)).problem).toBe('too-many-holds')
  expect((await hold(7)).status).toBe(201)
})

test('a till is not held up by who else comes from its address', async () => {
  const headers = { 'x-api-key': await server.keyOf(['machine']) }
  const answer = await server.ask('POST', '/v1/holds', { headers, body })
  expect([answer.status, answer.headers.get('ratelimit-policy')]).toEqual([201, '"program";q=120000;w=60'])
})

test('who guesses tokens is stopped before they are looked at', async () => {
  const headers = { authorization: 'Bearer nonsense' }
  const statuses = []
  for (let round = 0; round < 16; round++) statuses.push((await server.ask('GET', '/v1/orders', { headers })).status)
  expect(statuses.slice(0, 12)).toEqual(Array.from({ length: 12 }, () => 401))
  expect(statuses.slice(13)).toEqual([429, 429, 429])
})

test('nobody counts who looks whether it lives', async () => {
  const answer = await server.ask('GET', '/healthz')
  expect([answer.status, answer.headers.get('ratelimit')]).toEqual([200, null])
})
