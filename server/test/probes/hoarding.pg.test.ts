import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cookieNames } from '../../src/access/access.ts'
import { runCommand } from '../command.ts'
import { openHouse, signIn, whoIs, type House } from '../house.ts'
import type { Jar } from '../jar.ts'
import { startServer, type TestServer } from '../server.ts'

// Twice as strict as a rule, so that few holds have to lapse; the addresses are those that a proxy tells.
const env = {
  CELLARHAND_SUSPICION_PERCENT: '200',
  CELLARHAND_TRUSTED_HOPS: '1',
  CELLARHAND_RATE_PERCENT: '10000',
  CELLARHAND_COUNTRY: 'DE',
}

let house: House
let other: TestServer
let admin: Record<string, string>

beforeAll(async () => {
  house = await openHouse(env)
  admin = { 'x-api-key': await house.server.keyOf(['admin']) }
}, 120_000)

afterAll(async () => {
  await other?.stop()
  await house?.stop()
})

const MINUTE = 60_000

interface Answer {
  readonly status: number
  readonly problem: string | undefined
  readonly retryAfter: string | null
  readonly body: Record<string, unknown>
}

async function read(answer: Response): Promise<Answer> {
  const body = (await answer.json()) as Record<string, unknown>
  const problem = typeof body['type'] === 'string' ? body['type'].split('/').at(-1) : undefined
  return { status: answer.status, problem, retryAfter: answer.headers.get('retry-after'), body }
}

const holdOf = (quantity: number, headers: Record<string, string>) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID(), ...headers },
  body: JSON.stringify({ ttlSeconds: 1, lines: [{ sku: 'WINE', quantity, channel: 'web' }] }),
})

/** As a browser, from an address of its own. */
async function browserHolds(jar: Jar, quantity: number): Promise<Answer> {
  const headers = { origin: house.server.url, 'x-forwarded-for': '93.184.215.7' }
  return read(await jar.ask('/v1/holds', holdOf(quantity, headers)))
}

const holds = async (url: string, headers: Record<string, string>, from: string, quantity = 1) =>
  read(await fetch(`${url}/v1/holds`, holdOf(quantity, { ...headers, 'x-forwarded-for': from })))

const alive = async () =>
  (await house.pool.query<{ n: number }>(`select count(*)::int as n from stock.holds where state = 'active'`)).rows[0]
    ?.n

const lapsed = async () => {
  await expect.poll(alive, { timeout: MINUTE }).toBe(0)
}

async function suspicions(url: string) {
  const answer = await fetch(`${url}/v1/suspicions`, { headers: admin })
  const { items } = (await answer.json()) as { items: Record<string, unknown>[] }
  return items
}

const verdictOf = async (url: string, party: string) =>
  (await suspicions(url)).find((one) => one['party'] === party)?.['verdict'] ?? 'fine'

