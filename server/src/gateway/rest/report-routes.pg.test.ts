import { parse } from 'csv-parse/sync'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MonthEnd, PastLevel } from '@cellarhand/protocol/report'
import type { Movement } from '@cellarhand/protocol/stock'
import { startServer, type TestServer } from '../../../test/server.ts'
import { createPool } from '../../platform/postgres/database.ts'

let server: TestServer
let pool: pg.Pool
let keys = 0

beforeAll(async () => {
  server = await startServer()
  pool = createPool(server.databaseUrl, { applicationName: 'tests', max: 2 })
  await pool.query(`insert into catalogue.wines (id, producer, name) values ('w', 'Domaine', 'Cuvée')`)
  await pool.query(`insert into catalogue.vintages (wine, vintage) values ('w', 2018)`)
  await pool.query(
    `insert into catalogue.skus (sku, wine, vintage, format_ml, pack, packaging)
     select sku, 'w', 2018, 750, 1, 'bottle' from unnest('{W1,W2,W3}'::text[]) sku`,
  )
})
afterAll(async () => {
  await pool?.end()
  await server?.stop()
})

async function post(path: string, body: object): Promise<{ position: string; recordedAt: string }> {
  const answer = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': `k${(keys += 1)}` },
    body: JSON.stringify(body),
  })
  expect(answer.status).toBe(201)
  return (await answer.json()) as { position: string; recordedAt: string }
}
const fact = (path: string, sku: string, quantity: number, more: object = {}) =>
  post(`/v1/${path}`, { location: 'shop', lines: [{ sku, quantity }], ...more })

interface Answered<T> {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: T
}

async function get<T>(path: string, headers: Record<string, string> = {}): Promise<Answered<T>> {
  const answer = await fetch(`${server.url}${path}`, { headers })
  const text = await answer.text()
  const isJson = answer.headers.get('content-type')?.includes('json') ?? false
  return { status: answer.status, headers: answer.headers, text, body: (isJson ? JSON.parse(text) : undefined) as T }
}
type List<T> = { items: T[]; next?: string; position: string }
const stock = (query: string) => get<List<PastLevel>>(`/v1/stock?${query}`)
const journal = (query: string, headers?: Record<string, string>) =>
  get<List<Movement>>(`/v1/movements?${query}`, headers)
const csv = { accept: 'text/csv' }

