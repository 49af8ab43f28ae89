import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type TestServer } from '../../test/server.ts'
import { createPool } from '../platform/postgres/database.ts'
import { readTrail } from '../report/report.ts'
import { movementsOfKind } from '../stock/stock.ts'
import { verify } from '../verify/verify.ts'
import { actors } from './actors.ts'
import { playDemo, type DemoOptions } from './demo.ts'

let server: TestServer

beforeAll(async () => {
  server = await startServer({ starter: true })
})

afterAll(() => server.stop())

let keys = 0

const options = (more: Partial<DemoOptions> = {}): DemoOptions => ({
  seed: 7,
  pace: Infinity,
  signal: new AbortController().signal,
  say: () => {},
  newKey: () => `demo-${(keys += 1)}`,
  nowMs: Date.now,
  ...more,
})

/** What comes by itself: a hold that nobody came back to, and the rest of one that a fact revoked. */
const byItself = new Set(['expire', 'free'])

test('a month in which everybody has something to do asks for everything that can be, and leaves books that balance', async () => {
  const said: string[] = []
  const played = await playDemo(server.url, options({ days: 30, say: (line) => said.push(line) }))
  expect(played).toMatchObject({ days: 30, troubles: 0 })
  expect(actors.filter(({ name }) => !played.deeds.has(name)).map(({ name }) => name)).toEqual([])
  expect(said).toHaveLength(31)
  expect(said[0]).toMatch(/^Day 1: \d+ came in, .*\d+ sold at the till, .*\d+ poured by the glass/)
  expect(said.at(-1)).toMatch(/^In 30 days: .* broken on the way, .* ml thrown away, /)
  const kinds = await column('select distinct kind as value from stock.journal_entries')
  const missing = Object.keys(movementsOfKind).filter((kind) => !kinds.includes(kind) && !byItself.has(kind))
  expect(missing).toEqual([])
  const { ok, checks } = await verify(server.databaseUrl)
  expect(checks.filter(({ total }) => total > 0)).toEqual([])
  expect(ok).toBe(true)
}, 600_000)

test('nothing of that month is left to wait for ever', async () => {
  const waiting = `('placed', 'paid', 'picking', 'ready', 'shipped', 'in_transit', 'open')`
  const left = await column(`select kind as value from stock.documents where state in ${waiting}`)
  const most = { order: 25, transfer: 4, purchaseOrder: 7, openBottle: 6 }
  const piled = Object.entries(most).filter(([kind, bound]) => left.filter((one) => one === kind).length > bound)
  expect(piled).toEqual([])
  expect(left.length).toBeGreaterThan(0)
})

test('the trail of that month is the journal: every entry once, in the order of the log, with all its movements', async () => {
  const pool = createPool(server.databaseUrl, { applicationName: 'tests', max: 2 })
  const told: string[] = []
  const head = Number((await column('select log.head()::text as value'))[0])
  let reads = 0
  for (let after = 0; after < head; reads += 1) {
    const part = await readTrail(pool, { after, to: head, epoch: 'epoch001' })
    expect(part.to).toBeGreaterThan(after)
    after = part.to
    for (const { position, entries } of part.steps) {
      expect(entries.length).toBeGreaterThan(0)
      for (const { id, movements } of entries) {
        const lines = movements.map(({ sku, location, from, to, quantity }) =>
          [sku, location, from, to, quantity].join(' '),
        )
        told.push([position, id, ...lines.toSorted()].join('; '))
      }
    }
  }
  await pool.end()
  const written = await column(
    `select concat_ws('; ', b.position, e.id, (
       select string_agg(concat_ws(' ', m.sku, m.location, m.from_account, m.to_account, m.quantity), '; '
         order by concat_ws(' ', m.sku, m.location, m.from_account, m.to_account, m.quantity) collate "C")
       from stock.movements m where m.entry = e.id)) as value
     from stock.entries e join log.batches b on b.batch = e.id >> 10 order by b.position, e.id`,
  )
  expect(written.length).toBeGreaterThan(500)
  expect(told).toEqual(written)
  expect(reads).toBeGreaterThan(2)
}, 60_000)

async function column(text: string): Promise<string[]> {
  const pool = createPool(server.databaseUrl, { applicationName: 'tests', max: 1 })
  const { rows } = await pool.query<{ value: string }>(text)
  await pool.end()
  return rows.map(({ value }) => value)
}
