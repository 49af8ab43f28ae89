import fc from 'fast-check'
import { expect, test } from 'vitest'
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
import { createFeed, sessionsMax, topicSkusMax, type OutFrame } from './feed.ts'
import { beatEveryMs, slowAfterMs } from './session.ts'

/** A world of one process: a log that the test writes, a replica, a feed, and what each offer was at each position. */
function createWorld(limits = { pageMax: 2, owedMax: 3 }) {
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
  const feed = createFeed(live, timers, limits)
  const truth = (channel: string) => (epoch: string, number: number) =>
    history.get(`${epoch}.${number}/${channel}`) ?? new Map<string, Offer | GoneOffer>()
  const left = (channel: string) => (sku: string, epoch: string, number: number) => {
    const later = Array.from({ length: model.position - number }, (_, at) => truth(channel)(epoch, number + 1 + at))
    return later.some((offers) => 'gone' in (offers.get(sku) ?? {}))
  }
  return { timers, live, feed, promote, change, truth, left }
}

type World = ReturnType<typeof createWorld>

const settled = () => new Promise((resolve) => setImmediate(resolve))

const clientOf = (world: World, channel = 'web', some?: readonly string[], capacity = 3, repeats = false) => {
  const truth = world.truth(channel)
  const ofTopic = (epoch: string, number: number) =>
    new Map([...truth(epoch, number)].filter(([sku]) => some?.includes(sku) ?? true))
  return createFeedClient({ channel, skus: some, capacity, truth: ofTopic, left: world.left(channel), repeats })
}

/** Lets all that is under way arrive, the beat after it included. */
function settle(world: World, client: FeedClient) {
  for (let round = 0; round < 150; round++) {
    if (!client.connected()) client.connect(world.feed)
    client.deliver(100)
    world.timers.advance(60)
  }
}

const priced = (sku: string, amountMinor: number): LogChanges => ({
  prices: [[sku, 'web', amountMinor, 'EUR', true, true]],
})

const step = fc.oneof(
  { weight: 10, arbitrary: anyChanges.map((changes) => ({ kind: 'change' as const, changes })) },
  { weight: 6, arbitrary: fc.nat({ max: 4 }).map((frames) => ({ kind: 'deliver' as const, frames })) },
  { weight: 4, arbitrary: fc.constantFrom(1, 49, 50, 400, 5_000).map((ms) => ({ kind: 'advance' as const, ms })) },
  { weight: 2, arbitrary: fc.constant({ kind: 'disconnect' as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'connect' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'promote' as const }) },
)

type Step = typeof step extends fc.Arbitrary<infer One> ? One : never

function play(world: World, client: FeedClient, one: Step) {
  if (one.kind === 'change') world.change(one.changes)
  else if (one.kind === 'deliver') client.deliver(one.frames)
  else if (one.kind === 'advance') world.timers.advance(one.ms)
  else if (one.kind === 'promote') world.promote()
  else if (one.kind === 'disconnect') client.disconnect()
  else if (!client.connected()) client.connect(world.feed)
}

const topics = fc.record({
  channel: fc.constantFrom('web', 'shop', 'trade'),
  some: fc.option(fc.subarray([...skus, 'UNKNOWN'])),
  capacity: fc.integer({ min: 1, max: 6 }),
})

interface Schedule {
  readonly topic: { readonly channel: string; readonly some: string[] | null; readonly capacity: number }
  readonly steps: readonly Step[]
  readonly limits: { readonly pageMax: number; readonly owedMax: number }
  readonly repeats: boolean
}

