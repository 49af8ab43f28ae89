import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CloseCause } from '@cellarhand/protocol/feed'
import type { GoneOffer, Offer } from '@cellarhand/protocol/offer'
import { createFakeTimers } from '../../test/fake-timers.ts'
import { createFeedClient, type FeedClient } from '../../test/feed-client.ts'
import {
  anyChanges,
  applyToModel,
  createModel,
  firstSettings,
  modelOffer,
  skus,
  stateOf,
} from '../../test/random-log.ts'
import type { LogChanges } from '../log/log.ts'
import { createLive } from '../replica/replica.ts'
import { createFeed, openGuard, type Connection, type Feed, type FeedOptions, type Frame } from './feed.ts'
import { pingEveryMs, progressEveryMs, slowAfterMs } from './session.ts'

/** A world of one process: a log that the test writes, a replica, a feed, and what each offer was at each position. */
function createWorld(limits = { pageMax: 2, followersPerStep: 1 }, more: Partial<FeedOptions> = {}) {
  const timers = createFakeTimers()
  const live = createLive(timers)
  const model = createModel()
  const epochs = { count: 0, current: '' }
  const history = new Map<string, ReadonlyMap<string, Offer | GoneOffer>>()
  const remember = () => {
    for (const channel of ['web', 'shop', 'trade']) {
      const offers = skus.map((sku) => [sku, modelOffer(model, sku, channel, epochs.current)] as const)
      history.set(
        `${epochs.current}.${model.position}/${channel}`,
        new Map(offers.filter((one): one is [string, Offer] => one[1] !== undefined)),
      )
    }
  }
  /** A promotion: the same stock, under another epoch; what was withdrawn before is not known any more. */
  const promote = () => {
    epochs.current = `epoch${String(++epochs.count).padStart(3, '0')}`
    for (const [key, { value }] of model.prices) if (value === undefined) model.prices.delete(key)
    live.replace(stateOf(model, epochs.current))
    remember()
  }
  const change = (changes: LogChanges) => {
    applyToModel(model, changes)
    remember()
    live.apply([{ position: model.position, atMs: 0, changes }])
  }
  promote()
  change({ settings: firstSettings })
  const options = { timers, random: () => 0.5, guard: openGuard, limits, sessionsMax: 100, perAddressMax: 50, ...more }
  const feed = createFeed(live, options)
  const truth = (topic: string, epoch: string, number: number) => {
    const { channel, some } = partsOf(topic)
    const offers = history.get(`${epoch}.${number}/${channel}`) ?? new Map<string, Offer | GoneOffer>()
    return new Map([...offers].filter(([sku]) => some === undefined || sku === some))
  }
  const left = (topic: string, sku: string, epoch: string, number: number) => {
    const later = Array.from({ length: model.position - number }, (_, at) => truth(topic, epoch, number + 1 + at))
    return later.some((offers) => 'gone' in (offers.get(sku) ?? {}))
  }
  return { timers, live, feed, promote, change, truth, left }
}

type World = ReturnType<typeof createWorld>

