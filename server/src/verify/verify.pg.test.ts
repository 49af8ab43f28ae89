import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type pg from 'pg'
import { connect, createPool } from '../platform/postgres/database.ts'
import { putLotOffer, putRecipe } from '../stock/stock.ts'
import { corruptions } from '../../test/corruptions.ts'
import { createTestDatabase } from '../../test/postgres.ts'
import { holdOf, openTestStock, priceIt, setUpCellar, type TestStock } from '../../test/stock.ts'
import { repackOf, trade } from '../../test/trade.ts'
import { runChecks, verify } from './verify.ts'

/** SET is a bundle of two of the others. */
const skus = ['A1', 'B1', 'C1', 'D1', 'E1', 'SET']
let database: { url: string; drop(): Promise<void> }
let stock: TestStock
let client: pg.Client

beforeAll(async () => {
  database = await createTestDatabase()
  await setUpCellar(database.url)
  await withRecipe(database.url)
  stock = openTestStock(database.url)
  client = await connect(database.url, { applicationName: 'tests' })
  await priceIt(stock, ...skus)
  await trade([stock], { seed: 1, commands: 60, hands: 8, skus })
  await somethingOfEach(stock)
})

afterAll(async () => {
  await client?.end()
  await stock?.close()
  await database?.drop()
})

async function withRecipe(url: string): Promise<void> {
  const pool = createPool(url, { applicationName: 'tests', max: 1 })
  const components = ['A1', 'B1'].map((sku, at) => ({ sku, quantity: at + 1 }))
  await putRecipe(pool, { sku: 'SET', kind: 'bundle', components })
  await putLotOffer(pool, 'X1-K7', { of: 'X1', lot: 'K7' })
  await pool.end()
}

/** What the day may have left out: a shortfall, a live hold, an ended one of each kind, an open commitment, a late sale behind a count. */
async function somethingOfEach(on: TestStock): Promise<void> {
  await priceIt(on, 'X1', 'Y1', 'S1')
  for (const sku of ['X1', 'Y1', 'A1', 'B1'])
    await on.done({ kind: 'receive', location: 'shop', lines: [{ sku, quantity: 40 }] })
  await on.done({ kind: 'receive', location: 'shop', lines: [{ sku: 'X1', quantity: 2, lot: { id: 'K7' } }] })
  const contents = ['X1', 'X1-K7'].map((sku) => ({
    sku,
    packaging: 'OWC' as const,
    bottles: [{ wine: 'w', vintage: 'NV' as const, formatMl: 750, bottles: 6 }],
  }))
  await on.done({ kind: 'relabel', location: 'shop', sku: 'X1', as: 'X1-K7', lot: 'K7', contents })
  const release = await on.done(holdOf('X1', 2))
  await on.done({ kind: 'release', holdId: release.id })
  const commit = await on.done(holdOf('X1', 3))
  await on.done({ kind: 'commit', holdId: commit.id })
  await on.done({ kind: 'ship', commitmentId: commit.id, lines: [{ sku: 'X1', quantity: 1 }] })
  await on.done(holdOf('X1', 4))
  await on.done({
    kind: 'transfer',
    fromLocation: 'shop',
    toLocation: 'warehouse',
    lines: [{ sku: 'X1', quantity: 1 }],
  })
  await on.done({ kind: 'purchase', location: 'shop', lines: [{ sku: 'X1', quantity: 6 }], expectedAtMs: Date.now() })
  const ordered = await on.done(holdOf('X1', 5))
  const terms = { fulfilment: 'ship', destination: { country: 'DE' } } as const
  await on.done({ kind: 'order', holdId: ordered.id, terms })
  const lines = [{ sku: 'X1', quantity: 2 }]
  await on.done({ kind: 'shipOrder', documentId: ordered.id, lines, tracking: {} })
  await on.done({ kind: 'returnOrder', documentId: ordered.id, lines: [{ sku: 'X1', quantity: 1, condition: 'torn' }] })
  const sets = await on.done(holdOf('SET', 2))
  await on.done({ kind: 'commit', holdId: sets.id })
  await on.done({ kind: 'sale', location: 'shop', lines: [{ sku: 'S1', quantity: 2 }] })
  const before = Date.now() - 5_000
  await on.done({ kind: 'count', location: 'shop', lines: [{ sku: 'Y1', counted: 33 }] })
  await on.done({ kind: 'sale', location: 'shop', occurredAtMs: before, lines: [{ sku: 'Y1', quantity: 3 }] })
  await on.done(repackOf('X1', 'Y1'))
  const route = { fromLocation: 'shop', toLocation: 'warehouse' }
  await on.done({ kind: 'transfer', ...route, lines: [{ sku: 'X1', quantity: 1 }] })
  const lapsing = await on.done({ kind: 'hold', ttlSeconds: 1, lines: [{ sku: 'Y1', quantity: 1, channel: 'web' }] })
  await new Promise((resolve) => setTimeout(resolve, 1_050))
  await on.submit({ command: { kind: 'expire', holdId: lapsing.id }, caller: 'test', actor: 'tester' })
}

