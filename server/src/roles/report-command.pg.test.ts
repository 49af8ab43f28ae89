import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startServer, type TestServer } from '../../test/server.ts'
import { loadConfig, type Config } from '../platform/config.ts'
import { runMonthEnd } from './report-command.ts'

let server: TestServer
let folder: string
let config: Config
const said: string[] = []

beforeAll(async () => {
  server = await startServer({ starter: true })
  folder = await mkdtemp(join(tmpdir(), 'cellarhand-report-'))
  config = loadConfig({ LOG_LEVEL: 'silent', DATABASE_URL: server.databaseUrl })
  vi.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line))
})
afterAll(async () => {
  vi.restoreAllMocks()
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

const thisMonth = new Date().toISOString().slice(0, 7)

test('the command writes what the API answers, and says how far it went', async () => {
  const out = join(folder, 'month.csv')
  expect(await runMonthEnd(config, thisMonth, { timezone: 'UTC', out })).toBe(0)
  const answer = await fetch(`${server.url}/v1/reports/month-end?month=${thisMonth}`, {
    headers: { accept: 'text/csv' },
  })
  const written = await readFile(out, 'utf8')
  expect(written).toBe(await answer.text())
  expect(written.split('\r\n').length).toBeGreaterThan(1_000)
  expect(await readdir(folder)).toEqual(['month.csv'])
  expect(said.join('\n')).toMatch(/Reading the journal of [\d,]+ levels/)
  expect(said.join('\n')).toMatch(/month\.csv: [\d,]+ rows in [\d.]+ s\./)
  expect(said.join('\n')).toContain(`${thisMonth} is not over: this is what has been so far.`)
})

test('what cannot be written or reported is said in a sentence, and nothing is left', async () => {
  const run = (month: string, timezone: string, out: string) =>
    runMonthEnd(config, month, { timezone, out: join(folder, out) })
  await expect(run('2020-01', 'UTC', 'nowhere/month.csv')).rejects.toThrow(/^The report cannot be written to .*nowhere/)
  await expect(run('2020-01', 'Europe/Atlantis', 'a.csv')).rejects.toThrow('There is no time zone Europe/Atlantis.')
  await expect(run('2999-01', 'UTC', 'a.csv')).rejects.toThrow('has not come yet')
  expect(await readdir(folder)).toEqual(['month.csv'])
})
