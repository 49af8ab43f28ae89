import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { WineList } from '@cellarhand/protocol/catalogue'
import type { AuditEntry } from '@cellarhand/protocol/feed'
import type { Offer } from '@cellarhand/protocol/offer'
import type { Hold, Level } from '@cellarhand/protocol/stock'
import { WebSocket } from 'ws'
import { startProxy, type Proxy } from '../../server/test/proxy.ts'
import { startServer, type TestServer } from '../../server/test/server.ts'
import { openTestStock, type TestStock } from '../../server/test/stock.ts'
import { createCellarhand, type Cellarhand, type Followed } from '../src/client.ts'
import { deviceWorld } from '../src/device.ts'

/** How long anything may take: a wait between two tries, and a server that starts. */
const WITHIN_MS = 15_000

let server: TestServer
let stock: TestStock
let proxy: Proxy
const clients: Cellarhand[] = []

beforeAll(async () => {
  server = await startServer({ env: { CELLARHAND_FEED_CONNECTIONS_PER_ADDRESS_MAX: '100' } })
  stock = openTestStock(server.databaseUrl)
  proxy = await startProxy(server.url)
  await price(1_000)
  const { position } = await stock.done({
    kind: 'receive',
    location: 'shop',
    lines: [{ sku: 'A1', quantity: 12 }],
  })
  // It was written behind the server's back.
  await fetch(`${server.url}/v1/offers?minPosition=${position}`)
})

afterAll(async () => {
  await proxy?.close()
  await stock?.close()
  await server?.stop()
})

afterEach(() => {
  for (const client of clients.splice(0)) client.close()
})

const price = (amountMinor: number, sku = 'A1') =>
  stock.done({
    kind: 'setPrice',
    lines: [{ sku, channel: 'web', price: { amountMinor, currency: 'EUR', taxIncluded: true, dutyIncluded: true } }],
  })

/** A client that connects in one way only. */
function clientOver(way: string, url = server.url): Cellarhand {
  const ways = deviceWorld({ WebSocket }).ways.filter(({ name }) => name === way)
  // Waits between tries are as short as they may be.
  const client = createCellarhand({ url, world: { ways, random: () => 0.1 } })
  clients.push(client)
  return client
}

/** Until what is seen of a topic is so; the wait fails with what is seen. */
function seen<T>(topic: Followed<T>, isSo: (data: readonly T[]) => boolean): Promise<readonly T[]> {
  return new Promise((resolve, reject) => {
    const end = () => {
      off()
      clearTimeout(timer)
    }
    const look = () => {
      const { data, status } = topic.view()
      if (!data || status !== 'live' || !isSo(data)) return
      end()
      resolve(data)
    }
    const off = topic.subscribe(look)
    const timer = setTimeout(() => {
      end()
      reject(new Error(`this is seen: ${JSON.stringify(topic.view()).slice(0, 500)}`))
    }, WITHIN_MS)
    look()
  })
}

const costs = (amountMinor: number) => (data: readonly Offer[]) => data[0]?.price.amountMinor === amountMinor

