import { ChannelRequest } from '@cellarhand/protocol/place'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { beginSession, cookieNames } from '../../access/access.ts'
import { until } from '../../platform/postgres/processes.ts'
import { verify } from '../../verify/verify.ts'
import { openFeed, startGuardedServer, type GuardedServer } from '../../../test/access.ts'

let server: GuardedServer
let admin: Record<string, string>

beforeAll(async () => {
  server = await startGuardedServer()
  admin = { 'x-api-key': await server.keyOf(['admin']) }
})
afterAll(() => server?.stop())

/** Somebody who has signed in: their cookie, from a page of this server. */
async function signedIn(
  id: string,
  roles: readonly ('customer' | 'shop' | 'admin')[],
): Promise<Record<string, string>> {
  const freshUntilMs = Date.now() + 600_000
  const { token } = await beginSession(
    server.pool,
    { subject: `user:${id}`, name: 'Jo', roles, freshUntilMs },
    undefined,
  )
  return { cookie: `${cookieNames.session}=s.${token}`, origin: server.url }
}

const jo = (email: string) => ({ email, name: 'Jo', roles: ['shop'] })

test('an account is made once for an address, with a password that is shown once', async () => {
  const made = await server.ask('POST', '/v1/users', { headers: admin, body: jo(' Jo@Cellar.example'.trim()) })
  expect(made.status).toBe(201)
  expect(made.headers.get('cache-control')).toBe('no-store')
  expect(made.body).toMatchObject({ email: 'jo@cellar.example', passwordOnce: true })
  expect(made.body['oncePassword']).toMatch(/^[a-z2-9]{5}(-[a-z2-9]{5}){3}$/)
  expect((await server.ask('POST', '/v1/users', { headers: admin, body: jo('JO@cellar.example') })).problem).toBe(
    'email-taken',
  )
  const { body } = await server.ask('GET', '/v1/users?limit=500', { headers: admin })
  expect(JSON.stringify(body)).toContain('jo@cellar.example')
  expect(JSON.stringify(body)).not.toMatch(/scrypt|oncePassword/)
})

test('probe 10: whoever loses a role loses it everywhere within seconds, on the feed too', async () => {
  const { body } = await server.ask('POST', '/v1/users', { headers: admin, body: jo('ben@cellar.example') })
  const id = String(body['id'])
  const headers = await signedIn(id, ['shop'])
  expect((await server.ask('GET', '/v1/orders', { headers })).status).toBe(200)
  const line = openFeed(server.url, ['location:shop'], { headers })
  onTestFinished(() => line.close())
  await until(() => line.frames.some(({ type }) => type === 'ready'), { withinMs: 10_000 })
  const changed = await server.ask('PATCH', `/v1/users/${id}`, { headers: admin, body: { roles: ['customer'] } })
  expect(changed.body).toMatchObject({ roles: ['customer'] })
  expect(await line.ended).toBe(4002)
  expect((await server.ask('GET', '/v1/locations', { headers })).problem).toBe('unauthenticated')
})

test('the last one who administers can neither be disabled nor made something else', async () => {
  const listed = await server.ask('GET', '/v1/users?limit=500', { headers: admin })
  const users = listed.body['items'] as { id: string; roles: string[] }[]
  const first = users.filter(({ roles }) => roles.includes('admin'))
  expect(first).toHaveLength(1)
  const id = String(first[0]?.id)
  for (const body of [{ disabled: true }, { roles: ['shop'] }]) {
    expect((await server.ask('PATCH', `/v1/users/${id}`, { headers: admin, body })).problem).toBe('invalid-setting')
  }
  await server.ask('POST', '/v1/users', { headers: admin, body: { ...jo('root2@cellar.example'), roles: ['admin'] } })
  expect((await server.ask('PATCH', `/v1/users/${id}`, { headers: admin, body: { disabled: true } })).status).toBe(200)
})

test('a key is shown once, comes in as what it is for, and no more once it is revoked', async () => {
  const body = { name: 'till 2', roles: ['shop'], locations: ['shop'] }
  const made = await server.ask('POST', '/v1/keys', { headers: admin, body })
  expect(made.status).toBe(201)
  const key = String(made.body['key'])
  const who = await server.ask('GET', '/v1/session', { headers: { 'x-api-key': key } })
  expect(who.body).toMatchObject({ subject: `key:${String(made.body['id'])}`, kind: 'machine', locations: ['shop'] })
  const listed = await server.ask('GET', '/v1/keys', { headers: admin })
  expect(JSON.stringify(listed.body)).not.toContain(key)
  const { rows } = await server.pool.query('select * from access.keys')
  expect(JSON.stringify(rows)).not.toContain(key)
  expect((await server.ask('DELETE', `/v1/keys/${String(made.body['id'])}`, { headers: admin })).status).toBe(204)
  await until(async () => (await server.ask('GET', '/v1/session', { headers: { 'x-api-key': key } })).status === 401, {
    withinMs: 5_000,
  })
  expect(
    (await server.ask('POST', '/v1/keys', { headers: admin, body: { ...body, locations: ['nowhere'] } })).problem,
  ).toBe('unknown-location')
})

/** What a member of a channel may be at most, by its schema. */
const mostOf = (member: keyof typeof ChannelRequest.properties) =>
  ChannelRequest.properties[member] as unknown as { readonly maximum: number; readonly maxItems: number }

