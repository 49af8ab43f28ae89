import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openFeed, startGuardedServer, type GuardedServer } from '../../../test/access.ts'
import { until } from '../../platform/postgres/processes.ts'
import { revoke, revokeKey } from '../../access/access.ts'

let server: GuardedServer

beforeAll(async () => {
  server = await startGuardedServer()
})
afterAll(() => server?.stop())

const key = async (...args: Parameters<GuardedServer['keyOf']>) => ({ 'x-api-key': await server.keyOf(...args) })
const hold = { lines: [{ sku: 'WINE', quantity: 1 }] }

describe('a stranger', () => {
  test('may look around, and may not hold, nor see anything of the house', async () => {
    for (const path of ['/v1/wines', '/v1/offers/WINE', '/v1/channels', '/healthz', '/v1/openapi.json']) {
      expect([path, (await server.ask('GET', path)).status]).toEqual([path, 200])
    }
    for (const path of ['/v1/stock', '/v1/orders', '/v1/movements', '/v1/locations', '/metrics', '/v1/shortfalls']) {
      const answer = await server.ask('GET', path)
      expect([path, answer.status, answer.problem]).toEqual([path, 401, 'unauthenticated'])
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/)
    }
    const held = await server.ask('POST', '/v1/holds', { body: hold })
    expect([held.status, held.problem]).toEqual([401, 'unauthenticated'])
  })

  test('who is somebody no more is still told whether the server is well', async () => {
    const headers = { authorization: 'Bearer ended' }
    for (const path of ['/healthz', '/readyz']) expect((await server.ask('GET', path, { headers })).status).toBe(200)
    expect((await server.ask('GET', '/v1/wines', { headers })).status).toBe(401)
  })

  test('who begins a guest session may hold, extend and give back, and nothing else', async () => {
    const headers = await server.guest()
    const held = await server.ask('POST', '/v1/holds', { headers, body: hold })
    expect(held.status).toBe(201)
    const id = String(held.body['id'])
    expect(held.body['customer']).toMatch(/^guest:/)
    expect((await server.ask('PATCH', `/v1/holds/${id}`, { headers, body: { ttlSeconds: 60 } })).status).toBe(200)
    expect((await server.ask('GET', `/v1/holds/${id}`, { headers })).status).toBe(200)
    expect((await server.ask('POST', `/v1/holds/${id}/commit`, { headers })).problem).toBe('forbidden')
    const order = { holdId: id, fulfilment: 'collect', buyer: { bornOn: '1980-05-01' } }
    expect((await server.ask('POST', '/v1/orders', { headers, body: order })).problem).toBe('forbidden')
    expect((await server.ask('POST', '/v1/prices', { headers, body: { lines: [] } })).problem).toBe('forbidden')
    expect((await server.ask('DELETE', `/v1/holds/${id}`, { headers })).status).toBe(200)
  })

  test('the cookie of a guest session is for this host alone, read by no script, and of use to no page from elsewhere', async () => {
    const begun = await server.ask('POST', '/v1/session')
    expect(begun.status).toBe(201)
    expect(begun.body['token']).toBeUndefined()
    const [cookie = ''] = begun.headers.getSetCookie()
    expect(cookie).toMatch(/^__Host-cellarhand-guest=[\w.-]+; Path=\/; Max-Age=604800; HttpOnly; Secure; SameSite=Lax$/)
    const sent = { cookie: cookie.split(';')[0] ?? '' }
    const who = await server.ask('GET', '/v1/session', { headers: sent })
    expect(who.body).toMatchObject({ kind: 'guest', subject: begun.body['subject'] })
    const write = (origin: Record<string, string>) =>
      server.ask('POST', '/v1/holds', { headers: { ...sent, ...origin }, body: hold })
    expect((await write({})).problem).toBe('forbidden')
    expect((await write({ origin: 'https://elsewhere.example' })).problem).toBe('forbidden')
    expect((await write({ origin: 'null' })).problem).toBe('forbidden')
    expect((await write({ origin: `${server.url}.evil.example` })).problem).toBe('forbidden')
    expect((await write({ origin: server.url })).status).toBe(201)
    // Whoever is somebody stays who they are.
    const again = await server.ask('POST', '/v1/session', { headers: { ...sent, origin: server.url } })
    expect([again.status, again.body['subject'], again.headers.getSetCookie()]).toEqual([
      200,
      begun.body['subject'],
      [],
    ])
  })
})

