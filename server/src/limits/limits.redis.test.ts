import { expect, onTestFinished, test } from 'vitest'
import { startGuardedServer } from '../../test/access.ts'
import { startRedis } from '../../test/redis.ts'
import { startServer } from '../../test/server.ts'
import { until } from '../platform/postgres/processes.ts'

const wine = JSON.stringify({ lines: [{ sku: 'WINE', quantity: 1 }] })
let keys = 0

/** Asks for a hold, and says what was answered. */
async function hold(url: string, headers: Record<string, string>): Promise<number> {
  const key = `rates-of-two-${(keys += 1)}`
  const answer = await fetch(`${url}/v1/holds`, {
    method: 'POST',
    body: wine,
    headers: { 'content-type': 'application/json', 'idempotency-key': key, ...headers },
  })
  await answer.arrayBuffer()
  return answer.status
}

test('two servers count together through their Redis: who goes from one to the other gets no more', async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const env = { REDIS_URL: redis.url, CELLARHAND_RATE_PERCENT: '20', CELLARHAND_CUSTOMER_HOLDS_MAX: '100' }
  const one = await startGuardedServer(env)
  onTestFinished(() => one.stop())
  const other = await startServer({ databaseUrl: one.databaseUrl, env: { ...env, CELLARHAND_AUTH: 'on' } })
  onTestFinished(() => other.stop())
  const headers = await one.guest()
  // Twelve a minute; eleven are asked for here.
  for (let round = 0; round < 11; round++) expect(await hold(one.url, headers)).toBe(201)
  // The word goes round five times a second: then the other lets one more through, and no other.
  const read = async () => (await fetch(`${other.url}/v1/session`, { headers })).status
  expect(await read()).toBe(200)
  await until(async () => (await hold(other.url, headers)) === 429, { withinMs: 20_000, everyMs: 300 })
  expect(keys - 11).toBeLessThan(12)
}, 60_000)
