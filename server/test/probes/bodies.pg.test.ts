import { connect } from 'node:net'
import { WebSocket } from 'ws'
import { FEED_CLIENT_FRAME_MAX } from '@cellarhand/protocol/feed'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSweeper, type Sweeper } from '../storm/sweeper.ts'
import { ask, sendRaw, slugOf, type Answered } from './raw.ts'

let sweeper: Sweeper
let before: unknown
let keys = 0

beforeAll(async () => {
  sweeper = await openSweeper()
  before = await sweeper.everything()
})
afterAll(() => sweeper?.close())

const json = { 'content-type': 'application/json' }
const write = (path: string, body: string): Promise<Answered> =>
  ask(`${sweeper.url}${path}`, {
    method: 'POST',
    headers: { ...json, 'content-length': Buffer.byteLength(body), 'idempotency-key': `probe-${(keys += 1)}` },
    body,
  })
const expectRefused = (answer: Answered, status: number, slug: string) =>
  expect([answer.status, slugOf(answer)]).toEqual([status, slug])

describe('probe 19: bodies above 1 MiB and frames above 64 KB', () => {
  test('a body is 413, told of or not, and nothing changes', async () => {
    const line = { sku: 'WINE', quantity: 1 }
    const body = JSON.stringify({ location: 'shop', reference: 'x'.repeat(1_048_576), lines: [line] })
    expectRefused(await write('/v1/receipts', body), 413, 'body-too-large')
    const chunked = await ask(`${sweeper.url}/v1/receipts`, {
      method: 'POST',
      headers: { ...json, 'transfer-encoding': 'chunked', 'idempotency-key': 'probe-chunked' },
      body,
    })
    expectRefused(chunked, 413, 'body-too-large')
    expect(await sweeper.everything()).toEqual(before)
  })

  test('a frame ends the line with 1009', async () => {
    const socket = new WebSocket(`${sweeper.url.replace('http', 'ws')}/v1/feed`)
    const closed = new Promise<number>((resolve) => socket.once('close', resolve))
    await new Promise((resolve) => socket.once('open', resolve))
    socket.send('x'.repeat(FEED_CLIENT_FRAME_MAX + 1))
    expect(await closed).toBe(1009)
  })
})

test('probe 20: JSON 100,000 deep is 400', async () => {
  for (const body of [
    `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
    `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
  ]) {
    expectRefused(await write('/v1/receipts', body), 400, 'invalid-request')
    // With escapes it is gone through once more.
    expectRefused(await write('/v1/receipts', body.replace('1', '"\\u0065\\u0301"')), 400, 'invalid-request')
  }
  expect(await sweeper.everything()).toEqual(before)
})

describe('probe 21: __proto__, constructor.prototype and members that come twice', () => {
  const receipt = (more: string) => `{"location":"shop","lines":[{"sku":"WINE","quantity":1}]${more}}`

  test.each([
    ',"__proto__":{"location":"warehouse"}',
    ',"\\u005f_proto__":{"location":"warehouse"}',
    ',"constructor":{"prototype":{"isAdmin":true}}',
    ',"prototype":{}',
  ])('%s is refused', async (more) => {
    expectRefused(await write('/v1/receipts', receipt(more)), 400, 'invalid-request')
    expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined()
    expect(await sweeper.everything()).toEqual(before)
  })

  test.each([
    ',"location":"shop"',
    ',"location":"warehouse"',
    ',"reference":"a","reference":"b"',
    ',"\\u006cocation":"shop"',
    ',"lines":[{"sku":"WINE","quantity":1,"quantity":2}]',
  ])('%s, which comes twice, is refused, and neither is taken', async (more) => {
    const refused = await write('/v1/receipts', receipt(more))
    expectRefused(refused, 400, 'invalid-request')
    expect(refused.text).toContain('comes twice')
    expect(await sweeper.everything()).toEqual(before)
  })

  test('GraphQL takes none either, in a body, in an address and over its WebSocket', async () => {
    const query = '"query":"{ channels { id } }"'
    const body = `{${query},"variables":{"a":1,"a":2}}`
    const headers = { ...json, 'content-length': Buffer.byteLength(body) }
    const sent = await ask(`${sweeper.url}/graphql`, { method: 'POST', headers, body })
    expect([sent.status, sent.text.includes('INVALID_REQUEST')]).toEqual([400, true])
    const variables = encodeURIComponent('{"a":1,"a":2}')
    const read = await ask(
      `${sweeper.url}/graphql?query=${encodeURIComponent('{channels{id}}')}&variables=${variables}`,
    )
    expect([read.status, read.text.includes('INVALID_REQUEST')]).toEqual([400, true])
    expect(await endOf('/graphql', '{"type":"connection_init","type":"connection_init"}', 'graphql-transport-ws')).toBe(
      4400,
    )
  })

  test('the feed ends a line on which one comes twice as with any frame that is none', async () => {
    const said = '"version":2,"topics":[]'
    expect(await endOf('/v1/feed', `{"type":"hello","type":"hello",${said}}`)).toBe(await endOf('/v1/feed', '{'))
  })
})

