import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FeedClient } from '../../test/feed-client.ts'
import { clientOf, createWorld, partsOf, settle, type World } from '../../test/feed-world.ts'
import { anyChanges, skus } from '../../test/random-log.ts'

const anyTopic = fc.constantFrom(
  'channel:web',
  'channel:shop',
  'channel:trade',
  ...skus.map((sku) => `sku:${sku}@web`),
  'sku:A-1@shop',
  'sku:M-2@trade',
  'sku:UNKNOWN@web',
)
const who = fc.nat({ max: 2 })

const step = fc.oneof(
  { weight: 10, arbitrary: anyChanges.map((changes) => ({ kind: 'change' as const, changes })) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('deliver' as const), who, frames: fc.nat({ max: 4 }) }) },
  { weight: 6, arbitrary: fc.constantFrom(0, 0, 0, 49, 400, 5_000).map((ms) => ({ kind: 'advance' as const, ms })) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('disconnect' as const), who }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('connect' as const), who }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('follow' as const, 'unfollow' as const), who, topic: anyTopic }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'promote' as const }) },
)

type Step = typeof step extends fc.Arbitrary<infer One> ? One : never

function play(world: World, clients: readonly FeedClient[], one: Step) {
  if (one.kind === 'change') return world.change(one.changes)
  if (one.kind === 'advance') return world.timers.advance(one.ms)
  if (one.kind === 'promote') return world.promote()
  const client = clients[one.who] as FeedClient
  switch (one.kind) {
    case 'deliver':
      return client.deliver(one.frames)
    case 'disconnect':
      return client.disconnect()
    case 'connect':
      return client.connected() ? undefined : client.connect(world.feed)
    case 'follow':
      return client.follow(one.topic)
    case 'unfollow':
      return client.unfollow(one.topic)
  }
}

test('whatever changes, drains, breaks and comes back, clients miss nothing, see nothing twice, and end with what there is', () => {
  const topics = fc.uniqueArray(anyTopic, { minLength: 1, maxLength: 4 })
  const someone = fc.record({ topics, capacity: fc.integer({ min: 1, max: 6 }) })
  const three = fc.tuple(someone, someone, someone)
  const limits = fc.record({
    pageMax: fc.integer({ min: 1, max: 4 }),
    followersPerStep: fc.integer({ min: 1, max: 3 }),
  })
  fc.assert(
    fc.property(three, limits, fc.array(step, { maxLength: 100 }), (people, limits, steps) => {
      const world = createWorld(limits)
      const clients = people.map(({ topics, capacity }) => clientOf(world, topics, capacity))
      const followed = people.map(({ topics }) => new Set(topics))
      // With something to sweep over from the start, or the longer ways are seldom gone.
      const prices = skus.flatMap((sku) => ['web', 'shop'].map((each) => [sku, each, 1, 'EUR', true, true] as const))
      world.change({ prices })
      for (const client of clients) client.connect(world.feed)
      for (const one of steps) {
        play(world, clients, one)
        if (one.kind === 'follow') followed[one.who]?.add(one.topic)
        if (one.kind === 'unfollow') followed[one.who]?.delete(one.topic)
      }
      settle(world, clients)
      for (const [index, client] of clients.entries()) {
        for (const topic of followed[index] ?? []) expectWhole(world, client, topic)
      }
    }),
    { seed: 20_261_123, numRuns: 5_000 },
  )
})

/** What the client has of a topic is what there is. A channel that is closed for good has no feed, and its client nothing to agree with. */
function expectWhole(world: World, client: FeedClient, topic: string) {
  const { channel, some } = partsOf(topic)
  if (!world.live.hasChannel(channel)) return
  const skus = some === undefined ? undefined : [some]
  const offers = world.live.offers({ channel, skus, limit: 100 }).items
  expect([...client.view(topic).values()].toSorted((a, b) => (a.sku < b.sku ? -1 : 1))).toEqual(offers)
  expect(client.cursor(topic)).toBe(world.live.position())
}
