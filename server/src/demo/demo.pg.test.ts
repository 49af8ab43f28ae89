import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type TestServer } from '../../test/server.ts'
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

test('a month in which everybody has something to do leaves books that balance', async () => {
  const said: string[] = []
  const played = await playDemo(server.url, options({ days: 30, say: (line) => said.push(line) }))
  expect(played).toMatchObject({ days: 30, troubles: 0 })
  expect(actors.filter(({ name }) => !played.deeds.has(name)).map(({ name }) => name)).toEqual([])
  expect(said).toHaveLength(31)
  expect(said[0]).toMatch(/^Day 1: \d+ came in, .*\d+ sold at the till, .*\d+ poured by the glass/)
  expect(said.at(-1)).toMatch(/^In 30 days: .* broken on the way, .* ml thrown away, /)
  const { ok, checks } = await verify(server.databaseUrl)
  expect(checks.filter(({ total }) => total > 0)).toEqual([])
  expect(ok).toBe(true)
}, 120_000)
