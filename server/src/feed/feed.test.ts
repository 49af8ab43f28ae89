import { openPermit } from './guard.ts'
import { expect, test } from 'vitest'
import type { CloseCause } from '@cellarhand/protocol/feed'
import type { FeedClient } from '../../test/feed-client.ts'
import { clientOf, createWorld, doors, priced, settle, silentSink, type World } from '../../test/feed-world.ts'
import { createModel, firstSettings, skus, stateOf } from '../../test/random-log.ts'
import { createLive } from '../replica/replica.ts'
import { createFeed, type Connection, type Feed, type Frame, type Sink } from './feed.ts'
import { pingEveryMs, progressEveryMs, slowAfterMs } from './session.ts'

const settled = () => new Promise((resolve) => setImmediate(resolve))

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
  const feed = createFeed(live, { ...doors, timers, limits: { pageMax: 2, followersPerStep: 1 } })
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
    'unprocessable',
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

test('a token that has expired ends the line, another before then keeps it, and what it does not let be seen is seen no more', () => {
  const permits = new Map([
    ['staff', { ...openPermit, expiresAtMs: 5_000 }],
    ['guest', { ...openPermit, may: ({ kind }: { kind: string }) => kind === 'sku', expiresAtMs: 20_000 }],
  ])
  const world = createWorld(undefined, { guard: (token) => permits.get(token) })
  const closed: CloseCause[] = []
  const frames: Frame[] = []
  const sink = {
    ...silentSink(),
    write: (frame: Frame) => void frames.push(frame),
    close: (cause: CloseCause) => void closed.push(cause),
  }
  const permit = permits.get('staff') ?? openPermit
  const connection = world.feed.connect(sink, { permit, channel: 'web', address: '' }) as Connection
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

test('a feed that drains sends everybody away over all of its time, a part at a time, and takes no more', async () => {
  const world = createWorld(undefined, { sessionsMax: 1_000, perAddressMax: 1_000 })
  const clients = Array.from({ length: 120 }, () => clientOf(world, ['sku:A-1@web'], 100))
  for (const client of clients) client.connect(world.feed)
  let drained = false
  void world.feed.drain(10_000).then(() => (drained = true))
  expect(world.feed.connect(silentSink(), { permit: openPermit, channel: 'web', address: '' })).toBe('draining')
  world.timers.advance(5_000)
  expect(world.feed.sessionCount()).toBeGreaterThan(40)
  expect(world.feed.sessionCount()).toBeLessThan(60)
  world.timers.advance(4_000)
  expect(world.feed.sessionCount()).toBeGreaterThan(5)
  world.timers.advance(1_100)
  await settled()
  expect([world.feed.sessionCount(), drained]).toEqual([0, true])
})

test('a feed that closes ends every session and takes no more', () => {
  const world = createWorld()
  const client = clientOf(world)
  client.connect(world.feed)
  world.feed.close()
  expect(client.connected()).toBe(false)
  expect(world.feed.connect(silentSink(), { permit: openPermit, channel: 'web', address: '' })).toBe('draining')
})

/** Everything that a session writes to a line of any length. */
function record(world: { readonly feed: Feed }, topics: readonly { topic: string; cursor?: string }[]): Frame[] {
  const frames: Frame[] = []
  const sink = { ...silentSink(), write: (frame: Frame) => void frames.push(frame) }
  const connection = world.feed.connect(sink, { permit: openPermit, channel: 'web', address: '' }) as Connection
  connection.follow(topics)
  return frames
}

test('a connection with a lifetime is told to come back when it is over, and goes on where it was', () => {
  const world = createWorld()
  const client = clientOf(world, ['channel:web'], 100)
  const written: string[] = []
  const closed: CloseCause[] = []
  const sink: Sink = {
    write: ({ type }) => void written.push(type),
    buffered: () => 0,
    onDrain: () => {},
    onGone: () => {},
    close: (cause) => void closed.push(cause),
  }
  client.connect(world.feed)
  const connection = world.feed.connect(sink, {
    permit: openPermit,
    channel: 'web',
    address: 'there',
    lifetimeMs: 60_000,
  }) as Connection
  connection.follow([{ topic: 'channel:web' }])
  world.timers.advance(59_000)
  expect(closed).toEqual([])
  world.timers.advance(2_000)
  expect([written.at(-1), ...closed]).toEqual(['reconnect', 'rotated'])
  expect(client.connected()).toBe(true)
})