/** Plays a schedule, lets all arrive, and compares what the client has with what there is. */
function playOut({ topic: { channel, some, capacity }, steps, limits, repeats }: Schedule) {
  const world = createWorld(limits)
  const client = clientOf(world, channel, some ?? undefined, capacity, repeats)
  const promotions = steps.filter(({ kind }) => kind === 'promote').length
  // With something to sweep over from the start, or the sessions' longer ways are seldom gone.
  const prices = skus.flatMap((sku) => ['web', 'shop'].map((each) => [sku, each, 1, 'EUR', true, true] as const))
  world.change({ prices })
  client.connect(world.feed)
  for (const one of steps) {
    play(world, client, one)
    // Beyond what fits: the `ready` behind a page that filled the line, and a reset for each promotion.
    expect(client.waiting().length).toBeLessThanOrEqual(capacity + 2 + promotions)
  }
  // A channel that is closed for good has no feed, and its client nothing to agree with.
  if (!world.live.hasChannel(channel)) return
  settle(world, client)
  const offers = world.live.offers({ channel, skus: some ?? undefined, limit: 100 }).items
  expect([...client.view.values()].toSorted((a, b) => (a.sku < b.sku ? -1 : 1))).toEqual(offers)
  expect(client.cursor()).toBe(world.live.position())
}

test('whatever changes, drains, breaks and comes back, a client misses nothing, sees nothing twice, and ends with what there is', () => {
  const stocks = step.filter((one) => one.kind !== 'change' || one.changes.settings === undefined)
  fc.assert(
    fc.property(topics, fc.array(stocks, { maxLength: 80 }), (topic, steps) => {
      playOut({ topic, steps, limits: { pageMax: 2, owedMax: 100 }, repeats: false })
    }),
    { seed: 20_260_703, numRuns: 1_000 },
  )
})

test('the same where channels are mapped anew and a session is owed more than it remembers, but that an offer may come again as it was', () => {
  fc.assert(
    fc.property(topics, fc.array(step, { maxLength: 80 }), (topic, steps) => {
      playOut({ topic, steps, limits: { pageMax: 2, owedMax: 3 }, repeats: true })
    }),
    { seed: 20_260_704, numRuns: 1_000 },
  )
})

/** A quiet client that is sent three changes of one offer, each frame by itself. */
function threeFrames(): { world: World; client: FeedClient; frames: OutFrame[] } {
  const world = createWorld()
  const client = clientOf(world, 'web', undefined, 100)
  client.connect(world.feed)
  client.deliver(100)
  for (const sku of ['A-1', 'B-1', 'A-1']) {
    world.timers.advance(100)
    world.change(priced(sku, world.live.positionNumber()))
  }
  return { world, client, frames: [...client.waiting()] }
}

const receiveAll = (client: FeedClient, frames: readonly (OutFrame | undefined)[]) => () => {
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
  const tooMuch = { ...(first as OutFrame), id: (third as OutFrame).id as string }
  expect(receiveAll(threeFrames().client, [tooMuch])).toThrow('is known as of')
})

const typesOf = (client: FeedClient) => client.waiting().map(({ type }) => type)

test('a change goes out at once, and what follows it within 50 ms goes out as one', () => {
  const world = createWorld({ pageMax: 200, owedMax: 2_000 })
  const client = clientOf(world, 'web', undefined, 100)
  client.connect(world.feed)
  client.deliver(100)
  world.timers.advance(1_000)
  world.change(priced('A-1', 1))
  expect(client.waiting()).toHaveLength(1)
  for (let amount = 2; amount < 50; amount++) world.change(priced('A-1', amount))
  expect(client.waiting()).toHaveLength(1)
  world.timers.advance(50)
  expect(client.waiting()).toHaveLength(2)
  client.deliver(100)
  expect(client.view.get('A-1')?.price.amountMinor).toBe(49)
})

test('a quiet line carries a beat with the cursor, and changes of other topics move it', () => {
  const world = createWorld()
  const client = clientOf(world, 'shop', undefined, 100)
  client.connect(world.feed)
  client.deliver(100)
  world.change(priced('A-1', 1))
  world.timers.advance(beatEveryMs + 1_000)
  expect(typesOf(client)).toEqual(['beat'])
  client.deliver(1)
  expect(client.cursor()).toBe(world.live.position())
})