test('a launch at which a hundred guests hold a bottle each, and all of them let it lapse, makes nobody suspected', async () => {
  const { server } = house
  const guests = await Promise.all(Array.from({ length: 100 }, () => server.guest()))
  const answers = await Promise.all(
    guests.map((headers, index) => holds(server.url, headers, `93.184.217.${index + 1}`)),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
  await lapsed()
  const noted = `select count(*)::int as n from conduct.signs where kind = 'lapsed'`
  const count = async () => (await house.pool.query<{ n: number }>(noted)).rows[0]?.n
  await expect.poll(count, { timeout: MINUTE }).toBe(100)
  expect(await suspicions(server.url)).toEqual([])
})

test(
  'probe 37: a bot that holds most of a lot again and again has to sign in, is slowed after that, and waits for no deploy; staff see why, and clear it',
  async () => {
    const { server } = house
    const jar = house.newJar()
    await jar.ask('/v1/session', { method: 'POST', headers: { origin: server.url } })
    const { subject } = await whoIs(jar)
    for (let round = 0; round < 3; round += 1) {
      await expect.poll(async () => (await browserHolds(jar, 100)).status, { timeout: MINUTE }).toBe(201)
      await lapsed()
    }
    await expect.poll(() => verdictOf(server.url, subject), { timeout: MINUTE }).toBe('prove')
    const asked = await browserHolds(jar, 100)
    expect([asked.status, asked.problem, asked.body['signIn']]).toEqual([403, 'proof-required', '/session/sign-in'])
    // A process that begins only now knows it as well.
    other = await startServer({ databaseUrl: server.databaseUrl, env: { ...env, CELLARHAND_AUTH: 'on' } })
    const [known] = await suspicions(other.url)
    expect(known).toMatchObject({
      party: subject,
      verdict: 'prove',
      reasons: [{ reason: 'cycling', figure: expect.closeTo(1.67, 1), at: expect.stringMatching(/Z$/) }],
    })
    const bot = await house.person()
    await signIn(jar, bot)
    expect((await browserHolds(jar, 1)).status).toBe(201)
    const slowed = await browserHolds(jar, 1)
    expect([slowed.status, slowed.problem]).toEqual([429, 'too-many-requests'])
    expect(Number(slowed.retryAfter)).toBeGreaterThan(2)
    await expect.poll(() => verdictOf(other.url, subject), { timeout: MINUTE }).toBe('slow')
    expect(await house.audit(subject)).toContain('holdBottles proof-required')
    const cleared = await server.ask('POST', `/v1/suspicions/${subject}/clear`, {
      headers: admin,
      body: { reason: 'They called.' },
    })
    expect([cleared.status, cleared.body]).toEqual([200, { party: subject, score: 0, verdict: 'fine', reasons: [] }])
    expect((await browserHolds(jar, 1)).status).toBe(201)
    await expect.poll(() => verdictOf(other.url, subject), { timeout: MINUTE }).toBe('fine')
    expect(await house.audit(subject)).toContain('clearSuspicion done')
  },
  3 * MINUTE,
)

test(
  'probe 37: of fifty guests behind one address who buy nothing the next has to sign in, in every process and by every way; others are let be',
  async () => {
    const { server } = house
    const from = '93.184.216.9'
    const guests = await Promise.all(Array.from({ length: 50 }, () => server.guest()))
    const answers = await Promise.all(guests.map((headers) => holds(server.url, headers, from)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
    await lapsed()
    const guest = await server.guest()
    const verdicts = async (url: string) => (await suspicions(url)).map(({ verdict }) => verdict)
    for (const url of [server.url, other.url]) {
      await expect.poll(() => verdicts(url), { timeout: MINUTE }).toContain('prove')
      expect((await holds(url, guest, from)).problem).toBe('proof-required')
      expect((await holds(url, guest, '93.184.216.10')).status).toBe(201)
    }
    const query = `mutation { hold(idempotencyKey: "of-a-guest", input: { lines: [{ sku: "WINE", quantity: 1 }] }) { __typename } }`
    const told = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': from, ...guest },
      body: JSON.stringify({ query }),
    })
    expect(JSON.stringify(await told.json())).toContain('proof-required')
    // Who has just signed in has shown who they are.
    const jar = house.newJar()
    await signIn(jar, await house.person())
    const cookie = `${cookieNames.session}=${jar.cookie(cookieNames.session)?.value}`
    const honest = { cookie, origin: server.url }
    expect((await holds(server.url, honest, from)).status).toBe(201)
    const [address] = await suspicions(server.url)
    expect(address).toMatchObject({ verdict: 'prove', network: '93.184.216.0/24', reasons: [{ reason: 'accounts' }] })
    expect(JSON.stringify(await suspicions(server.url))).not.toContain(from)
  },
  3 * MINUTE,
)

test('what administers may block somebody, who then holds nothing and is told so; others may not ask', async () => {
  const { server } = house
  const guest = await server.guest()
  const { body } = await server.ask('GET', '/v1/session', { headers: guest })
  const party = String(body['subject'])
  const decision = { reason: 'Sells our club wine.', hours: 2 }
  const ask = (headers: Record<string, string>) =>
    server.ask('POST', `/v1/suspicions/${party}/block`, { headers, body: decision })
  const lines = [{ sku: 'WINE', quantity: 1 }]
  const held = await server.ask('POST', '/v1/holds', { headers: guest, body: { ttlSeconds: 600, lines } })
  const path = `/v1/holds/${String(held.body['id'])}`
  expect((await ask({ 'x-api-key': await server.keyOf(['shop']) })).problem).toBe('forbidden')
  expect((await ask(guest)).problem).toBe('forbidden')
  expect((await ask(admin)).body).toMatchObject({ verdict: 'blocked', blockedUntil: expect.any(String) })
  for (const url of [server.url, other.url]) {
    await expect
      .poll(async () => (await holds(url, guest, '93.184.216.20')).problem, { timeout: MINUTE })
      .toBe('forbidden')
  }
  const extended = await server.ask('PATCH', path, { headers: guest, body: { ttlSeconds: 900 } })
  expect(extended.problem).toBe('forbidden')
  expect((await server.ask('GET', '/v1/offers/WINE', { headers: guest })).status).toBe(200)
  expect((await server.ask('DELETE', path, { headers: guest })).status).toBe(200)
  expect(
    (await server.ask('GET', '/v1/suspicions', { headers: { 'x-api-key': await server.keyOf(['shop']) } })).status,
  ).toBe(200)
  expect((await server.ask('GET', '/v1/suspicions', { headers: guest })).problem).toBe('forbidden')
})

test('the command line shows who is suspected, and clears them', async () => {
  const where = ['--database-url', house.server.databaseUrl]
  const list = runCommand('suspicions', 'list', ...where)
  expect(await list.ended).toBe(0)
  const [, party = ''] = /(guest:\S+) {2}blocked \d+ \(/.exec(list.said()) ?? []
  const clear = runCommand('suspicions', 'clear', party, '--reason', 'A mistake', ...where)
  expect(await clear.ended).toBe(0)
  await expect.poll(() => verdictOf(house.server.url, party), { timeout: MINUTE }).toBe('fine')
  expect(await house.audit(party)).toContain('clearSuspicion done')
})
