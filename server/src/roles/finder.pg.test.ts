import { afterAll, beforeAll, expect, test } from 'vitest'
import { frameOn, openWebSocket, type FeedLine } from '../../test/lines.ts'
import { startServer, type TestServer } from '../../test/server.ts'
import { until } from '../platform/postgres/processes.ts'

interface Found {
  readonly items: readonly { readonly id: string; readonly skus: readonly { readonly sku: string }[] }[]
  readonly next?: string
}

let server: TestServer
const lines: FeedLine[] = []

beforeAll(async () => {
  server = await startServer({ starter: true })
}, 120_000)

afterAll(async () => {
  for (const line of lines) line.cut()
  await server?.stop()
})

const read = async <T>(path: string) => (await (await fetch(`${server.url}${path}`)).json()) as T

function follow(...topics: string[]) {
  const line = openWebSocket(
    server.url,
    topics.map((topic) => ({ topic })),
  )
  lines.push(line)
  return line
}

/** SKUs in a topic, as the frames so far leave it. */
function held(line: FeedLine, topic: string): string[] {
  const skus = new Set<string>()
  for (const frame of line.frames) {
    if (frame.type !== 'offers' || frame.topic !== topic) continue
    for (const offer of frame.offers) {
      if ('gone' in offer) skus.delete(offer.sku)
      else skus.add(offer.sku)
    }
  }
  return [...skus].toSorted()
}

const offered = async (skus: readonly string[]) => {
  const { items } = await read<{ items: { sku: string }[] }>(`/v1/offers?limit=500&sku=${skus.join(',')}`)
  return items.map(({ sku }) => sku).toSorted()
}

test('a search and a wine are followed by what the catalogue finds for them', async () => {
  const found = await read<Found>('/v1/wines?q=riesling&limit=100')
  expect(found.items.length).toBeGreaterThan(3)
  const [first] = found.items
  const wine = `wine:${first?.id}@web`
  const line = follow('search:q=riesling@web', wine)
  await frameOn(line, 'ready', ({ topic }) => topic === 'search:q=riesling@web')
  await frameOn(line, 'ready', ({ topic }) => topic === wine)
  expect(held(line, 'search:q=riesling@web')).toEqual(
    await offered(found.items.flatMap(({ skus }) => skus.map(({ sku }) => sku))),
  )
  expect(held(line, wine)).toEqual(await offered(first?.skus.map(({ sku }) => sku) ?? []))
})

test('a search by price loses what has become dearer, and finds it again', async () => {
  const { items } = await read<Found>('/v1/wines?q=riesling&price=-4000&limit=100')
  const sku = items[0]?.skus[0]?.sku as string
  const topic = 'search:q=riesling&price=-4000@web'
  const line = follow(topic)
  await frameOn(line, 'ready')
  const was = held(line, topic)
  expect(was).toContain(sku)
  const others = items[0]?.skus.map((one) => one.sku) ?? []
  const prices = await read<{ items: { sku: string; price: object }[] }>(`/v1/offers?sku=${others.join(',')}`)
  const put = (dear: boolean) =>
    Promise.all(
      prices.items.map(async (offer) =>
        fetch(`${server.url}/v1/prices`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': `price-${offer.sku}-${dear}` },
          body: JSON.stringify({
            lines: [
              { sku: offer.sku, channel: 'web', price: dear ? { ...offer.price, amountMinor: 900_000 } : offer.price },
            ],
          }),
        }),
      ),
    )
  for (const answer of await put(true)) expect(answer.status).toBe(201)
  await until(() => !held(line, topic).includes(sku), { withinMs: 5_000, everyMs: 20 })
  expect(held(line, topic)).not.toContain(sku)
  await put(false)
  await until(() => held(line, topic).includes(sku), { withinMs: 5_000, everyMs: 20 })
  expect(held(line, topic)).toEqual(was)
})

test('a search that is none is refused, and the line goes on', async () => {
  const line = follow('search:colour=red&nonsense=1@web', 'channel:web')
  expect(await frameOn(line, 'error')).toMatchObject({ problem: 'unprocessable' })
  await frameOn(line, 'ready', ({ topic }) => topic === 'channel:web')
})

test('a hold is followed from its placing to its end', async () => {
  const write = (method: string, path: string, key: string, body?: object) =>
    fetch(`${server.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
  const { items } = await read<{ items: { sku: string; available: number }[] }>('/v1/offers?limit=50')
  const sku = items.find(({ available }) => available > 1)?.sku as string
  const placed = await write('POST', '/v1/holds', 'a-hold-to-be-followed', {
    lines: [{ sku, channel: 'web', quantity: 1 }],
    ttlSeconds: 600,
  })
  expect(placed.status).toBe(201)
  const { id, expiresAt } = (await placed.json()) as { id: string; expiresAt: string }
  const nobody = '01890a5d-ac96-774b-bcce-b302099a8057'
  const line = follow(`hold:${id}`, `hold:${nobody}`)
  expect(await frameOn(line, 'hold', ({ topic }) => topic === `hold:${id}`)).toMatchObject({
    hold: { id, state: 'active', expiresAt },
  })
  expect(await frameOn(line, 'hold', ({ topic }) => topic === `hold:${nobody}`)).toMatchObject({
    hold: { id: nobody, gone: true },
  })
  expect((await write('DELETE', `/v1/holds/${id}`, 'a-hold-to-be-released')).ok).toBe(true)
  expect(await frameOn(line, 'hold', ({ hold }) => 'state' in hold && hold.state !== 'active')).toMatchObject({
    hold: { id, state: 'released' },
  })
})