describe.each(['websocket', 'sse', 'poll'])('over %s', (way) => {
  test('a topic is read once, and followed as it changes', async () => {
    const client = clientOver(way)
    const offers = client.offers('sku:A1')
    expect(await offers.get()).toMatchObject([{ sku: 'A1', channel: 'web', status: 'in_stock' }])
    expect(client.connection()).toMatchObject({ state: 'live', way })
    const changed = seen(offers, costs(1_111))
    const { position } = await price(1_111)
    expect(await changed).toMatchObject([{ position }])
  })

  test('topics come and go while it is connected', async () => {
    const client = clientOver(way)
    const sku = `LATE-${way}`
    await client.offers('channel:web').get()
    const late = client.offers(`sku:${sku}`)
    expect(await late.get()).toEqual([])
    const offered = seen(late, (data) => data.length > 0)
    const inChannel = seen(client.offers('channel:web'), (data) => data.some((offer) => offer.sku === sku))
    await price(700, sku)
    expect(await offered).toMatchObject([{ sku, status: 'sold_out' }])
    await inChannel
  })

  test('who is told that there is no such topic still follows the others', async () => {
    const client = clientOver(way)
    const refused = client.offers('sku:A1@nowhere').get()
    const others = client.offers('sku:A1').get()
    await expect(refused).rejects.toThrow('There is no channel nowhere.')
    expect(await others).toHaveLength(1)
  })

  test('bottles are held, for longer, given back and sold; what is not there is refused, with how many there are', async () => {
    const client = clientOver(way)
    const offers = client.offers('sku:A1')
    const before = (await offers.get())[0]?.available ?? 0
    const held = await client.hold({ lines: [{ sku: 'A1', quantity: 2 }], ttlSeconds: 60 })
    if (held.kind !== 'done') throw new Error(JSON.stringify(held))
    await seen(offers, ([offer]) => offer?.available === before - 2)
    const { id, expiresAt } = held.value
    const own = client.follow<Hold>(`hold:${id}`)
    expect(await own.get()).toMatchObject([{ id, state: 'active' }])
    const extended = await client.extend(id, 600)
    expect(extended).toMatchObject({ kind: 'done', value: { id } })
    expect(extended.kind === 'done' && extended.value.expiresAt > expiresAt).toBe(true)
    const ended = seen(own, ([hold]) => hold?.state === 'released')
    expect(await client.release(id)).toMatchObject({ kind: 'done', value: { state: 'released' } })
    await ended
    await seen(offers, ([offer]) => offer?.available === before)
    expect(await client.release(id)).toMatchObject({ kind: 'refused', problem: { status: 409 } })

    const sold = await client.hold({ lines: [{ sku: 'A1', quantity: 1 }] })
    if (sold.kind !== 'done') throw new Error(JSON.stringify(sold))
    expect(await client.commit(sold.value.id, 'order 7')).toMatchObject({ kind: 'done' })
    await seen(offers, ([offer]) => offer?.available === before - 1 && offer.held === 0)
    expect(await client.hold({ lines: [{ sku: 'A1', quantity: 500 }] })).toMatchObject({
      kind: 'refused',
      problem: { type: expect.stringContaining('insufficient-stock'), status: 409, lines: [{ available: before - 1 }] },
    })
  })

  test('journal entries come as they are made, each once, through a line that breaks', async () => {
    const client = clientOver(way, proxy.url)
    const entries = client.follow<AuditEntry>('audit')
    expect(await entries.get()).toEqual([])
    const positions: string[] = []
    for (let round = 0; round < 8; round += 1) {
      positions.push((await price(5_000 + round)).position)
      if (round % 3 === 0) proxy.cutAll()
    }
    const told = await seen(entries, (data) => data.some(({ position }) => position === positions.at(-1)))
    expect(told.map(({ position }) => position)).toEqual(positions)
  })

  test('levels of a location are followed', async () => {
    const levels = clientOver(way).follow<Level>('location:shop')
    const before = (await levels.get()).find(({ sku }) => sku === 'A1')?.onHand ?? 0
    const received = seen(levels, (data) => data.some(({ sku, onHand }) => sku === 'A1' && onHand === before + 3))
    await stock.done({ kind: 'receive', location: 'shop', lines: [{ sku: 'A1', quantity: 3 }] })
    await received
  })

  test('a server that is killed and started again is gone on with, from where it was', async () => {
    const first = await startServer({ databaseUrl: server.databaseUrl })
    const through = await startProxy(first.url)
    try {
      const client = clientOver(way, through.url)
      const offers = client.offers('sku:A1')
      const views: string[] = []
      offers.subscribe(() => views.push(offers.view().status))
      await offers.get()
      through.cutAll()
      await first.stop()
      await price(2_000)
      await price(2_001)
      const second = await startServer({ databaseUrl: server.databaseUrl })
      through.retarget(second.url)
      try {
        await seen(offers, costs(2_001))
        expect(client.connection()).toMatchObject({ state: 'live', hasEverConnected: true, recovered: true })
        // It was stale between; it was never empty.
        expect(views).not.toContain('error')
        expect(views.slice(views.indexOf('live'))).not.toContain('loading')
      } finally {
        client.close()
        await second.stop()
      }
    } finally {
      await through.close()
    }
  })

  test('over a line that is cut again and again, what is seen comes to be what there is, and a write is made once', async () => {
    const client = clientOver(way, proxy.url)
    const offers = client.offers('sku:A1')
    await offers.get()
    const newest: number[] = []
    offers.subscribe(() => newest.push(Number(offers.view().data?.[0]?.position.split('.')[1] ?? 0)))
    const held = client.hold({ lines: [{ sku: 'A1', quantity: 1 }] })
    proxy.cutAll()
    for (let round = 0; round < 30; round += 1) {
      await price(3_000 + round)
      if (round % 3 === 0) proxy.cutAll()
      await new Promise((go) => setTimeout(go, 40))
    }
    await seen(offers, costs(3_029))
    expect(newest).toEqual(newest.toSorted((a, b) => a - b))
    const outcome = await held
    if (outcome.kind !== 'done') throw new Error(JSON.stringify(outcome))
    const [offer] = await seen(offers, ([one]) => one?.held === 1)
    await client.release(outcome.value.id)
    await seen(offers, ([one]) => one?.held === 0 && one.available === (offer?.available ?? 0) + 1)
  })
})

