import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { connect } from '../src/platform/postgres/database.ts'
import { readMigrations } from '../src/platform/postgres/migrate.ts'
import { columnList, quoted, readTables, schemasOf } from '../src/keep/inventory.ts'
import { createEmptyDatabase, createTestDatabase } from './postgres.ts'
import { openTestStock, priceIt, setUpCellar } from './stock.ts'
import { trade } from './trade.ts'

export const quiet = { say: () => {}, nowMs: () => Date.now() }

/** A folder that goes with the test. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cellarhand-keep-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A database without anything in it, that goes with the test. */
export async function emptyDatabase(): Promise<string> {
  const database = await createEmptyDatabase()
  onTestFinished(() => database.drop())
  return database.url
}

/** What is hard to carry: quotes, backslashes, line ends, tabs, the end mark of COPY, and letters beyond ASCII, in texts, arrays and JSON. */
const awkward = `"it's" \\\\. \\n \\t; 葡萄酒, Gewürz\n\\.\n\t\r\u0001\u2028🍷`

/** A database with a day's trade in it and a catalogue, awkward texts among them. To be dropped by the caller. */
export async function tradedDatabase(seed: number): Promise<{ url: string; drop(): Promise<void> }> {
  const database = await createTestDatabase()
  await setUpCellar(database.url)
  const stock = openTestStock(database.url)
  const skus = ['A1', 'B1', 'C1', 'D1']
  await priceIt(stock, ...skus)
  await trade([stock], { seed, commands: 30, hands: 4, skus })
  await stock.done({ kind: 'receive', location: 'shop', lines: [{ sku: 'A1', quantity: 9 }], reference: awkward })
  await stock.close()
  await fillCatalogue(database.url)
  return database
}

async function fillCatalogue(url: string): Promise<void> {
  await withClient(url, async (client) => {
    await client.query(
      `insert into catalogue.wines (id, producer, name, grapes, grape_names)
       values ('w1', null, $1, $2, $3), ('w2', '', '\\N', '[]', '{}')`,
      [awkward, JSON.stringify([{ name: awkward, percent: 12.5 }]), [awkward, 'NULL', '']],
    )
    await client.query(`insert into catalogue.vintages (wine, vintage, abv, allergens)
      values ('w1', 0, 13.50, null), ('w1', 2015, 14, '{}'), ('w2', 1999, null, '{egg,"a,b"}')`)
    await client.query(`insert into catalogue.skus values ('A1', 'w1', 2015, 750, 1, 'bottle')`)
    await client.query(`insert into catalogue.identifiers values ('A1', 'gtin', '05012345678900')`)
  })
}

/** Runs `work` over one connection. */
export async function withClient<T>(
  url: string,
  work: (client: Awaited<ReturnType<typeof connect>>) => Promise<T>,
): Promise<T> {
  const client = await connect(url, { applicationName: 'tests', lockTimeoutMs: 0, idleInTransactionTimeoutMs: 0 })
  return work(client).finally(() => client.end())
}

/** The digest of every row of every table that is carried, and where the sequence stands: equal for databases that hold the same. */
export function contentsOf(url: string): Promise<Record<string, string>> {
  return withClient(url, async (client) => {
    const schemas = schemasOf(readMigrations())
    const found: Record<string, string> = {}
    for (const table of await readTables(client, schemas)) {
      const { rows } = await client.query<{ digest: string }>(
        `select count(*) || ' ' || coalesce(md5(string_agg(md5(r::text), '' order by md5(r::text))), '') as digest
         from (select ${columnList(table)} from ${quoted(table.table)}) r`,
      )
      found[table.table] = rows[0]?.digest ?? ''
    }
    const { rows } = await client.query<{ last: string }>('select last_value::text as last from stock.batches')
    found['stock.batches'] = rows[0]?.last ?? ''
    return found
  })
}
