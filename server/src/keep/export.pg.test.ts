import { createHash } from 'node:crypto'
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { contentsOf, emptyDatabase, quiet, scratch, tradedDatabase, withClient } from '../../test/kept.ts'
import { readMigrations } from '../platform/postgres/migrate.ts'
import { verify } from '../verify/verify.ts'
import { exported, readTables, schemasOf } from './inventory.ts'
import { checkExport, exportEverything, importEverything } from './keep.ts'
import { fileName, tableDocs, type Manifest } from './manifest.ts'
import { meanings } from './meanings.ts'

let traded: Awaited<ReturnType<typeof tradedDatabase>>
beforeAll(async () => void (traded = await tradedDatabase(41)))
afterAll(() => traded?.drop())

const manifestOf = (folder: string) => JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest

/** The rows of a file of an export. */
const rowsIn = (folder: string, table: string) =>
  readFileSync(join(folder, `${table}.jsonl`), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>)

async function importedFrom(folder: string): Promise<string> {
  const url = await emptyDatabase()
  await importEverything(url, folder, await checkExport(folder, quiet), quiet)
  return url
}

test('exported, imported and exported again, every file is the same to the byte, and the books balance', async () => {
  const [first, second] = [join(scratch(), 'first'), join(scratch(), 'second')]
  await exportEverything(traded.url, first, quiet)
  const url = await importedFrom(first)
  expect(await verify(url)).toMatchObject({ ok: true })
  expect(await contentsOf(url)).toEqual(await contentsOf(traded.url))
  await exportEverything(url, second, quiet)
  expect(readdirSync(second)).toEqual(readdirSync(first))
  const files = readdirSync(first).filter((name) => name !== 'manifest.json')
  const differing = files.filter((file) => !readFileSync(join(second, file)).equals(readFileSync(join(first, file))))
  expect(differing).toEqual([])
  // It is another moment, and another incarnation of the log.
  const [made, again] = [manifestOf(first), manifestOf(second)]
  expect({ ...again, at: made.at, epoch: made.epoch }).toEqual(made)
  expect(again.epoch).not.toBe(made.epoch)
})

test('any reader of JSON gets what is stored: texts with everything in them, lists, what is not known, exact numbers', async () => {
  const folder = join(scratch(), 'all')
  await exportEverything(traded.url, folder, quiet)
  const wine = await withClient(traded.url, async (client) => {
    const { rows } = await client.query<Record<string, unknown>>(
      `select id, producer, name, grapes, grape_names from catalogue.wines where id = 'w1'`,
    )
    return rows[0]
  })
  expect(rowsIn(folder, 'catalogue.wines')[0]).toMatchObject({ ...wine, style: 'still', region: null })
  expect(rowsIn(folder, 'catalogue.vintages').map(({ abv, allergens }) => [abv, allergens])).toEqual([
    [13.5, null],
    [14, []],
    [null, ['egg', 'a,b']],
  ])
  expect(readFileSync(join(folder, 'catalogue.vintages.jsonl'), 'utf8')).toContain('"abv":13.50,')
  const [entry] = rowsIn(folder, 'stock.entries')
  expect(entry?.['recorded_at']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?\+00:00$/)
})

test('every table is in it, and the manifest says of each column what it is', async () => {
  const folder = join(scratch(), 'all')
  await exportEverything(traded.url, folder, quiet)
  const { files, position } = manifestOf(folder)
  expect(position).toBeGreaterThan(10)
  await withClient(traded.url, async (client) => {
    const tables = exported(await readTables(client, schemasOf(readMigrations())))
    expect(files.map(({ table }) => table)).toEqual(tables.map(({ table }) => table))
    expect(readdirSync(folder)).toEqual([...tables.map(fileName), 'manifest.json'].toSorted())
  })
  const levels = files.find(({ table }) => table === 'stock.levels')
  expect(levels).toMatchObject({ file: 'stock.levels.jsonl', key: ['sku', 'location'] })
  expect(levels?.columns.find(({ name }) => name === 'version')).toEqual({
    name: 'version',
    type: 'bigint',
    nullable: false,
    json: 'integer of up to 64 bits',
    meaning: 'grows with physical changes',
  })
})

test('every table and column has a meaning, and docs/export.md tells it', async () => {
  await withClient(traded.url, async (client) => {
    const tables = exported(await readTables(client, schemasOf(readMigrations())))
    const inCatalog = Object.fromEntries(tables.map(({ table, columns }) => [table, columns.map(({ name }) => name)]))
    const meant = Object.fromEntries(
      Object.entries(meanings).map(([table, { columns }]) => [table, Object.keys(columns)]),
    )
    expect(meant, 'write what it means in meanings.ts or stock-meanings.ts, in the order of the columns').toEqual(
      inCatalog,
    )
    const path = new URL('../../../docs/export.md', import.meta.url)
    const page = readFileSync(path, 'utf8')
    const first = page.indexOf('### ')
    if (process.env['CELLARHAND_PRINT_DOCS'] !== undefined)
      writeFileSync(path, page.slice(0, first) + tableDocs(tables))
    expect(page.slice(first), 'print it again: CELLARHAND_PRINT_DOCS=1 npx vitest run server/src/keep/export').toBe(
      tableDocs(tables),
    )
  })
})