test('a client that takes nothing is sent away after its bound, and comes back to what it missed', () => {
  const world = createWorld()
  const client = clientOf(world, 'web', undefined, 1)
  client.connect(world.feed)
  for (let index = 0; index < 10_000; index++) world.change(priced(skus[index % skus.length] as string, index))
  expect(client.waiting().length).toBeLessThanOrEqual(3)
  world.timers.advance(slowAfterMs + 1_000)
  expect(client.connected()).toBe(false)
  expect(world.feed.sessionCount()).toBe(0)
  settle(world, client)
  expect([...client.view.keys()].toSorted()).toEqual(skus.toSorted())
})

test.each([
  ['malformed', 'what is this'],
  ['epoch', 'epoch999.1'],
])('a cursor that is %s gets a reset and a snapshot', (reason, cursor) => {
  const world = createWorld()
  world.change(priced('A-1', 1))
  const frames = record(world, cursor)
  expect(frames.map(({ type }) => type)).toEqual(['hello', 'reset', 'offers', 'ready'])
  expect(frames[0]?.text).toContain('"mode":"snapshot"')
  expect(frames[1]?.text).toContain(`"reason":"${reason}"`)
})

test('a cursor from before the horizon gets a reset: what left since is not known', () => {
  const world = createWorld()
  const live = createLive(world.timers)
  const state = stateOf(createModel(), 'epoch001')
  live.replace({ ...state, position: 20, horizon: 10, channelViews: [] })
  live.apply([{ position: 21, atMs: 0, changes: { settings: firstSettings } }])
  const feed = createFeed(live, world.timers)
  expect(record({ feed }, 'epoch001.9')[1]?.text).toContain('too_old')
  expect(record({ feed }, 'epoch001.10')[0]?.text).toContain('"mode":"resume"')
})

test('a cursor that is a moment ahead of this process waits for it, and is resumed from', async () => {
  const world = createWorld()
  const frames = record(world, `epoch001.${world.live.positionNumber() + 1}`)
  expect(frames).toEqual([])
  world.change(priced('A-1', 1))
  await settled()
  expect(frames.map(({ type }) => type)).toEqual(['hello', 'ready'])
})

test('a cursor that stays ahead of the log gets a reset', async () => {
  const world = createWorld()
  const frames = record(world, 'epoch001.999')
  world.timers.advance(2_000)
  await settled()
  expect(frames[1]?.text).toContain('"reason":"ahead"')
})

test('a topic that cannot be had is refused before anything is written', () => {
  const world = createWorld()
  const sink = { write: () => true, onDrain() {}, onGone() {}, close() {} }
  const many = Array.from({ length: topicSkusMax + 1 }, (_, index) => `SKU-${index}`)
  expect(world.feed.open({ channel: 'nowhere' }, sink)).toBe('unknown_channel')
  expect(world.feed.open({ channel: 'web', skus: many }, sink)).toBe('too_many_skus')
  for (let count = 0; count < sessionsMax; count++) world.feed.open({ channel: 'web', skus: [] }, sink)
  expect(world.feed.open({ channel: 'web' }, sink)).toBe('full')
})

test('a feed that closes ends every session and takes no more', () => {
  const world = createWorld()
  const client = clientOf(world)
  client.connect(world.feed)
  world.feed.close()
  expect(client.connected()).toBe(false)
  expect(world.feed.open({ channel: 'web' }, { write: () => true, onDrain() {}, onGone() {}, close() {} })).toBe('full')
})

/** Everything that a session writes to a line of any length. */
function record(world: Pick<World, 'feed'>, cursor: string): OutFrame[] {
  const frames: OutFrame[] = []
  world.feed.open(
    { channel: 'web', cursor },
    { write: (frame) => frames.push(frame) > 0, onDrain() {}, onGone() {}, close() {} },
  )
  return frames
}