/** `channel:web`, or `sku:A-1@web`. */
function partsOf(topic: string): { readonly channel: string; readonly some: string | undefined } {
  const [kind, rest = ''] = topic.split(':')
  const [some, channel = rest] = rest.split('@')
  return kind === 'channel' ? { channel, some: undefined } : { channel, some }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

const clientOf = (world: World, topics: readonly string[] = ['channel:web'], capacity = 3) =>
  createFeedClient({ topics, capacity, truth: world.truth, left: world.left })

/** Lets all that is under way arrive, the progress after it included. */
function settle(world: World, clients: readonly FeedClient[]) {
  for (let round = 0; round < 150; round++) {
    for (const client of clients) {
      if (!client.connected()) client.connect(world.feed)
      client.deliver(100)
      if (round < 3) client.askAgain()
    }
    world.timers.advance(60)
  }
}

const priced = (sku: string, amountMinor: number): LogChanges => ({
  prices: [[sku, 'web', amountMinor, 'EUR', true, true]],
})

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
    { seed: 20_261_123, numRuns: 2_000 },
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

/** A quiet client that is sent three changes of one topic, each frame by itself. */
function threeFrames(): { world: World; client: FeedClient; frames: Frame[] } {
  const world = createWorld()
  const client = clientOf(world, ['channel:web'], 100)
  client.connect(world.feed)
  world.timers.advance(0)
  client.deliver(100)
  for (const sku of ['A-1', 'B-1', 'A-1']) {
    world.change(priced(sku, world.live.positionNumber()))
    world.timers.advance(100)
  }
  return { world, client, frames: [...client.waiting()] }
}

const receiveAll = (client: FeedClient, frames: readonly (Frame | undefined)[]) => () => {
  for (const frame of frames) if (frame) client.receive(frame)
}

test('the harness notices a frame that was dropped, doubled or swapped, and a cursor that promises too much', () => {
  const { client, frames } = threeFrames()
  const [first, second, third] = frames
  expect(frames.map(({ type }) => type)).toEqual(['offers', 'offers', 'offers'])
  expect(receiveAll(client, [first, second, third])).not.toThrow()
  expect(receiveAll(threeFrames().client, [first, third])).toThrow('B-1 is known')
  expect(receiveAll(threeFrames().client, [first, first])).toThrow('A-1 comes once')
  expect(receiveAll(threeFrames().client, [second, first])).toThrow('A-1 is known')
  const tooMuch = { type: 'offers' as const, text: (first as Frame).text.replace('.2"', '.4"') }
  expect(receiveAll(threeFrames().client, [tooMuch])).toThrow('is known as of')
})

test('what all followers are sent is made once', () => {
  const world = createWorld()
  const clients = [1, 2, 3].map(() => clientOf(world, ['sku:A-1@web'], 100))
  for (const client of clients) client.connect(world.feed)
  world.timers.advance(0)
  for (const client of clients) client.deliver(100)
  world.change(priced('A-1', 1))
  world.timers.advance(0)
  const frames = clients.map((client) => client.waiting()[0])
  expect(frames[0]?.text).toContain('"amountMinor":1')
  expect(frames.every((frame) => frame === frames[0])).toBe(true)
})

test('a change of one SKU reaches only those who follow it', () => {
  const world = createWorld()
  const [a, b] = [clientOf(world, ['sku:A-1@web'], 100), clientOf(world, ['sku:B-1@web'], 100)]
  for (const client of [a, b]) client.connect(world.feed)
  world.timers.advance(0)
  for (const client of [a, b]) client.deliver(100)
  world.change(priced('A-1', 1))
  world.timers.advance(0)
  expect(a.waiting().map(({ type }) => type)).toEqual(['offers'])
  expect(b.waiting()).toEqual([])
})

test('a pass under way is not overtaken: what changes meanwhile goes out behind it, as one', () => {
  const world = createWorld({ pageMax: 9, followersPerStep: 1 })
  const clients = [1, 2, 3].map(() => clientOf(world, ['channel:web'], 100))
  for (const client of clients) client.connect(world.feed)
  world.timers.advance(0)
  for (const client of clients) client.deliver(100)
  world.change(priced('A-1', 1))
  for (let amount = 2; amount < 50; amount++) world.change(priced('A-1', amount))
  world.timers.advance(0)
  expect(clients.map((client) => client.waiting().length)).toEqual([1, 1, 1])
  for (const client of clients) client.deliver(1)
  expect(clients[0]?.view('channel:web').get('A-1')?.price.amountMinor).toBe(49)
})

test('an idle line carries pings with the head, and progress moves its cursors', () => {
  const world = createWorld()
  const client = clientOf(world, ['channel:shop'], 100)
  client.connect(world.feed)
  world.timers.advance(0)
  client.deliver(100)
  world.change(priced('A-1', 1))
  world.timers.advance(progressEveryMs + 1_000)
  expect(client.waiting().map(({ type }) => type)).toEqual(['progress'])
  client.deliver(1)
  expect(client.cursor('channel:shop')).toBe(world.live.position())
  world.timers.advance(pingEveryMs)
  expect(client.waiting().map(({ type }) => type)).toEqual(['ping'])
  expect(client.waiting()[0]?.text).toContain(`"head":"${world.live.position()}"`)
})

test('a client that takes nothing is sent away after its bound, costs no more meanwhile, and comes back to what it missed', () => {
  const world = createWorld()
  const client = clientOf(world, ['channel:web'], 1)
  client.connect(world.feed)
  for (let index = 0; index < 10_000; index++) {
    world.change(priced(skus[index % skus.length] as string, index))
    if (index % 100 === 0) world.timers.advance(0)
  }
  expect(client.waiting().length).toBeLessThanOrEqual(3)
  world.timers.advance(slowAfterMs + 1_000)
  expect(client.connected()).toBe(false)
  expect(world.feed.sessionCount()).toBe(0)
  settle(world, [client])
  expect([...client.view('channel:web').keys()].toSorted()).toEqual(skus.toSorted())
})

test.each([
  ['malformed', 'what is this'],
  ['epoch', 'epoch999.1'],
])('a cursor that is %s gets a reset and a snapshot', (reason, cursor) => {
  const world = createWorld()
  world.change(priced('A-1', 1))
  const frames = record(world, [{ topic: 'channel:web', cursor }])
  world.timers.advance(0)
  expect(frames.map(({ type }) => type)).toEqual(['welcome', 'reset', 'offers', 'ready'])
  expect(frames[1]?.text).toContain(`"reason":"${reason}"`)
  expect(frames[3]?.text).toContain('"resumed":false')
})

test('a cursor from before the horizon gets a reset: what left since is not known', () => {
  const { timers } = createWorld()
  const live = createLive(timers)
  const state = stateOf(createModel(), 'epoch001')
  live.replace({ ...state, position: 20, horizon: 10, channelViews: [] })
  live.apply([{ position: 21, atMs: 0, changes: { settings: firstSettings } }])
  const options = { timers, random: () => 0, guard: openGuard, sessionsMax: 9, perAddressMax: 9 }
  const feed = createFeed(live, { ...options, limits: { pageMax: 2, followersPerStep: 1 } })
  expect(record({ feed }, [{ topic: 'channel:web', cursor: 'epoch001.9' }])[1]?.text).toContain('too_old')
  const resumed = record({ feed }, [{ topic: 'channel:web', cursor: 'epoch001.10' }])
  timers.advance(0)
  expect(resumed.at(-1)?.text).toContain('"resumed":true')
})

test('a cursor that is a moment ahead of this process waits for it, and is resumed from', async () => {
  const world = createWorld()
  const frames = record(world, [{ topic: 'channel:web', cursor: `epoch001.${world.live.positionNumber() + 1}` }])
  world.timers.advance(0)
  expect(frames.map(({ type }) => type)).toEqual(['welcome'])
  world.change(priced('A-1', 1))
  await settled()
  world.timers.advance(0)
  expect(frames.map(({ type }) => type)).toEqual(['welcome', 'ready'])
})

test('a cursor that stays ahead of the log gets a reset', async () => {
  const world = createWorld()
  const frames = record(world, [{ topic: 'channel:web', cursor: 'epoch001.999' }])
  world.timers.advance(2_000)
  await settled()
  expect(frames[1]?.text).toContain('"reason":"ahead"')
})

test('what cannot be followed is said, and the others are followed', () => {
  const world = createWorld()
  const frames = record(
    world,
    ['channel:nowhere', 'location:nowhere', 'what', 'sku:A-1'].map((topic) => ({ topic })),
  )
  world.timers.advance(0)
  expect(frames.map(({ type, text }) => (type === 'error' ? JSON.parse(text).problem : type))).toEqual([
    'welcome',
    'unknown-channel',
    'unknown-location',
    'invalid-request',
    'ready',
  ])
  expect(frames.at(-1)?.text).toContain('"topic":"sku:A-1@web"')
})

test('a connection follows 128 topics, and not one more', () => {
  const world = createWorld()
  const topics = Array.from({ length: 130 }, (_, index) => ({ topic: `sku:S-${index}@web` }))
  const frames = record(world, [...topics.slice(0, 128), topics[0] as { topic: string }, ...topics.slice(128)])
  world.timers.advance(0)
  expect(frames.filter(({ type }) => type === 'ready')).toHaveLength(128)
  expect(frames.filter(({ type }) => type === 'error').map(({ text }) => JSON.parse(text).topic)).toEqual([
    'sku:S-128@web',
    'sku:S-129@web',
  ])
})

test('connections are limited, as a whole and for each address', () => {
  const { feed } = createWorld(undefined, { sessionsMax: 3, perAddressMax: 2 })
  const from = (address: string) => feed.connect(silentSink(), { channel: 'web', address })
  const first = from('here') as Connection
  expect(typeof from('here')).toBe('object')
  expect(from('here')).toBe('full')
  expect(typeof from('there')).toBe('object')
  expect(from('there')).toBe('full')
  first.end('rotated')
  expect(typeof from('there')).toBe('object')
})

test('a token that has expired ends the line, another before then keeps it, and what it does not let be seen is seen no more', () => {
  const permits = new Map([
    ['staff', { may: () => true, expiresAtMs: 5_000 }],
    ['guest', { may: ({ kind }: { kind: string }) => kind === 'sku', expiresAtMs: 20_000 }],
  ])
  const world = createWorld(undefined, { guard: (token) => permits.get(token ?? '') })
  const closed: CloseCause[] = []
  const frames: Frame[] = []
  const sink = {
    ...silentSink(),
    write: (frame: Frame) => void frames.push(frame),
    close: (cause: CloseCause) => void closed.push(cause),
  }
  expect(world.feed.connect(sink, { channel: 'web', address: '', token: 'nobody' })).toBe('forbidden')
  const connection = world.feed.connect(sink, { channel: 'web', address: '', token: 'staff' }) as Connection
  connection.follow([{ topic: 'channel:web' }, { topic: 'sku:A-1@web' }])
  world.timers.advance(4_000)
  expect(connection.show('guest')).toBe(true)
  world.timers.advance(2_000)
  expect(closed).toEqual([])
  frames.length = 0
  world.change(priced('A-1', 1))
  world.timers.advance(0)
  expect(frames.map(({ text }) => JSON.parse(text).topic)).toEqual(['sku:A-1@web'])
  world.timers.advance(20_000)
  expect(closed).toEqual(['tokenExpired'])
})

test('a feed that drains sends everybody away, a part at a time, and takes no more', async () => {
  const world = createWorld(undefined, { sessionsMax: 1_000, perAddressMax: 1_000 })
  const clients = Array.from({ length: 100 }, () => clientOf(world, ['sku:A-1@web'], 100))
  for (const client of clients) client.connect(world.feed)
  let drained = false
  void world.feed.drain(10_000).then(() => (drained = true))
  expect(world.feed.connect(silentSink(), { channel: 'web', address: '' })).toBe('draining')
  world.timers.advance(5_000)
  expect(world.feed.sessionCount()).toBeGreaterThan(40)
  expect(world.feed.sessionCount()).toBeLessThan(60)
  world.timers.advance(5_100)
  await settled()
  expect([world.feed.sessionCount(), drained]).toEqual([0, true])
})

test('a feed that closes ends every session and takes no more', () => {
  const world = createWorld()
  const client = clientOf(world)
  client.connect(world.feed)
  world.feed.close()
  expect(client.connected()).toBe(false)
  expect(world.feed.connect(silentSink(), { channel: 'web', address: '' })).toBe('draining')
})

const silentSink = () => {
  let gone = () => {}
  return {
    write() {},
    buffered: () => 0,
    onDrain() {},
    onGone: (run: () => void) => void (gone = run),
    close: () => gone(),
  }
}

/** Everything that a session writes to a line of any length. */
function record(world: { readonly feed: Feed }, topics: readonly { topic: string; cursor?: string }[]): Frame[] {
  const frames: Frame[] = []
  const sink = { ...silentSink(), write: (frame: Frame) => void frames.push(frame) }
  const connection = world.feed.connect(sink, { channel: 'web', address: '' }) as Connection
  connection.follow(topics)
  return frames
}