test('places are made and changed, and what the books stand against is refused with why', async () => {
  const place = { name: 'Annex', kind: 'warehouse', duty: 'paid', owner: 'house' }
  const put = (path: string, body: object) => server.ask('PUT', path, { headers: admin, body })
  expect((await put('/v1/locations/annex', place)).body).toMatchObject({ id: 'annex', ...place })
  const club = {
    name: 'Club',
    currency: 'EUR',
    duty: 'paid',
    locations: ['annex'],
    safetyStock: 0,
    showMax: 9,
    lowAt: 2,
  }
  expect((await put('/v1/channels/club', club)).status).toBe(200)
  const most = { safetyStock: mostOf('safetyStock').maximum, showMax: mostOf('showMax').maximum }
  expect((await put('/v1/channels/club', { ...club, ...most })).status).toBe(200)
  const many = Array.from({ length: mostOf('locations').maxItems }, (_, at) => `annex-${at}`)
  for (const id of many) await put(`/v1/locations/${id}`, place)
  expect((await put('/v1/channels/club', { ...club, locations: many })).status).toBe(200)
  expect((await put('/v1/channels/club', { ...club, locations: ['nowhere'] })).problem).toBe('invalid-setting')
  expect((await put('/v1/locations/shop', { ...place, duty: 'in_bond' })).problem).toBe('invalid-setting')
  await until(async () => JSON.stringify((await server.ask('GET', '/v1/channels')).body).includes('"club"'), {
    withinMs: 5_000,
  })
})

test('probe 32: each act of administration is on record: who, what, about whom', async () => {
  const { body } = await server.ask('GET', '/v1/audit?limit=500', { headers: admin })
  const items = body['items'] as { operation: string; subject: string; target?: string; outcome: string }[]
  for (const operation of ['makeUser', 'changeUser', 'makeKey', 'revokeKey', 'putLocation', 'putChannel']) {
    const found = items.find((one) => one.operation === operation && one.outcome === 'done')
    expect(found).toMatchObject({ operation, subject: expect.stringMatching(/^key:/), target: expect.any(String) })
  }
  expect(JSON.stringify(items)).not.toMatch(/@cellar.example|ck_/)
})

describe('a customer', () => {
  const id = '01890000-0000-7000-8000-0000000000bb'
  let headers: Record<string, string>
  let holdId: string
  const order = () => ({
    holdId,
    fulfilment: 'collect',
    destination: { country: 'DE', postcode: 'CANARY1' },
    buyer: { bornOn: '1980-05-01' },
    gift: { message: 'CANARY2' },
    note: 'CANARY3',
  })

  beforeAll(async () => {
    await server.pool.query(
      `insert into access.users (id, email, name, roles) values ($1, 'clara@example.org', 'Clara Canary', array['customer'])`,
      [id],
    )
    headers = await signedIn(id, ['customer'])
    const held = await server.ask('POST', '/v1/holds', { headers, body: { lines: [{ sku: 'WINE', quantity: 2 }] } })
    holdId = String(held.body['id'])
  })

  test('orders what they hold, and says nothing of it that is for staff to say', async () => {
    for (const more of [
      { charges: [] },
      { externalRef: 'X' },
      { customer: 'user:other' },
      { buyer: { ageVerifiedBy: 'me' } },
    ]) {
      const body = { ...order(), ...more }
      expect((await server.ask('POST', '/v1/orders', { headers, body })).problem).toBe('forbidden')
    }
    const placed = await server.ask('POST', '/v1/orders', { headers, body: order() })
    expect([placed.status, placed.body['detail']]).toEqual([201, undefined])
    const others = await signedIn('01890000-0000-7000-8000-0000000000cc', ['customer'])
    expect((await server.ask('GET', `/v1/orders/${holdId}`, { headers: others })).problem).toBe('not-found')
    expect((await server.ask('GET', '/v1/orders', { headers: others })).body['items']).toEqual([])
    expect((await server.ask('GET', `/v1/orders?customer=user:${id}`, { headers: others })).body['items']).toEqual([])
  })

  test('is given all that is on record of them', async () => {
    const given = await server.ask('GET', '/v1/customer-data', { headers })
    expect(JSON.stringify(given.body)).toMatch(/Clara Canary.*CANARY1/)
    expect(given.body['orders']).toHaveLength(1)
  })

  test('probe 39: is erased once nothing is under way: nothing of them is left, and the books balance as before', async () => {
    const early = await server.ask('DELETE', '/v1/customer-data', { headers })
    expect([early.status, early.problem, early.body['orders']]).toEqual([409, 'customer-active', 1])
    await server.ask('POST', `/v1/orders/${holdId}/collect`, { headers: admin, body: {} })
    expect((await server.ask('DELETE', '/v1/customer-data', { headers })).body).toEqual({ orders: 1, holds: 1 })
    expect(await tablesWith('CANARY|Canary|clara@|1980-05-01')).toEqual([])
    const seen = await server.ask('GET', `/v1/orders/${holdId}`, { headers: admin })
    expect(seen.body).toMatchObject({ state: 'collected', destination: { country: 'DE' } })
    expect(seen.body['customer']).toMatch(/^erased:/)
    expect((await verify(server.databaseUrl, { say: () => {} })).ok).toBe(true)
    const answered = async () => (await server.ask('GET', '/v1/orders', { headers })).problem
    await until(async () => (await answered()) === 'unauthenticated', { withinMs: 5_000 })
  })
})

/** The tables that have a row with some text anywhere in it. */
async function tablesWith(text: string): Promise<string[]> {
  const { rows: tables } = await server.pool.query<{ name: string }>(
    `select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and not c.relispartition and n.nspname in ('stock', 'access', 'log', 'catalogue')`,
  )
  const found: string[] = []
  for (const { name } of tables) {
    const { rowCount } = await server.pool.query(`select from ${name} t where t::text ~ $1 limit 1`, [text])
    if (rowCount) found.push(name)
  }
  return found
}