describe('stock of a past moment', () => {
  test('is what it was at a position and at a time, and says where it stands', async () => {
    const received = await fact('receipts', 'W1', 12)
    const sold = await fact('sales', 'W1', 5)
    const then = await stock(`sku=W1&position=${received.position}`)
    expect(then.body.items).toEqual([
      expect.objectContaining({
        sku: 'W1',
        location: 'shop',
        onHand: 12,
        available: 12,
        held: 0,
        short: 0,
        incoming: 0,
      }),
    ])
    expect(then.body.items[0]).not.toHaveProperty('version')
    expect(then.body.position).toBe(received.position)
    expect(then.headers.get('cellarhand-position')).toBe(received.position)
    for (const [at, onHand] of [
      [received.recordedAt, 12],
      [sold.recordedAt, 7],
    ] as const) {
      const { body } = await stock(`sku=W1&at=${at}`)
      expect(body.items).toMatchObject([{ sku: 'W1', onHand }])
    }
    expect((await stock(`sku=W1&at=2020-01-01T00:00:00Z`)).body).toMatchObject({ items: [] })
    expect((await stock('sku=W1')).body.items).toMatchObject([{ onHand: 7, version: 2 }])
  })

  test('goes on page by page with the books it was begun with, whatever is recorded meanwhile', async () => {
    await fact('receipts', 'W2', 3)
    await fact('receipts', 'W3', 4)
    const at = new Date().toISOString()
    const first = await stock(`at=${at}&limit=1`)
    expect(first.body.next).toBeDefined()
    await fact('receipts', 'W3', 10)
    const second = await stock(`at=${at}&limit=1&cursor=${first.body.next}`)
    expect(second.body.position).toBe(first.body.position)
    const whole = await stock(`position=${first.body.position}`)
    const third = second.body.next ? await stock(`at=${at}&limit=1&cursor=${second.body.next}`) : undefined
    expect([first, second, ...(third ? [third] : [])].flatMap((page) => page.body.items)).toEqual(whole.body.items)
  })

  test('as it is known now counts what was heard of late', async () => {
    const then = '2026-01-10T12:00:00Z'
    await fact('receipts', 'W2', 20, { occurredAt: '2026-01-10T09:00:00Z' })
    const read = async (basis: string) => (await stock(`sku=W2&at=${then}&basis=${basis}`)).body.items
    expect(await read('recorded')).toEqual([])
    expect(await read('occurred')).toEqual([{ sku: 'W2', location: 'shop', onHand: 20 }])
    await post('/v1/counts', {
      location: 'shop',
      occurredAt: '2026-01-10T11:00:00Z',
      lines: [{ sku: 'W2', counted: 18 }],
    })
    expect(await read('occurred')).toEqual([{ sku: 'W2', location: 'shop', onHand: 18 }])
  })

  test.each([
    ['at=2026-02-30T00:00:00Z', 400, 'invalid-request'],
    ['at=yesterday', 400, 'invalid-request'],
    ['at=2026-01-01', 400, 'invalid-request'],
    ['at=2999-01-01T00:00:00Z', 422, 'not-yet'],
    ['at=2999-01-01T00:00:00Z&basis=occurred', 422, 'not-yet'],
    ['position=otherepoch.1', 422, 'position-unknown'],
    ['position=EPOCH.999999999', 422, 'position-unknown'],
    ['position=12', 400, 'invalid-request'],
    ['at=2026-01-01T00:00:00Z&position=EPOCH.1', 422, 'unprocessable'],
    ['basis=occurred', 422, 'unprocessable'],
    ['basis=occurred&position=EPOCH.1', 422, 'unprocessable'],
    ['basis=guessed', 400, 'invalid-request'],
    ['at=2026-01-01T00:00:00Z&cursor=W1@shop', 422, 'unprocessable'],
    ['position=EPOCH.1&cursor=999999999.W1@shop', 422, 'position-unknown'],
    ['at=2026-01-01T00:00:00Z&sku=bad%20sku', 400, 'invalid-request'],
  ])('%s is answered %i, %s', async (query, status, slug) => {
    const epoch = (await stock('')).body.position.split('.')[0] ?? ''
    const answer = await get<{ type: string; detail: string }>(`/v1/stock?${query.replaceAll('EPOCH', epoch)}`)
    expect([answer.status, answer.body.type]).toEqual([status, `https://cellarhand.dev/problems/${slug}`])
  })

  test('of a SKU or a place nobody knows is none, as it is now', async () => {
    for (const query of ['sku=NOBODY', 'location=nowhere']) {
      const { body } = await stock(`${query}&at=${new Date().toISOString()}`)
      expect(body.items).toEqual([])
    }
  })
})