/** What is wrong, by name, after some statements that no rule of the database stopped. All of it is undone. */
async function afterwards(...statements: string[]): Promise<string[]> {
  await client.query('begin')
  try {
    for (const statement of statements) {
      const { rowCount } = await client.query(statement)
      if (rowCount === 0) throw new Error(`it changes nothing: ${statement}`)
    }
    const { ok, checks } = await runChecks(client)
    const wrong = checks.filter((check) => check.total > 0)
    expect(ok).toBe(wrong.length === 0)
    for (const check of wrong) expect(check.offending.length).toBeGreaterThan(0)
    return wrong.map((check) => check.name)
  } finally {
    await client.query('rollback')
  }
}

describe('verify', () => {
  it('finds nothing wrong in the books of a trading day, and says what it looked at', async () => {
    const lines: string[] = []
    const verdict = await verify(database.url, { say: (line) => lines.push(line) })
    expect(verdict.checks.filter((check) => check.total > 0)).toEqual([])
    expect(verdict).toMatchObject({ ok: true })
    expect(verdict.position).toBeGreaterThan(50)
    expect(lines).toHaveLength(verdict.checks.length)
    expect(lines[0]).toMatch(/^ok {5}levels equal the sums of their movements \(\d+ looked at\)$/)
  })

  it('has something to look at in every check, so that none can pass by being empty', async () => {
    const { checks } = await verify(database.url)
    expect(checks.filter((check) => check.checked === 0)).toEqual([])
  })

  it.each(corruptions)('names %s', async (_what, check, ...statements) => {
    expect(await afterwards(...statements)).toContain(check)
  })

  it('plants a corruption for every check it makes', async () => {
    const { checks } = await verify(database.url)
    const planted = new Set(corruptions.map(([, check]) => check))
    expect(checks.map((check) => check.name).filter((name) => !planted.has(name))).toEqual([])
  })

  it('shows the rows that offend, the first twenty of many, and is not ok', async () => {
    await client.query('begin')
    await client.query(
      `insert into stock.levels (sku, location) select 'Z' || n, 'attic' from generate_series(1, 50) n`,
    )
    const lines: string[] = []
    const { ok, checks } = await runChecks(client, (line) => lines.push(line))
    await client.query('rollback')
    expect(ok).toBe(false)
    const found = checks.find((check) => check.name === 'levels stand at a location that exists')
    expect(found).toMatchObject({ total: 50 })
    expect(found?.offending).toHaveLength(20)
    expect(lines).toContain(`         {"sku":"Z1","location":"attic"}`)
  })

  it('forgives what is older than the log and the answers that are kept', async () => {
    expect(await afterwards(`delete from log.log where position < 9`)).toEqual([])
    const someGone = `delete from stock.answers where entry < (select percentile_disc(0.5) within group (order by entry) from stock.answers)`
    expect(await afterwards(someGone)).toEqual([])
    expect(await afterwards(`delete from log.log where position < 9`, `delete from stock.answers`)).toEqual([])
  })

  it('still finds what is wrong with counts whose answers are gone', async () => {
    const gone = `delete from stock.answers`
    const counted = 'on hand is the latest count and what happened after it'
    expect(await afterwards(gone, `update stock.counts set counted = counted + 1 where sku = 'Y1'`)).toEqual([counted])
    const late = `update stock.movements set quantity = quantity + 1 where sku = 'Y1' and from_account = 'variance'
      and entry in (select id from stock.entries where kind = 'sale')`
    expect(await afterwards(gone, late)).toContain(counted)
  })

  it('is not misled by writers that are at work while it looks, and stops none of them', async () => {
    const two = openTestStock(database.url)
    const evening = new AbortController()
    const day = trade([stock, two], { seed: 2, commands: 80, hands: 16, skus }).finally(() => evening.abort())
    let looked = 0
    while (!evening.signal.aborted) {
      const { ok, checks } = await verify(database.url)
      expect(checks.filter((check) => check.total > 0)).toEqual([])
      expect(ok).toBe(true)
      looked += 1
    }
    await day
    await two.close()
    expect(looked).toBeGreaterThan(1)
    expect([...stock.troubles, ...two.troubles].filter((trouble) => !trouble.startsWith('again'))).toEqual([])
  })

  it('ends when it is told to', async () => {
    const stopped = AbortSignal.abort(new Error('enough'))
    await expect(verify(database.url, { signal: stopped })).rejects.toThrow('enough')
    const holder = await connect(database.url, { applicationName: 'tests', lockTimeoutMs: 0 })
    await holder.query('begin; lock table stock.levels in access exclusive mode')
    const abort = new AbortController()
    const running = verify(database.url, { signal: abort.signal })
    setTimeout(() => abort.abort(), 100)
    await expect(running).rejects.toThrow(/cancel/)
    await holder.end()
  })
})
