import type { ConnectionView, Followed } from '@cellarhand/client'
import type { Offer } from '@cellarhand/protocol/offer'
import { expect, test, vi } from 'vitest'
import { createFeed, type FeedClient } from './feed.ts'

const offer = (sku: string, available: number, position = 1): Offer => ({
  sku,
  channel: 'web',
  available,
  held: 0,
  status: 'in_stock',
  price: { amountMinor: 1_000, currency: 'GBP', taxIncluded: true, dutyIncluded: true },
  position: `epoch1.${position}`,
})

type View = ReturnType<Followed<Offer>['view']>

const loading: View = { data: undefined, status: 'loading', error: undefined, updatedAt: 0, position: undefined }

/** A client that a test speaks for. */
function bench() {
  const views = new Map<string, View>()
  const followers = new Map<string, Set<() => void>>()
  const watchers = new Set<() => void>()
  let connection: ConnectionView = {
    state: 'idle',
    since: 0,
    retries: 0,
    hasEverConnected: false,
    queued: 0,
    recovered: false,
    way: 'websocket',
  }
  const client = {
    offers: (topic: string) => ({
      view: () => views.get(topic) ?? loading,
      subscribe(listener: () => void) {
        const some = followers.get(topic) ?? new Set()
        followers.set(topic, some.add(listener))
        return () => {
          some.delete(listener)
          if (some.size === 0) followers.delete(topic)
        }
      },
    }),
    connection: () => connection,
    onConnection(listener: () => void) {
      watchers.add(listener)
      return () => watchers.delete(listener)
    },
  } as unknown as FeedClient
  const feed = createFeed()
  feed.use(client)
  return {
    feed,
    client,
    followed: () => [...followers.keys()].toSorted(),
    tell(topic: string, data: readonly Offer[] | undefined, status: View['status'] = 'live') {
      views.set(topic, { ...loading, data, status, position: data?.[0]?.position })
      for (const listener of followers.get(topic) ?? []) listener()
    },
    connect(next: Partial<ConnectionView>) {
      connection = { ...connection, ...next }
      for (const listener of watchers) listener()
    },
  }
}

const countOf = (feed: ReturnType<typeof createFeed>, sku: string) => {
  const row = feed.offerOf(sku)
  return typeof row === 'string' ? row : row.offer.available
}

test('each SKU is followed as a topic of the channel, once, and no longer than it is wanted', () => {
  const { feed, followed } = bench()
  feed.watch('web', ['A', 'B'])
  feed.watch('web', ['B', 'C'])
  expect(followed()).toEqual(['sku:B@web', 'sku:C@web'])
  feed.pause()
  expect(followed()).toEqual([])
})

test('what is wanted before the client is here is followed as soon as it is', () => {
  const { client, followed } = bench()
  const feed = createFeed()
  feed.watch('web', ['A', 'B'])
  feed.watch('web', ['B'])
  expect(followed()).toEqual([])
  expect(feed.line().state).toBe('connecting')
  feed.use(client)
  expect(followed()).toEqual(['sku:B@web'])
})

test('a row hears of its own changes only', () => {
  const { feed, tell } = bench()
  const [a, b] = [vi.fn(), vi.fn()]
  feed.onRow('A', a)
  feed.onRow('B', b)
  feed.watch('web', ['A', 'B'])
  tell('sku:A@web', [offer('A', 5)])
  expect([a.mock.calls.length, b.mock.calls.length]).toEqual([1, 0])
  expect(countOf(feed, 'A')).toBe(5)
  expect(countOf(feed, 'B')).toBe('unknown')
  tell('sku:B@web', [])
  expect(countOf(feed, 'B')).toBe('not_offered')
})

test('what was shown stays while it is not known anew, so that nothing blinks', () => {
  const { feed, tell, connect } = bench()
  feed.watch('web', ['A'])
  tell('sku:A@web', [offer('A', 5)])
  tell('sku:A@web', undefined, 'loading')
  connect({ state: 'waiting', hasEverConnected: true })
  expect(countOf(feed, 'A')).toBe(5)
  feed.pause()
  feed.watch('web', ['A'])
  expect(countOf(feed, 'A')).toBe(5)
  tell('sku:A@web', [offer('A', 3, 9)])
  expect(feed.offerOf('A')).toMatchObject({ offer: { available: 3 }, stockChanges: 1, direction: 'down' })
})

test('another channel shows nothing of the one before', () => {
  const { feed, tell, followed } = bench()
  feed.watch('web', ['A'])
  tell('sku:A@web', [offer('A', 5)])
  feed.watch('shop', ['A'])
  expect(followed()).toEqual(['sku:A@shop'])
  expect(countOf(feed, 'A')).toBe('unknown')
})

test('changes are told: of stock and price, of what is gone, and not of what came first', () => {
  const { feed, tell } = bench()
  const heard = vi.fn()
  feed.onChanges(heard)
  feed.watch('web', ['A'])
  tell('sku:A@web', [offer('A', 5)])
  expect(heard).not.toHaveBeenCalled()
  tell('sku:A@web', [offer('A', 4, 2)])
  tell('sku:A@web', [offer('A', 4, 3)])
  tell('sku:A@web', [])
  expect(heard.mock.calls.map(([[change]]) => [change.before.available, change.after?.available])).toEqual([
    [5, 4],
    [4, undefined],
  ])
  expect(countOf(feed, 'A')).toBe('not_offered')
})

test('a plain read fills what is not known, and nothing that the feed has told', () => {
  const { feed, tell } = bench()
  feed.watch('web', ['A', 'B', 'C'])
  tell('sku:A@web', [offer('A', 5)])
  feed.fill('web', [offer('A', 1), offer('B', 2)], ['A', 'B', 'C'])
  expect(['A', 'B', 'C'].map((sku) => countOf(feed, sku))).toEqual([5, 2, 'not_offered'])
  feed.fill('shop', [offer('B', 9)], ['B'])
  expect(countOf(feed, 'B')).toBe(2)
})

test('the line is quiet, being made, live, lost, and live again; what mends itself is lost until it is there', () => {
  const { feed, tell, connect } = bench()
  const states: string[] = []
  feed.onLine(() => states.push(feed.line().state))
  connect({ state: 'connecting', since: 10 })
  connect({ state: 'waiting', since: 20 })
  connect({ state: 'connecting', since: 30 })
  expect(feed.line()).toMatchObject({ state: 'connecting', since: 10, hasCounts: false })
  connect({ state: 'live', hasEverConnected: true, since: 40 })
  connect({ state: 'waiting', since: 50 })
  connect({ state: 'connecting', since: 60 })
  expect(feed.line()).toMatchObject({ state: 'lost', since: 50 })
  connect({ state: 'live', since: 70 })
  connect({ state: 'idle', since: 80 })
  connect({ state: 'connecting', since: 90 })
  expect(states).toEqual(['connecting', 'live', 'lost', 'live', 'quiet', 'connecting'])
  feed.watch('web', ['A'])
  tell('sku:A@web', [offer('A', 5, 7)])
  expect(feed.line()).toMatchObject({ hasCounts: true, position: 'epoch1.7' })
})

test('the position shown is the newest, and of another epoch the one that was told last', () => {
  const { feed, tell } = bench()
  feed.watch('web', ['A', 'B'])
  tell('sku:A@web', [offer('A', 5, 12)])
  tell('sku:B@web', [offer('B', 5, 9)])
  expect(feed.line().position).toBe('epoch1.12')
  tell('sku:B@web', [{ ...offer('B', 5), position: 'epoch2.3' }])
  expect(feed.line().position).toBe('epoch2.3')
})