describe('the journal between two moments', () => {
  test('is oldest first, whole over its pages, and the same as CSV', async () => {
    const all: Movement[] = []
    let next: string | undefined
    do {
      const page = await journal(`limit=2${next ? `&cursor=${next}` : ''}`)
      all.push(...page.body.items)
      next = page.body.next
    } while (next)
    const { rows } = await pool.query('select count(*) as lines from stock.movements')
    expect(all).toHaveLength(rows[0].lines)
    const entries = all.map(({ entry }) => Number(entry))
    expect(entries).toEqual(entries.toSorted((a, b) => a - b))
    const answer = await journal('', csv)
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present')
    const read = parse(answer.text, { columns: true }) as Record<string, string>[]
    expect(read.map((row) => [row['entry'], row['sku'], row['from'], row['to'], Number(row['quantity'])])).toEqual(
      all.map(({ entry, sku, from, to, quantity }) => [entry, sku, from, to, quantity]),
    )
    expect(Object.keys(read[0] ?? {})).toContain('recorded_at')
  })

  test('goes on to the end it was begun with, and a stretch begins where the last ended', async () => {
    const first = await journal('limit=1')
    const after = await fact('sales', 'W3', 1, { reference: '=1+1' })
    const pages = await journal(`limit=500&cursor=${first.body.next}`)
    expect(pages.body.items.every(({ position }) => position !== after.position)).toBe(true)
    const [before, since] = [
      await journal(`limit=500&to=${after.recordedAt}`),
      await journal(`from=${after.recordedAt}`),
    ]
    expect(before.body.items).toEqual([...first.body.items, ...pages.body.items])
    expect(since.body.items).toMatchObject([{ kind: 'sale', sku: 'W3', reference: '=1+1', position: after.position }])
    expect((await journal(`from=${after.recordedAt}`, csv)).text).toContain(`,'=1+1,`)
  })

  test('may be of a SKU, a location, an account and a kind', async () => {
    const all = (await journal('limit=500')).body.items
    const queries: [string, (one: Movement) => boolean][] = [
      ['sku=W1', ({ sku }) => sku === 'W1'],
      ['location=shop', ({ location }) => location === 'shop'],
      ['location=warehouse', ({ location }) => location === 'warehouse'],
      ['account=customer', ({ from, to }) => [from, to].includes('customer')],
      ['kind=receive&sku=W3', ({ kind, sku }) => kind === 'receive' && sku === 'W3'],
      ['kind=count', ({ kind }) => kind === 'count'],
    ]
    for (const [query, fits] of queries) {
      expect((await journal(`limit=500&${query}`)).body.items, `of ${query}`).toEqual(all.filter(fits))
      const text = (await journal(query, csv)).text
      expect(parse(text, { columns: true }), `of ${query}`).toHaveLength(all.filter(fits).length)
    }
  })

  test.each([
    ['from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z', 422, 'unprocessable'],
    ['to=2999-01-01T00:00:00Z', 422, 'not-yet'],
    ['from=2999-01-01T00:00:00Z', 422, 'not-yet'],
    ['from=2026-02-30T00:00:00Z', 400, 'invalid-request'],
    ['sku=NOBODY', 422, 'unknown-sku'],
    ['location=nowhere', 422, 'unknown-location'],
    ['account=moon', 400, 'invalid-request'],
    ['kind=party', 400, 'invalid-request'],
    ['cursor=1.2', 422, 'unprocessable'],
    ['cursor=1.2.99999', 422, 'unprocessable'],
    ['cursor=999999999.1.0', 422, 'unprocessable'],
  ])('%s is answered %i, %s', async (query, status, slug) => {
    const answer = await get<{ type: string }>(`/v1/movements?${query}`)
    expect([answer.status, answer.body.type]).toEqual([status, `https://cellarhand.dev/problems/${slug}`])
  })

  test('as CSV has no pages', async () => {
    expect((await journal('limit=5', csv)).status).toBe(422)
  })
})

describe('the month-end report', () => {
  const thisMonth = async () => {
    const { rows } = await pool.query(`select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM') as month`)
    return rows[0].month as string
  }

  test('of this month is told so far, as JSON and as CSV', async () => {
    const month = await thisMonth()
    const answer = await get<MonthEnd>(`/v1/reports/month-end?month=${month}`)
    expect(answer.body).toMatchObject({ month, timezone: 'UTC', complete: false })
    expect(answer.headers.get('cellarhand-position')).toBe(answer.body.position)
    const w1 = answer.body.items.find(({ sku }) => sku === 'W1')
    expect(w1).toMatchObject({ producer: 'Domaine', wine: 'Cuvée', vintage: 2018, opening: 0, closing: 7 })
    expect(w1?.changes).toEqual({ received: 12, sold: -5 })
    const written = await get(`/v1/reports/month-end?month=${month}`, csv)
    expect(written.headers.get('content-disposition')).toBe(`attachment; filename="month-end-${month}-so-far.csv"`)
    const rows = parse(written.text, { columns: true }) as Record<string, string>[]
    expect(rows.find(({ sku }) => sku === 'W1')).toMatchObject({
      wine: 'Cuvée',
      received: '12',
      sold: '-5',
      closing: '7',
    })
    expect(rows).toHaveLength(answer.body.items.length)
  })

  test('of a month long over is empty and whole', async () => {
    const answer = await get('/v1/reports/month-end?month=2020-02&timezone=Europe/Paris', csv)
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="month-end-2020-02.csv"')
    expect(answer.text).toMatch(/^sku,.*,closing,opening_unvalued,closing_unvalued\r\n$/)
  })

  test.each([
    ['', 400, 'invalid-request'],
    ['month=2026-13', 400, 'invalid-request'],
    ['month=2026-00', 400, 'invalid-request'],
    ['month=October', 400, 'invalid-request'],
    ['month=2999-01', 422, 'not-yet'],
    ['month=2020-01&timezone=Europe/Atlantis', 422, 'unknown-time-zone'],
    ['month=2020-01&timezone=%2B02:00', 400, 'invalid-request'],
  ])('%s is answered %i, %s', async (query, status, slug) => {
    const answer = await get<{ type: string }>(`/v1/reports/month-end?${query}`, csv)
    expect([answer.status, answer.body.type]).toEqual([status, `https://cellarhand.dev/problems/${slug}`])
  })
})