/** The code that a line is closed with once something was said on it. */
function endOf(path: string, said: string, protocol?: string): Promise<number> {
  const socket = new WebSocket(`${sweeper.url.replace('http', 'ws')}${path}`, protocol)
  socket.once('open', () => socket.send(said))
  return new Promise((resolve) => socket.once('close', resolve))
}

describe('probe 22: searches that are patterns', () => {
  test.each(['(a+)+$', '%_%', '_', '%', '\\', "' or 1=1 --", '.*.*.*.*x', '[a-z]{1,99}'])('%s is text', async (q) => {
    const found = await ask(
      `${sweeper.url}/v1/wines?q=${encodeURIComponent(q.repeat(Math.ceil(199 / q.length)).slice(0, 200))}`,
    )
    expect(found.status).toBe(200)
  })

  test.each(['%', '_', '%_%', '.*', '\\'])('nothing is found by %s that would not be without', async (q) => {
    const { text } = await ask(`${sweeper.url}/v1/wines?q=zz${encodeURIComponent(q)}`)
    expect(text).toContain('"total":0')
  })

  test('50 KB of it are no search, wherever they stand, and no work', async () => {
    const long = encodeURIComponent('(a+)+$').repeat(3_000)
    const heard = await sendRaw(sweeper.url, `GET /v1/wines?q=${long} HTTP/1.1\r\nhost: localhost\r\n\r\n`)
    expect(heard).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(heard).toContain('application/problem+json')
    const shorter = encodeURIComponent('(a+)+$').repeat(40)
    for (const name of ['q', 'colour', 'grape', 'vintage', 'price']) {
      expectRefused(await ask(`${sweeper.url}/v1/wines?${name}=${shorter}`), 400, 'invalid-request')
    }
  })
})

