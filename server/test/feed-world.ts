import type { GoneOffer, Offer } from '@cellarhand/protocol/offer'
import { createFeed, openPermit, type FeedOptions } from '../src/feed/feed.ts'
import type { LogChanges } from '../src/log/log.ts'
import { createLive } from '../src/replica/replica.ts'
import { createFakeTimers } from './fake-timers.ts'
import { createFeedClient, type FeedClient } from './feed-client.ts'
import { applyToModel, createModel, firstSettings, modelOffer, skus, stateOf } from './random-log.ts'

/** A world of one process: a log that the test writes, a replica, a feed, and what each offer was at each position. */
export function createWorld(limits = { pageMax: 2, followersPerStep: 1 }, more: Partial<FeedOptions> = {}) {
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
  const feed = createFeed(live, { ...doors, timers, limits, ...more })
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

/** What a feed is told besides, where a test does not say. Nothing is found by it. */
export const doors: Omit<FeedOptions, 'timers' | 'limits'> = {
  random: () => 0.5,
  guard: () => openPermit,
  finder: {
    refuse: () => undefined,
    wine: async () => [],
    search: async () => [],
    hold: async () => '{}',
    entries: async (_, to) => ({ steps: [], to }),
    entriesFrom: async () => 0,
  },
  onError: (error) => {
    throw error
  },
  sessionsMax: 100,
  perAddressMax: 50,
  perPersonMax: 100,
}

export type World = ReturnType<typeof createWorld>

/** `channel:web`, or `sku:A-1@web`. */
export function partsOf(topic: string): { readonly channel: string; readonly some: string | undefined } {
  const [kind, rest = ''] = topic.split(':')
  const [some, channel = rest] = rest.split('@')
  return kind === 'channel' ? { channel, some: undefined } : { channel, some }
}

export const clientOf = (world: World, topics: readonly string[] = ['channel:web'], capacity = 3) =>
  createFeedClient({ topics, capacity, truth: world.truth, left: world.left })

/** Lets all that is under way arrive, the progress after it included. */
export function settle(world: World, clients: readonly FeedClient[]) {
  for (let round = 0; round < 150; round++) {
    for (const client of clients) {
      if (!client.connected()) client.connect(world.feed)
      client.deliver(100)
      if (round < 3) client.askAgain()
    }
    world.timers.advance(60)
  }
}

/** A price of a SKU in the channel `web`. */
export const priced = (sku: string, amountMinor: number): LogChanges => ({
  prices: [[sku, 'web', amountMinor, 'EUR', true, true]],
})

/** A sink that takes everything and keeps nothing. */
export const silentSink = () => {
  let gone = () => {}
  return {
    write() {},
    buffered: () => 0,
    onDrain() {},
    onGone: (run: () => void) => void (gone = run),
    close: () => gone(),
  }
}
