import { openPermit } from './guard.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FeedClient } from '../../test/feed-client.ts'
import { catalogued, createCellar, pass, settled } from '../../test/feed-cellar.ts'
import { clientOf, createWorld, doors, priced } from '../../test/feed-world.ts'
import { anyChanges, firstSettings, skus } from '../../test/random-log.ts'
import type { Connection } from './feed.ts'

const seen = (client: FeedClient, topic: string) => [...client.view(topic).keys()].toSorted()

test('a wine is followed by its SKUs: those that come are sent, those that go are gone, and prices and stock in between', async () => {
  const world = createCellar()
  for (const sku of skus) world.change(priced(sku, 1))
  world.has.wine = ['A-1', 'B-1']
  const client = clientOf(world, ['wine:W@web'], 100)
  client.connect(world.feed)
  await pass(world, [client])
  expect(seen(client, 'wine:W@web')).toEqual(['A-1', 'B-1'])
  world.change(priced('A-1', 7))
  await pass(world, [client])
  expect(client.view('wine:W@web').get('A-1')?.price.amountMinor).toBe(7)
  world.has.wine = ['B-1', 'C']
  world.change(catalogued)
  await pass(world, [client], 600)
  expect(seen(client, 'wine:W@web')).toEqual(['B-1', 'C'])
  world.change(priced('A-1', 8))
  await pass(world, [client])
  expect(seen(client, 'wine:W@web')).toEqual(['B-1', 'C'])
})

test('a search is asked again where the catalogue or a price changed, not where stock did, and a few times a second at most', async () => {
  const world = createCellar()
  const client = clientOf(world, ['search:q=x@web', 'wine:OTHER@web'], 100)
  client.connect(world.feed)
  await pass(world, [client], 600)
  expect(world.has.asked).toBe(2)
  world.change({ levels: [['A-1', 'shop', 3, 0, 0, 0, 0, 0, 0, 0, 1, 1]] })
  await pass(world, [client], 600)
  expect(world.has.asked).toBe(2)
  for (let amount = 1; amount < 20; amount += 1) {
    world.change(priced('A-1', amount))
    await pass(world, [client], 50)
  }
  expect(world.has.asked).toBeGreaterThan(2)
  expect(world.has.asked).toBeLessThan(9)
})

test('what cannot be found out is asked again until it can', async () => {
  const world = createCellar()
  world.change(priced('A-1', 1))
  world.has.fails = true
  world.has.wine = ['A-1']
  const client = clientOf(world, ['wine:W@web'], 100)
  client.connect(world.feed)
  await pass(world, [client], 600)
  expect(client.cursor('wine:W@web')).toBeUndefined()
  expect(world.errors.length).toBeGreaterThan(0)
  world.has.fails = false
  await pass(world, [client], 600)
  expect(seen(client, 'wine:W@web')).toEqual(['A-1'])
})

test('a search that cannot be understood is refused', () => {
  const { feed } = createCellar()
  expect(feed.refusalOf('search:bad@web', { permit: openPermit, channel: 'web' })).toMatchObject({
    problem: 'unprocessable',
  })
  expect(feed.refusalOf('search:q=x@web', { permit: openPermit, channel: 'web' })).toBeUndefined()
})

test('a hold is followed by its id: it is read again where the log says that it is not as it was', async () => {
  const world = createCellar()
  const id = '01890a5d-ac96-774b-bcce-b302099a8057'
  const client = clientOf(world, [`hold:${id}`], 100)
  client.connect(world.feed)
  const states: string[] = []
  const look = async () => {
    for (let round = 0; round < 10; round += 1) {
      world.timers.advance(50)
      await settled()
      for (const { type, text } of client.waiting()) if (type === 'hold') states.push(JSON.parse(text).hold.state)
      client.deliver(100)
    }
  }
  await look()
  world.has.state = 'released'
  world.change({ holds: ['01890a5d-ac96-774b-bcce-b302099a8058'] })
  await look()
  expect(states).toEqual(['active'])
  world.change({ holds: [id] })
  await look()
  expect(states).toEqual(['active', 'released'])
})

test('a hold is read again, too, where what changed it comes together with a change of settings', async () => {
  const world = createCellar()
  const id = '01890a5d-ac96-774b-bcce-b302099a8057'
  const client = clientOf(world, [`hold:${id}`], 100)
  client.connect(world.feed)
  await pass(world, [client])
  world.has.state = 'released'
  const states: string[] = []
  world.change({ settings: firstSettings, holds: [id] })
  for (let round = 0; round < 10; round += 1) {
    world.timers.advance(50)
    await settled()
    for (const { type, text } of client.waiting()) if (type === 'hold') states.push(JSON.parse(text).hold.state)
    client.deliver(100)
  }
  expect(states).toEqual(['released'])
})