describe('probe 24: cells that a spreadsheet would run', () => {
  test('are text in every CSV, and numbers stay numbers', async () => {
    const run = ['=HYPERLINK("http://x","y")', '+1+1', '-1+1', '@SUM(A1)']
    for (const reference of run) {
      const body = JSON.stringify({ location: 'shop', reference, lines: [{ sku: 'WINE', quantity: 1 }] })
      expect((await write('/v1/receipts', body)).status).toBe(201)
    }
    const csv = (path: string) => ask(`${sweeper.url}${path}`, { headers: { accept: 'text/csv' } })
    const month = new Date().toISOString().slice(0, 7)
    const { text } = await csv('/v1/movements')
    for (const reference of run) expect(text).toContain(`'${reference.slice(0, 4)}`)
    for (const path of ['/v1/movements', `/v1/reports/month-end?month=${month}`, '/v1/reports/value']) {
      const answer = await csv(path)
      expect([path, answer.status]).toEqual([path, 200])
      expect(answer.text).not.toMatch(/(^|[,\r\n]|")[=+@\t]/)
      expect(answer.text).not.toMatch(/(^|[,\r\n])"?-[^0-9,\r\n]/)
    }
  })

  test('a tab or a line end cannot begin one, since nothing that people name may', async () => {
    for (const reference of ['\tx', '\rx', 'x\n', ' =1']) {
      const body = JSON.stringify({ location: 'shop', reference, lines: [{ sku: 'WINE', quantity: 1 }] })
      expectRefused(await write('/v1/receipts', body), 400, 'invalid-request')
    }
  })
})

describe('probe 28: a body at a byte a second', () => {
  test.concurrent('is cut off within 30 s', { timeout: 60_000 }, async () => {
    const { hostname, port } = new URL(sweeper.url)
    const socket = connect(Number(port), hostname)
    let answer = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk))
    socket.on('error', () => {})
    socket.write(
      'POST /v1/holds HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\nidempotency-key: slow\r\n\r\n',
    )
    const drip = setInterval(() => socket.writable && socket.write(' '), 1_000)
    const startedAt = performance.now()
    await new Promise((resolve) => socket.once('close', resolve))
    clearInterval(drip)
    expect(performance.now() - startedAt).toBeLessThan(30_500)
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(answer).toContain('problems/request-timeout')
  })
})

describe('probe 29: requests of which it is unclear where they end', () => {
  const smuggled = 'GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n'
  const post = (...headers: string[]) =>
    `POST /v1/receipts HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nidempotency-key: s\r\n${headers.join('\r\n')}\r\n\r\n`

  test.each([
    ['a length and chunks', `${post('content-length: 6', 'transfer-encoding: chunked')}0\r\n\r\n${smuggled}`],
    ['two lengths', post('content-length: 0', 'content-length: 40') + smuggled],
    ['a length that is none', post('content-length: 1e1') + smuggled],
    ['two ways of chunking', `${post('transfer-encoding: chunked, identity')}0\r\n\r\n${smuggled}`],
    ['a space before the colon', post('content-length : 0') + smuggled],
    ['a header that is folded', post('x-a: b', ' content-length: 0') + smuggled],
    ['a bare carriage return in a header', post('x-a: b\rcontent-length: 0') + smuggled],
    ['a zero byte in a header', post('x-a: b\0c') + smuggled],
  ])('%s: 400, and nothing behind it is answered', async (_, bytes) => {
    const heard = await sendRaw(sweeper.url, bytes)
    expect(heard).toMatch(/^HTTP\/1\.1 400 /)
    expect(heard).toContain('problems/invalid-request')
    expect(heard.match(/HTTP\/1\.1 /g)).toHaveLength(1)
    expect(heard).not.toContain('"status":"ok"')
  })

  test('line ends that are encoded stay in their value', async () => {
    const answer = await ask(`${sweeper.url}/v1/offers/A%0d%0aset-cookie:%20x`)
    expect(answer.headers['set-cookie']).toBeUndefined()
    expectRefused(answer, 400, 'invalid-request')
  })
})

describe('probe 34: line ends and terminal codes in names', () => {
  test.each(['a\r\nb', 'a\u001b[31mred', 'a\u0007', 'a\u009bm', ' a', 'a ', '\u00a0a', 'a\nb'])(
    '%j is refused',
    async (reference) => {
      const body = JSON.stringify({ location: 'shop', reference, lines: [{ sku: 'WINE', quantity: 1 }] })
      const answer = await write('/v1/receipts', body)
      expectRefused(answer, 400, 'invalid-request')
      expect(answer.text).toContain('without control characters')
    },
  )

  test('a name is one name, however its accents were typed', async () => {
    const read = async () => (await ask(`${sweeper.url}/v1/skus/WINE/movements?limit=1`)).text
    for (const typed of ['"Cha\u0302teau"', '"Cha\\u0302teau"', '"Ch\u00e2teau"']) {
      const body = `{"location":"shop","reference":${typed},"lines":[{"sku":"WINE","quantity":1}]}`
      expect((await write('/v1/receipts', body)).status).toBe(201)
      expect(await read()).toContain('"reference":"Ch\u00e2teau"')
    }
  })
})
