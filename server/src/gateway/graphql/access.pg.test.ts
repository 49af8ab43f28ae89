import { randomUUID } from 'node:crypto'
import { WebSocket } from 'ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { revoke } from '../../access/access.ts'
import { startGuardedServer, type GuardedServer } from '../../../test/access.ts'

let server: GuardedServer
let admin: Record<string, string>

beforeAll(async () => {
  server = await startGuardedServer()
  admin = { 'x-api-key': await server.keyOf(['admin']) }
})
afterAll(() => server?.stop())

interface Told {
  readonly status: number
  readonly data: Record<string, unknown> | null | undefined
  readonly code: string | undefined
}

async function ask(headers: Record<string, string>, query: string, variables: object = {}): Promise<Told> {
  const { status, body } = await server.ask('POST', '/graphql', { headers, body: { query, variables } })
  const errors = body['errors'] as { extensions: { code: string } }[] | undefined
  return { status, data: body['data'] as Told['data'], code: errors?.[0]?.extensions.code }
}

const holdQuery = `mutation ($key: String!) {
  hold(input: { lines: [{ sku: "WINE", quantity: 1 }] }, idempotencyKey: $key) { ... on HoldPlaced { hold { id customer } } ... on Refusal { type } }
}`
async function hold(
  headers: Record<string, string>,
  key: string = randomUUID(),
): Promise<{ id: string; customer: string }> {
  const { data } = await ask(headers, holdQuery, { key })
  return (data as { hold: { hold: { id: string; customer: string } } }).hold.hold
}

const everything = {
  wines: '{ wines { total } }',
  offer: '{ offer(sku: "WINE") { sku } }',
  offers: '{ offers { position } }',
  channels: '{ channels { position } }',
  me: '{ me { subject } }',
  locations: '{ locations { position } }',
  stock: '{ stock { position } }',
  levels: '{ wines { nodes { skus { levels { onHand } } } } }',
  orders: '{ orders { position } }',
  hold: `{ hold(id: "${randomUUID()}") { id } }`,
}

describe('who may ask for what', () => {
  it('somebody who has shown nothing may look around, and nothing else, decided before anything is read', async () => {
    const codes = Object.fromEntries(
      await Promise.all(Object.entries(everything).map(async ([name, query]) => [name, (await ask({}, query)).code])),
    ) as Record<string, string | undefined>
    expect(codes).toEqual({
      wines: undefined,
      offer: undefined,
      offers: undefined,
      channels: undefined,
      me: undefined,
      locations: 'UNAUTHENTICATED',
      stock: 'UNAUTHENTICATED',
      levels: 'UNAUTHENTICATED',
      orders: 'UNAUTHENTICATED',
      hold: 'UNAUTHENTICATED',
    })
    expect(await ask({}, '{ offer(sku: "WINE") { sku } stock { position } }')).toEqual({
      status: 401,
      data: undefined,
      code: 'UNAUTHENTICATED',
    })
    expect((await ask({}, holdQuery, { key: 'k' })).code).toBe('UNAUTHENTICATED')
  })

  it('a guest may hold, and staff alone may see stock', async () => {
    const guest = await server.guest()
    expect((await hold(guest)).customer).toMatch(/./)
    expect(await ask(guest, everything.stock)).toMatchObject({ status: 403, code: 'FORBIDDEN' })
    const shop = { 'x-api-key': await server.keyOf(['shop']) }
    for (const query of Object.values(everything)) expect((await ask(shop, query)).code).toBeUndefined()
  })

  it('staff of one location sees levels there, and has to say so', async () => {
    const shop = { 'x-api-key': await server.keyOf(['shop'], ['shop']) }
    expect((await ask(shop, everything.stock)).code).toBe('FORBIDDEN')
    expect((await ask(shop, '{ stock(location: "warehouse") { position } }')).code).toBe('FORBIDDEN')
    const { data } = await ask(
      shop,
      '{ stock(location: "shop") { nodes { location } } wines { nodes { skus { levels { location } } } } }',
    )
    expect(data).toEqual({
      stock: { nodes: [{ location: 'shop' }] },
      wines: { nodes: [{ skus: [{ levels: [{ location: 'shop' }] }] }] },
    })
  })

  it('a token that is none is refused, whatever is asked for', async () => {
    const told = await ask({ authorization: 'Bearer nonsense' }, everything.me)
    expect(told).toEqual({ status: 401, data: undefined, code: 'UNAUTHENTICATED' })
  })

  it('me says who one is', async () => {
    const key = { 'x-api-key': await server.keyOf(['cellar'], ['shop']) }
    const { data } = await ask(key, '{ me { subject roles locations customers } }')
    expect(data?.['me']).toMatchObject({ subject: expect.stringMatching(/^key:/), locations: ['shop'], customers: [] })
  })

  it('each refusal is on record, under the operation it was about', async () => {
    const guest = await server.guest()
    await ask(guest, everything.stock)
    const rows = async () =>
      (await server.pool.query(`select from access.audit where operation = 'listLevels' and outcome = 'forbidden'`))
        .rowCount
    await expect.poll(rows, { timeout: 20_000 }).toBeGreaterThan(0)
  })
})