test('a line that is dead without a word is given up, and another one is opened', async () => {
  const dead = await startProxy(server.url)
  const offers = clientOver('websocket', dead.url).offers('sku:A1')
  await offers.get()
  dead.silence()
  await price(4_000)
  // Twice the time in which the server gives a sign of life is 20 s.
  await new Promise((go) => setTimeout(go, 21_000))
  await seen(offers, costs(4_000))
  await dead.close()
})

describe('in a cellar that is stocked', () => {
  let stocked: TestServer

  beforeAll(async () => {
    stocked = await startServer({ starter: true })
  }, 120_000)

  afterAll(() => stocked?.stop())

  test.each(['websocket', 'sse', 'poll'])(
    'a search over %s loses what has become dearer, and finds it again',
    async (way) => {
      const client = clientOver(way, stocked.url)
      const query = 'q=riesling&price=-4000'
      const cheap = client.offers(`search:${query}`)
      const found = await cheap.get()
      const wines = await client.read<WineList>(`/v1/wines?${query}`)
      if (wines.kind !== 'done') throw new Error(JSON.stringify(wines))
      const [first] = wines.value.items
      const wine = client.offers(`wine:${first?.id}`)
      const siblings = await wine.get()
      const skus = siblings.map((offer) => offer.sku)
      expect(found.map((offer) => offer.sku)).toEqual(expect.arrayContaining(skus))
      const set = (amountMinor?: number) =>
        Promise.all(
          siblings.map((offer) =>
            setPrice({ ...offer, price: { ...offer.price, ...(amountMinor && { amountMinor }) } }),
          ),
        )
      const lost = seen(cheap, (data) => data.every((offer) => !skus.includes(offer.sku)))
      await set(900_000)
      await lost
      // It is offered still, and in the other topic.
      await seen(
        wine,
        (data) => data.length === siblings.length && data.every(({ price }) => price.amountMinor === 900_000),
      )
      await set()
      expect(await seen(cheap, (data) => data.length === found.length)).toHaveLength(found.length)
    },
  )

  const setPrice = ({ sku, channel, price }: Offer) =>
    fetch(`${stocked.url}/v1/prices`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
      body: JSON.stringify({ lines: [{ sku, channel, price }] }),
    })
})
