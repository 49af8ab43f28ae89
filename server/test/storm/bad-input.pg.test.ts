import { connect as connectSocket } from 'node:net'
import { request } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type pg from 'pg'
import { problems, PROBLEM_BASE, type ProblemSlug } from '@cellarhand/protocol/problem'
import { createPool } from '../../src/platform/postgres/database.ts'
import { startServer, type TestServer } from '../server.ts'
import { fits, operationsOf, places, withTextAt, type Operation } from './operations.ts'

const id = '0190d9f0-0000-7000-8000-000000000000'
const price = { amountMinor: 1_000, currency: 'EUR', taxIncluded: true, dutyIncluded: true }
const fact = { location: 'shop', reference: 'R1', occurredAt: '2026-01-02T03:04:05Z' }
const line = { sku: 'WINE', quantity: 1 }
const fulfil = { lines: [{ ...line, location: 'shop' }], reference: 'R1' }

/** For every operation that takes a body: one with all members, which would be done if nothing in it were wrong. */
const bodies: Readonly<Record<string, unknown>> = {
  'POST /v1/holds': {
    lines: [{ ...line, channel: 'web', location: 'shop', expectedPrice: { amountMinor: 1_000, currency: 'EUR' } }],
    ttlSeconds: 60,
    customer: 'C1',
  },
  'PATCH /v1/holds/{id}': { ttlSeconds: 60 },
  'POST /v1/holds/{id}/commit': { reference: 'R1' },
  'POST /v1/commitments/{id}/ship': fulfil,
  'POST /v1/commitments/{id}/cancel': fulfil,
  'POST /v1/receipts': { ...fact, lines: [line] },
  'POST /v1/sales': { ...fact, lines: [line] },
  'POST /v1/counts': { ...fact, lines: [{ sku: 'WINE', counted: 3 }] },
  'POST /v1/write-offs': { ...fact, reason: 'breakage', lines: [line] },
  'POST /v1/adjustments': { sku: 'WINE', location: 'shop', delta: 1, reason: 'found', reference: 'R1' },
  'POST /v1/prices': { lines: [{ sku: 'WINE', channel: 'web', price }] },
}

/** JSON texts that stand in for a value; those that a place allows are left out there. */
const wrong = ['true', '["3"]', '"1"', '-1', '0', '1.5', '1e309', '9007199254740992', 'null', '{}', '[]', '""', '"a\\u0000b"', '"\\ud800"']

let server: TestServer
let pool: pg.Pool
let operations: Operation[]
let before: unknown

beforeAll(async () => {
  server = await startServer()
  pool = createPool(server.databaseUrl, { applicationName: 'tests', max: 2 })
  await pool.query(`insert into catalogue.wines (id, name) values ('wine', 'Wine')`)
  await pool.query(`insert into catalogue.vintages (wine, vintage) values ('wine', 0)`)
  await pool.query(
    `insert into catalogue.skus (sku, wine, vintage, format_ml, pack, packaging) values ('WINE', 'wine', 0, 750, 1, 'bottle')`,
  )
  for (const [path, body] of [
    ['/v1/prices', bodies['POST /v1/prices']],
    ['/v1/receipts', { location: 'shop', lines: [{ sku: 'WINE', quantity: 12 }] }],
  ] as const) {
    expect((await ask({ path, text: JSON.stringify(body) })).status).toBe(201)
  }
  const document = await (await fetch(`${server.url}/v1/openapi.json`)).json()
  operations = operationsOf(document as Parameters<typeof operationsOf>[0])
})
afterAll(async () => {
  await pool?.end()
  await server?.stop()
})
beforeEach(async () => {
  before = await everything()
})

/** All that a request could change. */
async function everything(): Promise<unknown> {
  const { rows } = await pool.query(
    `select (select count(*) from stock.entries) as entries, (select max(position) from log.log) as head,
       (select json_agg(l order by l.sku, l.location) from stock.levels l where l.revision > 0) as levels, (select count(*) from stock.holds) as holds,
       (select json_agg(p) from stock.prices p) as prices, (select version from stock.settings) as settings`,
  )
  return rows[0]
}

