import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startServer, type TestServer } from '../../test/server.ts'
import { loadConfig, type Config } from '../platform/config.ts'
import { runMonthEnd, runValue } from './report-command.ts'

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

describe('the command for the value of stock', () => {
  const file = () => join(folder, 'value.csv')
  afterAll(() => rm(file(), { force: true }))

  test('writes what the API answers, and says what it comes to', async () => {
    await receive('MUSAR-RED-2018-75', 12, 1_850)
    said.length = 0
    expect(await runValue(config, { out: file() })).toBe(0)
    const answer = await fetch(`${server.url}/v1/reports/value`, { headers: { accept: 'text/csv' } })
    const written = await readFile(file(), 'utf8')
    expect(written).toBe(await answer.text())
    const [header = '', ...lines] = written.trimEnd().split('\r\n')
    const sum = (column: string) => {
      const place = header.split(',').indexOf(column)
      return lines.reduce((all, line) => all + Number(line.split(',').at(place - header.split(',').length)), 0)
    }
    const euros = (column: string) => `EUR ${(sum(column) / 100).toLocaleString('en', { minimumFractionDigits: 2 })}`
    const text = said.join('\n')
    expect(sum('lot_value_minor')).toBe(22_200)
    expect(text).toMatch(/By lot +EUR 222\.00 for 12 bottles, [\d,]+ bottles without a cost/)
    expect(text).toContain(`First-in first-out ${euros('fifo_value_minor')} for`)
    expect(text).toContain(`Average            ${euros('average_value_minor')} for`)
  })

  test('says in a sentence what cannot be', async () => {
    const run = async (flags: object) => runValue(config, { out: file(), ...flags })
    await expect(run({ at: '2999-01-01T00:00:00Z' })).rejects.toThrow('has not come yet')
    await expect(run({ at: 'yesterday' })).rejects.toThrow('yesterday is no time. Write it as 2026-10-31T23:00:00Z.')
    await expect(run({ at: '2026-01-01T00:00:00Z', position: 'x.1' })).rejects.toThrow('Name a time or a position')
    await expect(run({ owner: 'anna' })).rejects.toThrow('There is no location of anna.')
    await expect(run({ location: 'moon' })).rejects.toThrow('There is no location moon.')
    await expect(run({ location: 'shop', owner: 'house' })).rejects.toThrow('Name an owner or a location')
  })
})

async function receive(sku: string, quantity: number, costMinor: number): Promise<void> {
  const answer = await fetch(`${server.url}/v1/receipts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': `receipt-${sku}` },
    body: JSON.stringify({ location: 'shop', lines: [{ sku, quantity, lot: { costMinor, currency: 'EUR' } }] }),
  })
  expect(answer.status).toBe(201)
}