describe('probe 12: what is somebody else’s', () => {
  it('hold is not there for another guest, and stays as it is', async () => {
    const [owner, other] = [await server.guest(), await server.guest()]
    const { id } = await hold(owner)
    const read = '{ hold(id: "ID") { id state } }'.replace('ID', id)
    expect((await ask(owner, read)).data).toEqual({ hold: { id, state: 'active' } })
    expect(await ask(other, read)).toEqual(await ask(other, read.replace(id, randomUUID())))
    expect((await ask(other, read)).data).toEqual({ hold: null })
    const change = `mutation ($id: ID!, $a: String!, $b: String!) {
      extendHold(id: $id, ttlSeconds: 60, idempotencyKey: $a) { __typename }
      releaseHold(id: $id, idempotencyKey: $b) { __typename }
    }`
    const told = await ask(other, change, { id, a: randomUUID(), b: randomUUID() })
    expect(told.data).toEqual({ extendHold: { __typename: 'NotFound' }, releaseHold: { __typename: 'NotFound' } })
    expect((await ask(owner, read)).data).toEqual({ hold: { id, state: 'active' } })
  })

  it('idempotency key gives no answer of theirs', async () => {
    const [owner, other] = [await server.guest(), await server.guest()]
    const first = await hold(owner, 'one-key')
    expect((await hold(other, 'one-key')).id).not.toBe(first.id)
  })
})

it('what only staff may say of a hold is refused to a guest', async () => {
  const query = `mutation { hold(input: { lines: [{ sku: "WINE", quantity: 1, location: "shop" }] }, idempotencyKey: "g-1") { __typename } }`
  expect(await ask(await server.guest(), query)).toMatchObject({ status: 403, code: 'FORBIDDEN' })
})

const query = 'subscription { offers(channel: "web") { whole } }'

/** How an upgrade is answered: the status in place of one, or what the line heard and how it was closed. */
function openLine(
  path: string,
  headers: Record<string, string>,
  payload?: object,
): Promise<{ status: number; heard: string }> {
  const line = new WebSocket(`${server.url.replace('http', 'ws')}${path}`, 'graphql-transport-ws', { headers })
  let heard = ''
  line.on('open', () => line.send(JSON.stringify({ type: 'connection_init', ...(payload ? { payload } : {}) })))
  line.on('message', (data: Buffer) => {
    heard += data.toString()
    if (heard.includes('"next"')) line.close()
    else line.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }))
  })
  return new Promise((resolve) => {
    line.on('unexpected-response', (_request, answer) => {
      resolve({ status: answer.statusCode ?? 0, heard })
      answer.destroy()
    })
    line.on('close', (code) => resolve({ status: code, heard }))
    line.on('error', () => {})
  })
}

describe('a WebSocket', () => {
  it('is opened by a guest, by a key, and by what its first message shows', async () => {
    const guest = await server.guest()
    for (const [headers, payload] of [
      [{}, undefined],
      [guest, undefined],
      [admin, undefined],
      [{}, guest],
    ] as const) {
      expect((await openLine('/graphql', headers, payload)).heard).toContain('"whole":')
    }
  })

  it('is not upgraded for credentials that are none, nor with a token in its address', async () => {
    expect((await openLine('/graphql', { authorization: 'Bearer nonsense' })).status).toBe(401)
    expect((await openLine('/graphql?access_token=x', {})).status).toBe(400)
    expect((await openLine('/graphql?ticket=x', {})).status).toBe(401)
    expect((await openLine('/graphql', {}, { authorization: 'Bearer nonsense' })).status).toBe(4403)
  })

  it('with a cookie has to come from a page of this server (probe 7)', async () => {
    const begun = await fetch(`${server.url}/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: server.url },
      body: '{}',
    })
    const cookie = String(begun.headers.getSetCookie()[0]).split(';')[0] ?? ''
    expect(cookie).toContain('=')
    for (const origin of ['https://evil.example', 'null', `${server.url}.evil.example`]) {
      expect((await openLine('/graphql', { cookie, origin })).status).toBe(403)
    }
    expect((await openLine('/graphql', { cookie, origin: server.url })).heard).toContain('"whole":')
    const forged = await server.ask('POST', '/graphql', {
      headers: { cookie, origin: 'https://evil.example' },
      body: { query: everything.me },
    })
    expect(forged.status).toBe(403)
  })

  it('whose guest is revoked is closed, and told nothing later (probe 10)', async () => {
    const { body } = await server.ask('POST', '/v1/session', { body: { as: 'token' } })
    const headers = { authorization: `Bearer ${String(body['token'])}` }
    const { data } = await ask(headers, everything.me)
    const { subject } = (data as { me: { subject: string } }).me
    const line = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers })
    const closed = new Promise<number>((resolve) => line.on('close', resolve))
    line.on('open', () => line.send('{"type":"connection_init"}'))
    line.once('message', () => line.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } })))
    await new Promise<void>((resolve) => line.on('message', (told: Buffer) => told.includes('next') && resolve()))
    await revoke(server.pool, subject)
    expect(await closed).toBe(4403)
  })
})
