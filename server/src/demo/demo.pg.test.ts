import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type TestServer } from '../../test/server.ts'
import { createPool } from '../platform/postgres/database.ts'
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
}, 300_000)

test('nothing of that month is left to wait for ever', async () => {
  const waiting = `('placed', 'paid', 'picking', 'ready', 'shipped', 'in_transit', 'open')`
  const left = await column(`select kind as value from stock.documents where state in ${waiting}`)
  const most = { order: 25, transfer: 4, purchaseOrder: 7, openBottle: 6 }
  const piled = Object.entries(most).filter(([kind, bound]) => left.filter((one) => one === kind).length > bound)
  expect(piled).toEqual([])
  expect(left.length).toBeGreaterThan(0)
})

async function column(text: string): Promise<string[]> {
  const pool = createPool(server.databaseUrl, { applicationName: 'tests', max: 1 })
  const { rows } = await pool.query<{ value: string }>(text)
  await pool.end()
  return rows.map(({ value }) => value)
}