test('who comes back begins a wine anew: what left meanwhile is known to nobody', async () => {
  const world = createCellar()
  for (const sku of skus) world.change(priced(sku, 1))
  world.has.wine = ['A-1', 'B-1']
  const client = clientOf(world, ['wine:W@web'], 100)
  client.connect(world.feed)
  await pass(world, [client])
  client.disconnect()
  world.has.wine = ['B-1']
  client.connect(world.feed)
  await pass(world, [client])
  expect(seen(client, 'wine:W@web')).toEqual(['B-1'])
})

const step = fc.oneof(
  { weight: 6, arbitrary: anyChanges.map((changes) => ({ kind: 'change' as const, changes })) },
  { weight: 3, arbitrary: fc.subarray(skus).map((wine) => ({ kind: 'regroup' as const, wine })) },
  { weight: 4, arbitrary: fc.constantFrom(0, 50, 300).map((ms) => ({ kind: 'advance' as const, ms })) },
  { weight: 3, arbitrary: fc.nat({ max: 3 }).map((frames) => ({ kind: 'deliver' as const, frames })) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reconnect' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'promote' as const }) },
)

test('whatever is regrouped, changed and cut, who follows a wine ends with the offers it has, and never sees one go back', async () => {
  const schedules = fc.record({
    capacity: fc.integer({ min: 1, max: 5 }),
    pageMax: fc.integer({ min: 1, max: 4 }),
    steps: fc.array(step, { maxLength: 40 }),
  })
  await fc.assert(
    fc.asyncProperty(schedules, async ({ capacity, pageMax, steps }) => {
      const world = createCellar({ pageMax, followersPerStep: 1 })
      for (const sku of skus) world.change(priced(sku, 1))
      const clients = [clientOf(world, ['wine:W@web', 'sku:A-1@web'], capacity), clientOf(world, ['wine:W@web'], 100)]
      for (const client of clients) client.connect(world.feed)
      for (const one of steps) {
        if (one.kind === 'change') world.change(one.changes)
        if (one.kind === 'promote') world.promote()
        if (one.kind === 'regroup') {
          world.has.wine = one.wine
          world.change(catalogued)
        }
        if (one.kind === 'advance') world.timers.advance(one.ms)
        if (one.kind === 'deliver') clients[0]?.deliver(one.frames)
        if (one.kind === 'reconnect') {
          clients[0]?.disconnect()
          clients[0]?.connect(world.feed)
        }
        await settled()
      }
      for (const client of clients) if (!client.connected()) client.connect(world.feed)
      for (const client of clients) client.askAgain()
      await pass(world, clients, 3_000)
      if (!world.live.hasChannel('web')) return
      const offers = world.live.offers({ channel: 'web', skus: world.has.wine, limit: 100 }).items
      for (const client of clients) {
        expect([...client.view('wine:W@web').values()].toSorted((a, b) => (a.sku < b.sku ? -1 : 1))).toEqual(offers)
      }
    }),
    { seed: 20_261_124, numRuns: 300 },
  )
})

test('however many searches are followed, few are asked for at once, and each comes to its turn', async () => {
  const asked = { now: 0, most: 0, all: new Set<string>() }
  const world = createWorld(
    { pageMax: 2, followersPerStep: 1 },
    {
      finder: {
        ...doors.finder,
        search: async (query) => {
          asked.now += 1
          asked.most = Math.max(asked.most, asked.now)
          asked.all.add(query)
          await settled()
          asked.now -= 1
          return ['A-1']
        },
      },
    },
  )
  world.change(priced('A-1', 1))
  const topics = Array.from({ length: 30 }, (_, place) => `search:q=${place}@web`)
  const client = clientOf(world, topics, 1_000)
  client.connect(world.feed)
  await pass(world, [client], 3_000)
  expect(asked.most).toBe(2)
  expect(topics.map((topic) => client.view(topic).size)).toEqual(topics.map(() => 1))
  asked.all.clear()
  world.change(priced('A-1', 2))
  client.disconnect()
  await pass(world, [], 3_000)
  expect(asked.all.size).toBeLessThanOrEqual(2)
})

test('who was sent away follows nothing more, though frames of it still come in', async () => {
  const world = createCellar()
  const sink = { write() {}, buffered: () => 0, onDrain() {}, onGone() {}, close() {} }
  const connection = world.feed.connect(sink, { permit: openPermit, channel: 'web', address: '' }) as Connection
  connection.follow([{ topic: 'wine:W@web' }])
  await settled()
  expect(world.has.asked).toBe(1)
  connection.end('rateExceeded')
  connection.follow([{ topic: 'wine:V@web' }])
  world.change(catalogued)
  await pass(world, [], 600)
  expect(world.has.asked).toBe(1)
})