interface Asked {
  readonly method?: string
  readonly path: string
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
}

interface Answered {
  readonly asked: Asked
  readonly status: number
  readonly type: string
  readonly body: string
}

let keys = 0

/** Sends as it is, with a fresh key and a JSON type unless told otherwise. */
function ask(asked: Asked): Promise<Answered> {
  const { method = 'POST', path, text, headers } = asked
  const type = text === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }
  return new Promise((resolve, reject) => {
    const sent = request(`${server.url}${path}`, { method, headers: { ...type, 'idempotency-key': `k${(keys += 1)}`, ...headers } })
    sent.on('error', reject)
    sent.on('response', (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
      response.on('end', () => {
        resolve({ asked, status: response.statusCode ?? 0, type: String(response.headers['content-type']), body })
      })
    })
    sent.end(text)
  })
}

/** What is wrong with an answer that has to be a problem; of these slugs, where some are named. */
function complaint({ asked, status, type, body }: Answered, ...slugs: readonly ProblemSlug[]): string[] {
  const shown = `${asked.method ?? 'POST'} ${asked.path} ${asked.text?.slice(0, 200) ?? ''} -> ${status} ${body.slice(0, 200)}`
  if (!type.startsWith('application/problem+json')) return [`no problem: ${shown}`]
  const problem = JSON.parse(body) as { type: string; status: number; title: string; detail: string }
  const slug = problem.type.slice(PROBLEM_BASE.length) as ProblemSlug
  const isWhole = problem.status === status && problem.title !== '' && problem.detail !== '' && problems[slug]?.status === status
  if (!isWhole || status >= 500) return [`not right: ${shown}`]
  return slugs.length > 0 && !slugs.includes(slug) ? [`not ${slugs.join(' or ')}: ${shown}`] : []
}

/** A path with something for its parameters, the way an operation is asked for nothing that is there. */
const filled = (path: string, values: Readonly<Record<string, string>> = {}) =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? (name === 'sku' ? 'WINE' : id))

const named = ({ method, path }: Operation) => `${method} ${path}`
const withBody = () => operations.filter(({ body }) => body !== undefined)

/** Asks for each, a few at once, and gathers what is wrong with the answers. */
async function sweep(asked: readonly Asked[], ...slugs: readonly ProblemSlug[]): Promise<string[]> {
  const waiting = [...asked]
  const complaints: string[] = []
  const worker = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) complaints.push(...complaint(await ask(next), ...slugs))
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  return complaints
}

function bodyOf(operation: Operation): unknown {
  const body = bodies[named(operation)]
  if (body === undefined) throw new Error(`${named(operation)} takes a body and has no sample here: add one to \`bodies\``)
  return body
}

/** The same body for every operation that takes one, as its sample or as text made of it. */
const each = (text: (operation: Operation) => string[], headers?: Asked['headers']): Asked[] =>
  withBody().flatMap((operation) =>
    text(operation).map((one) => ({
      method: operation.method,
      path: filled(operation.path),
      text: one,
      ...(headers ? { headers } : {}),
    })),
  )