describe('what is somebody else’s', () => {
  test('probe 12: is not there: a hold can be neither read, kept, given back nor ordered, and nothing of it changes', async () => {
    const [anna, ben, admin] = [await server.guest(), await server.guest(), await key(['admin'])]
    const held = await server.ask('POST', '/v1/holds', { headers: anna, body: hold })
    const id = String(held.body['id'])
    const missing = '01890000-0000-7000-8000-000000000000'
    for (const [method, path, body] of [
      ['GET', '/v1/holds/ID', undefined],
      ['PATCH', '/v1/holds/ID', { ttlSeconds: 60 }],
      ['DELETE', '/v1/holds/ID', undefined],
    ] as const) {
      const theirs = await server.ask(method, path.replace('ID', id), { headers: ben, body })
      const none = await server.ask(method, path.replace('ID', missing), { headers: ben, body })
      expect([path, theirs.status, theirs.problem]).toEqual([path, 404, 'not-found'])
      // Nothing tells it from what never was.
      expect(JSON.stringify(theirs.body).replaceAll(id, missing)).toBe(JSON.stringify(none.body))
    }
    const seen = await server.ask('GET', `/v1/holds/${id}`, { headers: admin })
    expect(seen.body).toMatchObject({ state: 'active', expiresAt: held.body['expiresAt'] })
  })

  test('probe 13: a key of somebody else’s intent gives none of their answer', async () => {
    const [anna, ben] = [await server.guest(), await server.guest()]
    const mine = await server.ask('POST', '/v1/holds', { headers: anna, body: hold, key: 'the-same-key-of-two' })
    const theirs = await server.ask('POST', '/v1/holds', { headers: ben, body: hold, key: 'the-same-key-of-two' })
    expect([mine.status, theirs.status]).toEqual([201, 201])
    expect(theirs.body['id']).not.toBe(mine.body['id'])
    expect(theirs.headers.get('idempotency-replayed')).toBeNull()
  })

  test('probe 14: what only staff may say is refused, and not left out', async () => {
    const headers = await server.guest()
    const lines = (more: object) => ({ lines: [{ sku: 'WINE', quantity: 1, ...more }] })
    for (const body of [{ ...hold, customer: 'anna' }, lines({ location: 'shop' }), lines({ allotment: 'club' })]) {
      expect((await server.ask('POST', '/v1/holds', { headers, body })).problem).toBe('forbidden')
    }
    for (const body of [{ ...hold, status: 'committed' }, { ...hold, role: 'admin' }, lines({ price: 1 })]) {
      expect((await server.ask('POST', '/v1/holds', { headers, body })).problem).toBe('invalid-request')
    }
  })
})

describe('staff who are limited to a location', () => {
  test('do there what their role may do, and nothing elsewhere', async () => {
    const headers = await key(['shop'], ['shop'])
    const sale = (location: string) => ({ location, lines: [{ sku: 'WINE', quantity: 1 }] })
    expect((await server.ask('POST', '/v1/sales', { headers, body: sale('shop') })).status).toBe(201)
    const elsewhere = await server.ask('POST', '/v1/sales', { headers, body: sale('warehouse') })
    expect([elsewhere.status, elsewhere.problem]).toEqual([403, 'forbidden'])
    const transfer = (from: string, to: string) => ({ from, to, lines: [{ sku: 'WINE', quantity: 1 }] })
    expect((await server.ask('POST', '/v1/transfers', { headers, body: transfer('warehouse', 'shop') })).problem).toBe(
      'forbidden',
    )
    const sent = await server.ask('POST', '/v1/transfers', { headers, body: transfer('shop', 'warehouse') })
    expect(sent.status).toBe(201)
    const receive = `/v1/transfers/${String(sent.body['id'])}/receive`
    expect((await server.ask('POST', receive, { headers })).problem).toBe('forbidden')
    expect((await server.ask('POST', receive, { headers: await key(['cellar'], ['warehouse']) })).status).toBe(200)
    expect((await server.ask('GET', '/v1/stock', { headers })).problem).toBe('forbidden')
    expect((await server.ask('GET', '/v1/stock?location=warehouse', { headers })).problem).toBe('forbidden')
    expect((await server.ask('GET', '/v1/stock?location=shop', { headers })).status).toBe(200)
    expect((await server.ask('POST', '/v1/holds', { headers, body: hold })).problem).toBe('forbidden')
    const here = { lines: [{ sku: 'WINE', quantity: 1, location: 'shop' }] }
    expect((await server.ask('POST', '/v1/holds', { headers, body: here })).status).toBe(201)
  })
})

