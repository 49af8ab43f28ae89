import type pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createPartedDatabase } from '../../test/parts.ts'
import { startServer, type TestServer } from '../../test/server.ts'
import { setUpCellar } from '../../test/stock.ts'
import { makeLogParts } from '../log/log.ts'
import { loadConfig, type Config } from '../platform/config.ts'
import { createPool } from '../platform/postgres/database.ts'
import { runRetention } from './retention-command.ts'

let database: Awaited<ReturnType<typeof createPartedDatabase>>
let server: TestServer
let pool: pg.Pool
let config: Config
const said: string[] = []

beforeAll(async () => {
  database = await createPartedDatabase(10)
  await setUpCellar(database.url)
  pool = createPool(database.url, { applicationName: 'tests', max: 2 })
  server = await startServer({ databaseUrl: database.url })
  config = loadConfig({ LOG_LEVEL: 'silent', DATABASE_URL: database.url })
  vi.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line))
})
afterAll(async () => {
  vi.restoreAllMocks()
  await server?.stop()
  await pool?.end()
  await database?.drop()
})

async function run(flags: { dryRun?: true }): Promise<string> {
  said.length = 0
  expect(await runRetention(config, flags)).toBe(0)
  return said.join('\n')
}
const readyz = async () => {
  const answer = await fetch(`${server.url}/readyz`)
  return { status: answer.status, ...((await answer.json()) as { detail?: string }) }
}

test('the command says what there is and what goes, and takes it away only without --dry-run', async () => {
  expect(await run({ dryRun: true })).toContain('Nothing is old enough to go.')
  await pool.query(`select log.append(n, clock_timestamp() - interval '91 days', '{}') from generate_series(1, 12) n`)
  await makeLogParts(pool)
  await pool.query(`select log.append(null, clock_timestamp(), '{}')`)
  const old = new Date(Date.now() - 91 * 86_400_000).toISOString().slice(0, 10)
  const dry = await run({ dryRun: true })
  expect(dry).toContain('The log is kept for 90 days at least, keys with their answers for 62 days at least.')
  expect(dry).toMatch(new RegExp(`log\\.log +1 to 10 +[\\d.]+ MB +goes +until ${old}`))
  expect(dry).toMatch(/log\.log +11 to 20 +[\d.]+ MB +kept/)
  expect(dry).toMatch(/log\.log +31 to 40 +[\d.]+ MB +ahead/)
  expect(dry).toMatch(/stock\.answers +period 1 +[\d.]+ MB +kept/)
  expect(dry).not.toContain('Dropped')
  expect(await run({ dryRun: true })).toBe(dry)
  expect(await run({})).toContain('Dropped log.log_1.')
  expect(await run({})).toContain('Nothing is old enough to go.')
})

test('a server is not ready when its log has nothing ahead, says so, and is again when it has', async () => {
  expect(await readyz()).toMatchObject({ status: 'ready' })
  await pool.query('drop table log.log_21, log.log_31')
  expect(await readyz()).toMatchObject({
    status: 503,
    detail: expect.stringMatching(/^The log has no partition ready ahead, and room for \d positions/),
  })
  await makeLogParts(pool)
  expect(await readyz()).toMatchObject({ status: 'ready' })
})

test('a server makes at its start what is missing ahead', async () => {
  await pool.query('drop table log.log_21, log.log_31')
  const other = await startServer({ databaseUrl: database.url })
  expect(await readyz()).toMatchObject({ status: 'ready' })
  await other.stop()
})