describe('bad input is a problem with the right status, and changes nothing', () => {
  test('values of the wrong type or size, at every place of every body', async () => {
    const asked = each((operation) =>
      places(operation.body!, bodyOf(operation)).flatMap(({ way, schema }) =>
        wrong
          .filter((text) => !fits(schema, JSON.parse(text)) || text.includes('u0000'))
          .map((text) => withTextAt(bodyOf(operation), way, text)),
      ),
    )
    expect(asked.length).toBeGreaterThan(600)
    expect(await sweep(asked, 'invalid-request')).toEqual([])
    expect(await everything()).toEqual(before)
  })

  test('members that nobody knows, in every object of every body', async () => {
    const asked = each((operation) =>
      places(operation.body!, bodyOf(operation)).flatMap(({ way, schema }) => {
        const isObject = schema.type === 'object' || schema.anyOf?.some((one) => one.type === 'object')
        if (!isObject) return []
        return ['"surprise":1', '"__proto__":{"quantity":1}', '"constructor":{"prototype":{}}', '"status":"committed"'].map((member) =>
          withTextAt(bodyOf(operation), [...way, 'extra'], '1').replace('"extra":1', member),
        )
      }),
    )
    expect(await sweep(asked, 'invalid-request')).toEqual([])
    expect(await everything()).toEqual(before)
  })

  test('SKUs, locations, channels, holds and commitments that are not there', async () => {
    const of = (path: string, way: (string | number)[]) => [{ path, text: withTextAt(bodies[`POST ${path}`], way, '"nowhere"') }]
    const facts = ['/v1/receipts', '/v1/sales', '/v1/counts', '/v1/write-offs']
    expect(await sweep(['/v1/holds', '/v1/prices', ...facts].flatMap((path) => of(path, ['lines', 0, 'sku'])), 'unknown-sku')).toEqual([])
    expect(await sweep(of('/v1/adjustments', ['sku']), 'unknown-sku')).toEqual([])
    expect(await sweep([...facts, '/v1/adjustments'].flatMap((path) => of(path, ['location'])), 'unknown-location')).toEqual([])
    expect(await sweep(of('/v1/holds', ['lines', 0, 'location']), 'unknown-location')).toEqual([])
    const channels = ['/v1/holds', '/v1/prices'].flatMap((path) => of(path, ['lines', 0, 'channel']))
    expect(await sweep(channels, 'unknown-channel')).toEqual([])
    const ids = operations.filter(({ path }) => /\{id\}/.test(path) && !path.includes('wines'))
    const asked = ids.map((one) => ({
      method: one.method,
      path: filled(one.path),
      ...(one.body ? { text: JSON.stringify(bodyOf(one)) } : {}),
    }))
    expect(await sweep(asked, 'not-found')).toEqual([])
    expect(await everything()).toEqual(before)
  })

  test('bodies that are no JSON, of another type, missing, or 100,000 deep', async () => {
    const broken = ['{', 'lines=1', '\u0000', '{"lines":[1,]}', 'NaN', '"\\x"', '<a/>']
    expect(await sweep(each(() => broken), 'invalid-request')).toEqual([])
    const deep = [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, `${'{"lines":'.repeat(100_000)}1${'}'.repeat(100_000)}`]
    expect(await sweep(each(() => deep), 'invalid-request')).toEqual([])
    const sample = (operation: Operation) => [JSON.stringify(bodyOf(operation))]
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'nonsense']) {
      expect(await sweep(each(sample, { 'content-type': type }), 'unsupported-media-type')).toEqual([])
    }
    const missing = withBody().filter(({ body }) => !body?.anyOf)
    expect(await sweep(missing.map(({ method, path }) => ({ method, path: filled(path) })), 'invalid-request')).toEqual([])
    expect(await everything()).toEqual(before)
  })

  test('bodies of 10 MB', async () => {
    const large = JSON.stringify({ lines: [], customer: 'x'.repeat(10_000_000) })
    expect(await sweep(each(() => [large]), 'body-too-large')).toEqual([])
    expect(await everything()).toEqual(before)
  })

  test('keys that are missing, empty, too long or not printable', async () => {
    const writes = operations.filter(({ parameters }) => parameters.some(({ name }) => name === 'idempotency-key'))
    const with_ = (key: string | undefined) =>
      writes.map((operation): Asked => {
        const text = operation.body ? { text: JSON.stringify(bodyOf(operation)) } : {}
        const headers = { 'idempotency-key': key as string }
        return { method: operation.method, path: filled(operation.path), ...text, headers }
      })
    expect(writes.length).toBeGreaterThan(10)
    expect(await sweep(with_(''), 'idempotency-key-required')).toEqual([])
    for (const key of ['x'.repeat(129), 'a b', 'é']) expect(await sweep(with_(key), 'invalid-request')).toEqual([])
    expect(await sweep(with_('x').map((one) => ({ ...one, headers: { 'cellarhand-actor': 'é' } })), 'invalid-request')).toEqual([])
    expect(await everything()).toEqual(before)
  })

  test('parameters of queries and paths that are none', async () => {
    const garbage = ['', '%00', 'a%00b', '..%2F..%2Fetc', "'%3Bdrop", '%F0%9F', '-1', '0', '1e309', '9007199254740993.99999', 'x'.repeat(5_000)]
    const queries = operations.flatMap((operation) =>
      operation.parameters
        .filter((parameter) => parameter.in === 'query')
        .flatMap(({ name, schema }) =>
          garbage
            .filter((value) => !fitsQuery(schema, value))
            .map((value) => ({ method: operation.method, path: `${filled(operation.path)}?${name}=${value}` })),
        ),
    )
    expect(queries.length).toBeGreaterThan(100)
    expect(await sweep(queries)).toEqual([])
    const unknown = operations.map(({ method, path, body }) => ({
      method,
      path: `${filled(path)}?surprise=1`,
      ...(body ? { text: JSON.stringify(bodies[`${method} ${path}`]) } : {}),
    }))
    expect(await sweep(unknown, 'invalid-request')).toEqual([])
    const paths = operations
      .filter(({ path }) => path.includes('{'))
      .flatMap((operation) =>
        garbage.map((value) => ({
          method: operation.method,
          path: operation.path.replace(/\{\w+\}/, value),
          ...(operation.body ? { text: JSON.stringify(bodyOf(operation)) } : {}),
        })),
      )
    expect(await sweep(paths)).toEqual([])
    expect(await everything()).toEqual(before)
  })

  test('cursors that are none of ours', async () => {
    const lists = operations.filter(({ parameters }) => parameters.some(({ name }) => name === 'cursor'))
    const cursors = ['x%00', '%27', '9999999999999999.99999', '99999999999999999999.1', '1.99999@x@y', '1.WINE@shop@', '%F0%9F%8D%B7', 'x'.repeat(601)]
    const asked = lists.flatMap(({ path }) => cursors.map((cursor) => ({ method: 'GET', path: `${filled(path)}?cursor=${cursor}` })))
    expect(await sweep(asked, 'invalid-request')).toEqual([])
  })

  test('methods that a resource does not know, and paths that lead nowhere', async () => {
    expect(await sweep([{ method: 'PUT', path: '/v1/holds', text: '{}' }, { method: 'DELETE', path: '/v1/stock' }], 'method-not-allowed')).toEqual([])
    expect(await sweep([{ path: '/v1/nothing', text: '{}' }, { method: 'GET', path: '/v1/holds/a/b/c' }], 'not-found')).toEqual([])
  })

  test.concurrent('a body that comes at a byte a second is cut off within 30 s', { timeout: 60_000 }, async () => {
    const { hostname, port } = new URL(server.url)
    const socket = connectSocket(Number(port), hostname)
    let answer = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk))
    socket.on('error', () => {})
    socket.write('POST /v1/holds HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\nidempotency-key: slow\r\n\r\n')
    const drip = setInterval(() => socket.writable && socket.write(' '), 1_000)
    const startedAt = performance.now()
    await new Promise((resolve) => socket.once('close', resolve))
    clearInterval(drip)
    expect(performance.now() - startedAt).toBeLessThan(30_500)
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(answer).toContain('application/problem+json')
  })
})

/** Query strings are text; lists of them may be given once. */
function fitsQuery(schema: Operation['parameters'][number]['schema'], value: string): boolean {
  let text
  try {
    text = decodeURIComponent(value)
  } catch {
    return false
  }
  return !text.includes('\0') && fits(schema, text)
}
