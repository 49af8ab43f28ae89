import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SkuValue } from '@cellarhand/protocol/value'
import { createPool } from '../src/platform/postgres/database.ts'
import { must } from '../src/platform/must.ts'
import { runCommand } from './command.ts'
import { startServer, type TestServer } from './server.ts'

// docs/bordeaux.md, done for real: its requests are made as they stand there, and its tables are what has to come out.

const path = new URL('../../docs/bordeaux.md', import.meta.url)

let server: TestServer
let pool: pg.Pool
let keys = 0

beforeAll(async () => {
  server = await startServer({ starter: true, env: { CELLARHAND_COUNTRY: 'DE' } })
  pool = createPool(server.databaseUrl, { applicationName: 'tests', max: 1 })
}, 60_000)

afterAll(async () => {
  await pool.end()
  await server.stop()
})

/** What stands between two fences of the page. */
const fenced = (text: string, language: string): string | undefined =>
  new RegExp(`\`\`\`${language}\n([^]*?)\n\`\`\``).exec(text)?.[1]

/** The page from heading to heading, each without what has been printed into it before. */
function sectionsOf(page: string): string[] {
  return page.split(/\n(?=## )/).map((section) => `${section.split('\n\n| ')[0]?.trimEnd()}\n`)
}

/** Makes the request of a section. Its answer's id is known by the name that the text gives it. */
async function ask(section: string, names: Map<string, string>): Promise<void> {
  const request = fenced(section, 'http')
  if (request === undefined) return
  const known = request.replaceAll(/\$([A-Z]+)/g, (_, name: string) => must(names.get(name), `$${name}`))
  const [, method = '', target = '', body] = /^([A-Z]+) (\S+)(?:\n\n([^]+))?$/.exec(known) ?? []
  const response = await fetch(`${server.url}${target}`, {
    method,
    headers: {
      'idempotency-key': `walk-${(keys += 1)}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
  })
  const answer = (await response.json()) as { id: string }
  expect(response.ok, `${known}\n${JSON.stringify(answer)}`).toBe(true)
  const name = /The id of the answer is `\$([A-Z]+)`/.exec(section)?.[1]
  if (name !== undefined) names.set(name, answer.id)
}

const table = (head: readonly string[], rows: readonly (readonly unknown[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

/** What is left of the two, valued. */
async function values(): Promise<string> {
  const skus = ['CARREFOUR-2025-75X6', 'CARREFOUR-2025-75']
  const rows = await Promise.all(
    skus.map(async (sku) => {
      const { items } = (await (await fetch(`${server.url}/v1/reports/value?sku=${sku}`)).json()) as {
        items: SkuValue[]
      }
      const { bottles, byLot, fifo, average } = must(items[0], `the value of ${sku}`)
      const written = (figures: SkuValue['byLot'] | SkuValue['fifo']) =>
        [
          ...(figures?.values ?? []).map(
            ({ currency, amountMinor }) => `${currency} ${(amountMinor / 100).toFixed(2)}`,
          ),
          ...(figures?.unvalued ? [`${figures.unvalued} unvalued`] : []),
        ].join(', ')
      return [sku, bottles, written(byLot), written(fifo), written(average)]
    }),
  )
  return table(['SKU', 'units', 'by lot', 'first-in first-out', 'average'], rows)
}

/** What the newest entries wrote, line by line. */
async function journalAfter(entry: string): Promise<string> {
  const { rows } = await pool.query<Record<string, unknown>>({
    text: `select e.kind, coalesce(m.sku, '') as sku, coalesce(m.location, '') as location,
             coalesce(m.from_account, '') as from_account, coalesce(m.to_account, '') as to_account, m.quantity
           from stock.entries e left join stock.movements m on m.entry = e.id
           where e.id > $1 order by e.id, m.line`,
    values: [entry],
  })
  const head = ['journal', 'SKU', 'location', 'from', 'to', 'units']
  return table(
    head,
    rows.map(({ kind, sku, location, from_account: from, to_account: to, quantity }) =>
      quantity === null
        ? [`\`${String(kind)}\``, 'no line', '', '', '', '']
        : [`\`${String(kind)}\``, sku, location, from, to, quantity],
    ),
  )
}

const states = ['incoming', 'incoming_committed', 'available', 'held', 'committed', 'quarantined'] as const
const NAMED = `'CARREFOUR-2025-75X6', 'CARREFOUR-2025-75'`

async function levelsNow(): Promise<string> {
  const { rows } = await pool.query<Record<string, number>>(
    `select sku, location, ${states.join(', ')}, available + held + committed + allocated + quarantined + short as on_hand
     from stock.levels where sku in (${NAMED}) and ${states.map((state) => `${state} <> 0`).join(' or ')}
     order by sku desc, location`,
  )
  const head = ['level', 'location', 'incoming', 'incomingCommitted', ...states.slice(2), 'on hand']
  return table(
    head,
    rows.filter(({ sku }) => NAMED.includes(String(sku))).map((row) => Object.values(row)),
  )
}

/** Millilitres of the open bottle, once there is one. */
async function openBottle(): Promise<string> {
  const { rows } = await pool.query<{ state: string; poured: number; left: number; discarded: number }>(
    `select state, (body ->> 'pouredMl')::int as poured, (body ->> 'leftMl')::int as left, (body ->> 'discardedMl')::int as discarded
     from stock.documents where kind = 'openBottle'`,
  )
  const head = ['open bottle', 'poured, ml', 'left, ml', 'thrown away, ml']
  return table(
    head,
    rows.map(({ state, poured, left, discarded }) => [state, poured, left, discarded]),
  )
}

/** All that ever moved, by account: what came to it less what left it. */
async function accounts(): Promise<string> {
  const { rows } = await pool.query<{ sku: string; account: string; units: number }>(
    `select sku, account, sum(quantity)::int as units from (
       select sku, to_account as account, quantity from stock.movements where sku in (${NAMED})
       union all select sku, from_account, -quantity from stock.movements where sku in (${NAMED})) both_sides
     group by sku, account having sum(quantity) <> 0 order by sku desc, account`,
  )
  expect(rows.reduce((sum, { units }) => sum + units, 0)).toBe(0)
  return table(
    ['SKU', 'account', 'units'],
    rows.map(({ sku, account, units }) => [sku, account, units]),
  )
}

async function newestEntry(): Promise<string> {
  const { rows } = await pool.query<{ id: string }>('select coalesce(max(id), 0)::text as id from stock.entries')
  return rows[0]?.id ?? '0'
}

async function importCatalogue(csv: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cellarhand-'))
  writeFileSync(join(folder, 'carrefour.csv'), `${csv}\n`)
  const { ended, said } = runCommand(
    'import',
    'catalogue',
    join(folder, 'carrefour.csv'),
    '--database-url',
    server.databaseUrl,
  )
  const code = await ended
  expect([code, said()]).toEqual([0, expect.stringContaining('2 in')])
  rmSync(folder, { recursive: true })
}

/** Sections of which a table is not of a request's doing. */
const tellings = [
  ['## What became', accounts],
  ['## What they are worth', values],
] as const

test(
  'a case of Bordeaux goes from en primeur to the glass as the page says, step by step',
  { timeout: 60_000 },
  async () => {
    const page = readFileSync(path, 'utf8')
    const sections = sectionsOf(page)
    await importCatalogue(must(fenced(page, 'csv'), 'the catalogue'))
    const names = new Map<string, string>()
    const printed: string[] = []
    for (const section of sections) {
      const before = await newestEntry()
      await ask(section, names)
      if (fenced(section, 'http') !== undefined) {
        const glass = section.includes('/v1/open-bottles') ? `\n${await openBottle()}\n` : ''
        printed.push(`${section}\n${await journalAfter(before)}\n\n${await levelsNow()}\n${glass}`)
      } else {
        const told = tellings.find(([title]) => section.startsWith(title))
        printed.push(told ? `${section}\n${await told[1]()}\n` : section)
      }
    }
    if (process.env['CELLARHAND_PRINT_DOCS'] !== undefined) writeFileSync(path, printed.join('\n'))
    expect(printed.filter((section) => section.includes('\n| ')).length).toBeGreaterThan(15)
    // Print it again: CELLARHAND_PRINT_DOCS=1 npx vitest run server/test/bordeaux
    expect(page).toBe(printed.join('\n'))
  },
)