/** An export that somebody changed. */
async function changed(change: (folder: string) => void): Promise<string> {
  const folder = join(scratch(), 'all')
  await exportEverything(traded.url, folder, quiet)
  change(folder)
  return checkExport(folder, quiet).then(
    () => 'not refused',
    (error: Error) => `${error.name}: ${error.message.replaceAll(folder, 'F')}`,
  )
}

test('what is not as it was exported is refused with its reason, before anything is written', async () => {
  const levels = (folder: string) => join(folder, 'stock.levels.jsonl')
  const edited = (folder: string, change: (text: string) => string) =>
    writeFileSync(levels(folder), change(readFileSync(levels(folder), 'utf8')))
  const inManifest = (folder: string, change: (text: string) => string) =>
    writeFileSync(join(folder, 'manifest.json'), change(readFileSync(join(folder, 'manifest.json'), 'utf8')))
  expect(await changed(() => {})).toBe('not refused')
  expect(await changed((folder) => rmSync(levels(folder)))).toMatch(/F\/stock\.levels\.jsonl cannot be read: ENOENT/)
  expect(await changed((folder) => edited(folder, (text) => text.replace(/"held":\d+/, '"held":77')))).toMatch(
    /stock\.levels\.jsonl is not as it was exported/,
  )
  expect(await changed((folder) => edited(folder, (text) => text.slice(0, -5)))).toMatch(/ends in the middle of a line/)
  expect(await changed((folder) => appendFileSync(levels(folder), '{"sku":"Z"}\n'))).toMatch(
    /stock\.levels\.jsonl, line \d+ is not a JSON object with exactly the columns sku, location/,
  )
  expect(await changed((folder) => rmSync(join(folder, 'manifest.json')))).toMatch(/There is no F\/manifest\.json/)
  expect(await changed((folder) => inManifest(folder, () => '[1]'))).toMatch(/no export of Cellarhand/)
  expect(await changed((folder) => inManifest(folder, (text) => text.replace('"cellarhand"', '"winebin"')))).toMatch(
    /made by winebin/,
  )
  expect(
    await changed((folder) => inManifest(folder, (text) => text.replace('"stock.levels.jsonl"', '"../levels.jsonl"'))),
  ).toMatch(/lacks what the manifest of an export has/)
  expect(await changed((folder) => inManifest(folder, (text) => text.replace('0001-log.sql', '0001-lag.sql')))).toMatch(
    /whose step 0001-lag\.sql is not that of this one/,
  )
})

test('a value that its column cannot hold is named, and nothing is written', async () => {
  const folder = join(scratch(), 'all')
  await exportEverything(traded.url, folder, quiet)
  const path = join(folder, 'stock.levels.jsonl')
  const text = readFileSync(path, 'utf8').replace(/"held":\d+/, '"held":-1')
  writeFileSync(path, text)
  const [bytes, sha256] = [Buffer.byteLength(text), createHash('sha256').update(text).digest('hex')]
  const manifest = manifestOf(folder)
  const files = manifest.files.map((file) => (file.table === 'stock.levels' ? { ...file, bytes, sha256 } : file))
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, files }))
  const whole = await checkExport(folder, quiet)
  const url = await emptyDatabase()
  await expect(importEverything(url, folder, whole, quiet)).rejects.toThrow(
    /A row of stock\.levels does not fit: .*levels_held_check/,
  )
  await withClient(url, async (client) => {
    expect((await client.query(`select from pg_namespace where nspname = 'stock'`)).rowCount).toBe(0)
  })
})

test('into a database that is not empty, and over a folder that is there, nothing goes', async () => {
  const folder = join(scratch(), 'all')
  await exportEverything(traded.url, folder, quiet)
  const before = await contentsOf(traded.url)
  const manifest = await checkExport(folder, quiet)
  await expect(importEverything(traded.url, folder, manifest, quiet)).rejects.toThrow('The database is not empty')
  expect(await contentsOf(traded.url)).toEqual(before)
  await expect(exportEverything(traded.url, folder, quiet)).rejects.toThrow('There is a')
  const stopped = { ...quiet, signal: AbortSignal.abort() }
  await expect(exportEverything(traded.url, `${folder}2`, stopped)).rejects.toThrow('aborted')
  expect(readdirSync(join(folder, '..'))).toEqual(['all'])
})