describe('credentials', () => {
  test('that are none of ours are refused, and no request goes on as nobody', async () => {
    for (const headers of [
      { authorization: 'Bearer nonsense' },
      { authorization: 'Basic YTpi' },
      { authorization: 'Bearer guest.nonsense' },
      { 'x-api-key': 'ck_0123456789abcdef_0123456789012345678901234567890123456789012' },
    ] as Record<string, string>[]) {
      const answer = await server.ask('GET', '/v1/wines', { headers })
      expect([headers, answer.status, answer.problem]).toEqual([headers, 401, 'unauthenticated'])
    }
  })

  test('probe 10: a key that is revoked is none within seconds, in requests and on the feed', async () => {
    const secret = await server.keyOf(['admin'])
    const headers = { 'x-api-key': secret }
    expect((await server.ask('GET', '/v1/orders', { headers })).status).toBe(200)
    const line = openFeed(server.url, ['location:shop'], { headers })
    onTestFinished(() => line.close())
    await until(() => line.frames.some(({ type }) => type === 'ready'), { withinMs: 10_000 })
    const [, id = ''] = secret.split('_')
    await revokeKey(server.pool, id)
    await revoke(server.pool, `key:${id}`)
    expect(await line.ended).toBe(4002)
    expect((await server.ask('GET', '/v1/orders', { headers })).problem).toBe('unauthenticated')
  })
})

describe('the feed', () => {
  const ready = (line: ReturnType<typeof openFeed>, topic: string) =>
    until(() => line.frames.some((frame) => frame.type === 'ready' && frame.topic === topic), { withinMs: 10_000 })
  const refused = (line: ReturnType<typeof openFeed>, topic: string) =>
    until(() => line.frames.some((frame) => frame.type === 'error' && frame.topic === topic), { withinMs: 10_000 })

  test('shows a stranger offers, and nothing of the house', async () => {
    const line = openFeed(server.url, ['sku:WINE@web', 'location:shop', 'audit'])
    onTestFinished(() => line.close())
    await Promise.all([ready(line, 'sku:WINE@web'), refused(line, 'location:shop'), refused(line, 'audit')])
    expect(
      line.frames.some((frame) => 'topic' in frame && frame.topic === 'location:shop' && frame.type !== 'error'),
    ).toBe(false)
  })

  test('probe 11: shows a hold to whose it is, and to nobody else, by any way in', async () => {
    const [anna, ben] = [await server.guest(), await server.guest()]
    const held = await server.ask('POST', '/v1/holds', { headers: anna, body: hold })
    const topic = `hold:${String(held.body['id'])}`
    const theirs = openFeed(server.url, [topic], { headers: anna })
    const others = openFeed(server.url, [topic], { headers: ben })
    const strangers = openFeed(server.url, [topic])
    onTestFinished(() => [theirs, others, strangers].forEach((line) => line.close()))
    await Promise.all([ready(theirs, topic), refused(others, topic), refused(strangers, topic)])
    const text = JSON.stringify([...others.frames, ...strangers.frames])
    expect(text).not.toContain('"lines"')
    // Shown in-band, it is the same.
    const token = (ben['authorization'] ?? '').replace('Bearer ', '')
    const renewed = openFeed(server.url, [topic], { headers: anna })
    onTestFinished(() => renewed.close())
    await ready(renewed, topic)
    renewed.send({ type: 'auth', token })
    await refused(renewed, topic)
  })

  test('probe 8: a ticket opens one line, once, for whoever took it', async () => {
    const headers = await key(['cellar'])
    const { body } = await server.ask('POST', '/v1/feed-tickets', { headers })
    const query = `?ticket=${String(body['ticket'])}`
    const line = openFeed(server.url, ['location:shop'], { query })
    onTestFinished(() => line.close())
    await ready(line, 'location:shop')
    expect(await openFeed(server.url, ['location:shop'], { query }).ended).toBe(401)
    expect(await openFeed(server.url, [], { query: '?ticket=nonsense' }).ended).toBe(401)
  })

  test('probe 6: a token in the address is refused', async () => {
    expect(await openFeed(server.url, [], { query: '?access_token=x' }).ended).toBe(400)
    expect((await server.ask('GET', '/v1/wines?access_token=x')).problem).toBe('invalid-request')
  })
})

test('probe 32: each refusal is on record, which cannot be changed', async () => {
  const headers = await server.guest()
  await server.ask('GET', '/v1/orders?limit=1', { headers })
  const refusals = async () =>
    (await server.pool.query(`select * from access.audit where operation = 'listJournal' and outcome = 'forbidden'`))
      .rows
  await server.ask('GET', '/v1/movements', { headers })
  await until(async () => (await refusals()).length > 0, { withinMs: 5_000 })
  expect((await refusals())[0]).toMatchObject({ via: 'guest', network: '127.0.0.0/24' })
  for (const sql of ["update access.audit set outcome = 'done'", 'delete from access.audit', 'truncate access.audit']) {
    await expect(server.pool.query(sql)).rejects.toThrow('stays on record')
  }
})
