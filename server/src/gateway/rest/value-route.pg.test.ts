import { parse } from 'csv-parse/sync'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SkuValue } from '@cellarhand/protocol/value'
import { startServer, type TestServer } from '../../../test/server.ts'
import { createPool } from '../../platform/postgres/database.ts'
import { putLocation } from '../../stock/stock.ts'

let server: TestServer
let pool: pg.Pool
let keys = 0

beforeAll(async () => {
  server = await startServer()
  pool = createPool(server.databaseUrl, { applicationName: 'tests', max: 2 })
  await putLocation(pool, { id: 'reserve', name: 'Reserve', kind: 'cellar', duty: 'paid', owner: 'anna' })
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

async function post(path: string, body: object): Promise<{ id: string; position: string; recordedAt: string }> {
  const answer = await fetch(`${server.url}/v1/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': `k${(keys += 1)}` },
    body: JSON.stringify(body),
  })
  expect([200, 201]).toContain(answer.status)
  return (await answer.json()) as { id: string; position: string; recordedAt: string }
}

const receive = (sku: string, quantity: number, costMinor?: number, currency = 'EUR') =>
  post('receipts', {
    location: 'shop',
    lines: [{ sku, quantity, ...(costMinor === undefined ? {} : { lot: { costMinor, currency } }) }],
  })

interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: { items: SkuValue[]; next?: string; position: string; type: string; detail: string }
}

async function value(query: string, headers: Record<string, string> = {}): Promise<Answered> {
  const answer = await fetch(`${server.url}/v1/reports/value?${query}`, { headers })
  const text = await answer.text()
  const isJson = answer.headers.get('content-type')?.includes('json') ?? false
  return { status: answer.status, headers: answer.headers, text, body: isJson ? JSON.parse(text) : undefined }
}

describe('the value of stock', () => {
  test('is told by each method, with labels, as of a position and a time', async () => {
    const received = await receive('W1', 12, 1_000)
    const sold = await post('sales', { location: 'shop', lines: [{ sku: 'W1', quantity: 5 }] })
    const worth = (bottles: number) => ({
      values: [{ currency: 'EUR', bottles, amountMinor: bottles * 1_000 }],
      unvalued: 0,
    })
    const { body, headers } = await value(`sku=W1&position=${received.position}`)
    expect(body.items).toEqual([
      {
        sku: 'W1',
        producer: 'Domaine',
        wine: 'Cuvée',
        vintage: 2018,
        formatMl: 750,
        pack: 1,
        bottles: 12,
        inTransit: 0,
        byLot: { ...worth(12), inTransit: { values: [], unvalued: 0 } },
        fifo: worth(12),
        average: worth(12),
      },
    ])
    expect([body.position, headers.get('cellarhand-position')]).toEqual([received.position, received.position])
    expect((await value(`sku=W1&at=${sold.recordedAt}`)).body.items).toMatchObject([{ bottles: 7, fifo: worth(7) }])
    expect((await value('sku=W1&at=2020-01-01T00:00:00Z')).body.items).toEqual([])
  })

  test('in two currencies has no average, and says so in JSON and in CSV', async () => {
    await receive('W2', 2, 500)
    await receive('W2', 3, 400, 'GBP')
    await receive('W2', 1)
    const { items } = (await value('sku=W2')).body
    expect(items[0]?.fifo?.values.map(({ currency, amountMinor }) => `${currency} ${amountMinor}`)).toEqual([
      'EUR 1000',
      'GBP 1200',
    ])
    expect(items[0]?.average).toEqual({ values: [], unvalued: 6, mixedCurrencies: true })
    const rows = parse((await value('sku=W2', { accept: 'text/csv' })).text, { columns: true }) as Record<
      string,
      string
    >[]
    expect(rows.map((row) => [row['currency'], row['lot_value_minor'], row['average_bottles'], row['note']])).toEqual([
      ['EUR', '1000', '0', ''],
      ['GBP', '1200', '0', ''],
      ['', '', '6', 'no average: several currencies'],
    ])
  })

  test('goes page by page with the books it was begun with', async () => {
    const first = await value('limit=1')
    await receive('W3', 4, 100)
    await receive('W2', 9, 100)
    const second = await value(`limit=1&cursor=${first.body.next}`)
    expect(second.body.position).toBe(first.body.position)
    expect([first, second].flatMap(({ body }) => body.items)).toEqual(
      (await value(`position=${first.body.position}`)).body.items,
    )
    expect(second.body.next).toBeUndefined()
  })

  test('goes over to another owner when the bottles arrive, with what they cost', async () => {
    const before = (await value('sku=W1')).body.items[0]?.bottles ?? 0
    const lines = [{ sku: 'W1', quantity: 3 }]
    const { id } = await post('transfers', { from: 'shop', to: 'reserve', changesOwner: true, lines })
    expect((await value('sku=W1')).body.items).toMatchObject([
      { bottles: before, inTransit: 3, byLot: { inTransit: { values: [{ amountMinor: 3_000 }] } } },
    ])
    expect((await value('sku=W1&owner=anna')).body.items).toEqual([])
    await post(`transfers/${id}/receive`, {})
    expect((await value('sku=W1')).body.items).toMatchObject([{ bottles: before - 3, inTransit: 0 }])
    expect((await value('sku=W1&owner=anna')).body.items).toMatchObject([
      { bottles: 3, byLot: { values: [{ amountMinor: 3_000 }] }, fifo: { values: [{ amountMinor: 3_000 }] } },
    ])
    const there = (await value('location=reserve')).body.items
    expect(there).toMatchObject([{ sku: 'W1', location: 'reserve', bottles: 3, byLot: { unvalued: 0 } }])
    expect(there[0]).not.toHaveProperty('fifo')
  })

  test.each([
    ['at=yesterday', 400, 'invalid-request'],
    ['at=2026-02-30T00:00:00Z', 400, 'invalid-request'],
    ['at=2999-01-01T00:00:00Z', 422, 'not-yet'],
    ['position=otherepoch.1', 422, 'position-unknown'],
    ['at=2026-01-01T00:00:00Z&position=EPOCH.1', 422, 'unprocessable'],
    ['owner=anna&location=shop', 422, 'unprocessable'],
    ['owner=nobody', 422, 'unknown-location'],
    ['location=nowhere', 422, 'unknown-location'],
    ['cursor=nonsense', 422, 'unprocessable'],
    ['cursor=999999999.W1', 422, 'position-unknown'],
    ['basis=occurred', 400, 'invalid-request'],
  ])('%s is answered %i, %s', async (query, status, slug) => {
    const epoch = (await value('')).body.position.split('.')[0] ?? ''
    const answer = await value(query.replace('EPOCH', epoch))
    expect([answer.status, answer.body.type]).toEqual([status, `https://cellarhand.dev/problems/${slug}`])
  })

  test('as CSV has no pages', async () => {
    expect((await value('limit=5', { accept: 'text/csv' })).status).toBe(422)
  })
})
