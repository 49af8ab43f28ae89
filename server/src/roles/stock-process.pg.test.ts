import { expect, onTestFinished, test } from 'vitest'
import { runCommand } from '../../test/command.ts'
import { createTestDatabase } from '../../test/postgres.ts'
import { openTestStock, priceIt, setUpCellar } from '../../test/stock.ts'
import { freePort } from '../platform/postgres/postmaster.ts'
import { createPool } from '../platform/postgres/database.ts'
import { loadConfig } from '../platform/config.ts'
import { sleep } from '../platform/loop.ts'
import { until } from '../platform/postgres/processes.ts'
import { serveStock } from './serve-stock.ts'
import { serve } from './serve.ts'

type Server = ReturnType<typeof runCommand>

async function ready(url: string, server: Server): Promise<void> {
  const isReady = async () => (await fetch(`${url}/readyz`).catch(() => undefined))?.status === 200
  if (!(await until(isReady, { withinMs: 60_000 }))) throw new Error(server.said())
}

interface Held {
  readonly key: string
  readonly status: number
  readonly retryAfter: string | null
  readonly body: { readonly id?: string; readonly type?: string }
}

async function hold(url: string, key: string): Promise<Held> {
  const answer = await fetch(`${url}/v1/holds`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ lines: [{ sku: 'KILL', quantity: 1 }] }),
  })
  return {
    key,
    status: answer.status,
    retryAfter: answer.headers.get('retry-after'),
    body: (await answer.json()) as Held['body'],
  }
}

/** Between two tries while stock is away: as long as the answer says. */
const pauseMs = 1_000

/** Buyers who hold one bottle after another until they are stopped; what each was answered. */
function buyers(url: string, count: number) {
  const answered: Held[] = []
  const stopping = { now: false }
  const buy = async (buyer: number) => {
    for (let at = 0; !stopping.now; at += 1) {
      const held = await hold(url, `buyer-${buyer}-${at}`)
      answered.push(held)
      if (held.status === 503) await sleep(pauseMs)
    }
  }
  const done = Promise.all(Array.from({ length: count }, (_, buyer) => buy(buyer)))
  return {
    answered,
    stop: () => {
      stopping.now = true
      return done
    },
  }
}

/** A database with more bottles than anybody asks for. */
async function stockedDatabase(): Promise<{ readonly url: string }> {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  await setUpCellar(database.url)
  const filling = openTestStock(database.url)
  await filling.done({ kind: 'receive', location: 'shop', lines: [{ sku: 'KILL', quantity: 100_000 }] })
  await priceIt(filling, 'KILL')
  await filling.close()
  return database
}

test('a kill of the stock process under load loses and doubles nothing: holds in flight come back as 503, and their keys have one answer', async () => {
  const database = await stockedDatabase()
  const [stockPort, doorPort, port] = [await freePort(), await freePort(), await freePort()]
  const common = ['--database-url', database.url, '--auth', 'off', '--no-starter']
  const serveTheStock = () =>
    runCommand('serve', 'stock', '--port', String(stockPort), '--grpc-port', String(doorPort), ...common)
  const stockUrl = `http://127.0.0.1:${stockPort}`
  const url = `http://127.0.0.1:${port}`
  const first = serveTheStock()
  await ready(stockUrl, first)
  const door = ['--stock-url', `grpc://127.0.0.1:${doorPort}`, '--grpc-port', '0']
  const gateway = runCommand('serve', 'gateway', '--port', String(port), ...door, ...common)
  await ready(url, gateway)
  expect((await fetch(`${stockUrl}/healthz`)).status).toBe(200)
  expect((await fetch(`${stockUrl}/v1/stock`)).status).toBe(404)

  const { answered, stop } = buyers(url, 16)
  const count = (status: number) => answered.filter((one) => one.status === status).length
  expect(await until(() => count(201) > 200, { withinMs: 60_000 })).toBe(true)
  first.child.kill('SIGKILL')
  await first.ended
  expect(await until(() => count(503) >= 16, { withinMs: 60_000 })).toBe(true)
  const before = count(201)
  const second = serveTheStock()
  await ready(stockUrl, second)
  expect(await until(() => count(201) > before + 100, { withinMs: 60_000 })).toBe(true)
  await stop()

  expect(new Set(answered.map(({ status }) => status))).toEqual(new Set([201, 503]))
  const unknown = answered.filter(({ status }) => status === 503)
  expect(unknown.every(({ retryAfter, body }) => retryAfter === '1' && body.type?.endsWith('/unavailable'))).toBe(true)
  const told = new Map(answered.flatMap(({ key, body: { id } }) => (id === undefined ? [] : [[key, id]])))
  const askAgain = async ({ key }: Held) => {
    const again = await hold(url, key)
    expect(again.status).toBe(201)
    told.set(key, again.body.id ?? '')
    expect((await hold(url, key)).body.id).toBe(again.body.id)
  }
  await Promise.all(unknown.map(askAgain))
  expect(new Set(told.values()).size).toBe(told.size)
  const pool = createPool(database.url, { applicationName: 'tests', max: 1 })
  onTestFinished(() => pool.end())
  const { rows } = await pool.query(`select held from stock.levels where sku = 'KILL' and location = 'shop'`)
  expect(rows).toEqual([{ held: told.size }])
}, 180_000)

test('a gateway that is not told where stock is, and stock that nobody could ask, do not start', async () => {
  const options = { starter: false, say: () => {}, signal: new AbortController().signal }
  await expect(serve(loadConfig({ LOG_LEVEL: 'silent' }), { ...options, role: 'gateway' })).rejects.toThrow('STOCK_URL')
  await expect(serveStock(loadConfig({ LOG_LEVEL: 'silent', GRPC_PORT: '0' }), options)).rejects.toThrow('--grpc-port')
  expect(() => loadConfig({ STOCK_URL: 'http://127.0.0.1:7001' })).toThrow('grpc://host:port')
})
