import type { Offer } from '@cellarhand/protocol/offer'
import { expect, test } from 'vitest'
import { createFeed, type ConnectionEvents } from './feed.ts'
import type { PageFrame } from './frames.ts'

const offer = (sku: string, available: number): Offer => ({
  sku,
  channel: 'web',
  available,
  held: 0,
  status: 'in_stock',
  price: { amountMinor: 1_000, currency: 'GBP', taxIncluded: true, dutyIncluded: true },
  position: 'epoch1.1',
})

interface Opened {
  readonly url: string
  readonly on: ConnectionEvents
  closed: boolean
}

function bench() {
  let now = 0
  const opened: Opened[] = []
  const timers: { at: number; run: () => void; off: boolean }[] = []
  const feed = createFeed({
    now: () => now,
    random: () => 0.5,
    after: (ms, run) => {
      const timer = { at: now + ms, run, off: false }
      timers.push(timer)
      return () => {
        timer.off = true
      }
    },
    open: (url, on) => {
      const one: Opened = { url, on, closed: false }
      opened.push(one)
      return () => {
        one.closed = true
      }
    },
  })
  const pass = (ms: number) => {
    const until = now + ms
    for (;;) {
      const due = timers.filter((timer) => !timer.off && timer.at <= until).toSorted((a, b) => a.at - b.at)[0]
      if (!due) break
      now = due.at
      due.off = true
      due.run()
    }
    now = until
  }
  const nth = (index: number): Opened => {
    const one = opened[index]
    if (!one) throw new Error(`connection ${index} was not opened`)
    return one
  }
  return { feed, opened, pass, nth }
}

const welcome: PageFrame = { type: 'welcome', version: 2, epoch: 'epoch1', head: 'epoch1.1', pingMs: 10_000 }
const offers = (one: Offer): PageFrame => ({ type: 'offers', topic: `sku:${one.sku}@web`, offers: [one] })
const ready = (sku: string, cursor: string, resumed = false): PageFrame => ({
  type: 'ready',
  topic: `sku:${sku}@web`,
  resumed,
  cursor,
})

/** All that a connection begins with that asked for these SKUs. */
const whole = (asked: readonly string[], ...some: Offer[]): PageFrame[] => [
  welcome,
  ...some.map(offers),
  ...asked.map((sku) => ready(sku, 'epoch1.5')),
]

const send = (one: Opened, frames: readonly PageFrame[]) => frames.forEach((frame) => one.on.frame(frame))

test('it is live once the snapshot is whole', () => {
  const { feed, nth } = bench()
  feed.watch('web', ['B', 'A', 'A'])
  expect(nth(0).url).toBe('/v1/feed?topic=sku%3AA%40web&topic=sku%3AB%40web')
  expect(feed.line().state).toBe('connecting')
  send(nth(0), whole(['A', 'B'], offer('A', 3)))
  expect(feed.line()).toMatchObject({ state: 'live', position: 'epoch1.5' })
  expect(feed.offerOf('A')).toMatchObject({ offer: { available: 3 } })
  expect(feed.offerOf('B')).toBe('not_offered')
  expect(feed.offerOf('C')).toBe('unknown')
})

test('the same set again opens nothing', () => {
  const { feed, opened } = bench()
  feed.watch('web', ['A', 'B'])
  feed.watch('web', ['B', 'A'])
  expect(opened).toHaveLength(1)
})

test('another set takes over when it is whole: until then the old one is shown and goes on', () => {
  const { feed, nth } = bench()
  feed.watch('web', ['A'])
  send(nth(0), whole(['A'], offer('A', 3)))
  feed.watch('web', ['A', 'B'])
  send(nth(1), whole(['A'], offer('A', 2), offer('B', 9)))
  expect(nth(0).closed).toBe(false)
  expect(feed.offerOf('B')).toBe('unknown')
  send(nth(0), [offers(offer('A', 1))])
  expect(feed.offerOf('A')).toMatchObject({ offer: { available: 1 } })
  send(nth(1), [ready('B', 'epoch1.6')])
  expect(nth(0).closed).toBe(true)
  expect(feed.offerOf('B')).toMatchObject({ offer: { available: 9 }, stockChanges: 0 })
  expect(feed.line().state).toBe('live')
})

test('a closed connection that still speaks is not heard', () => {
  const { feed, nth } = bench()
  feed.watch('web', ['A'])
  send(nth(0), whole(['A'], offer('A', 3)))
  feed.watch('web', ['A', 'B'])
  send(nth(1), whole(['A', 'B'], offer('A', 2)))
  send(nth(0), [offers(offer('A', 77))])
  expect(feed.offerOf('A')).toMatchObject({ offer: { available: 2 } })
})

test('a broken connection mends itself, and last values stay meanwhile', () => {
  const { feed, opened, nth, pass } = bench()
  feed.watch('web', ['A'])
  send(nth(0), whole(['A'], offer('A', 3)))
  nth(0).on.lost()
  expect(feed.line().state).toBe('lost')
  expect(feed.offerOf('A')).toMatchObject({ offer: { available: 3 } })
  pass(10_000)
  expect(opened).toHaveLength(1)
  send(nth(0), [welcome, ready('A', 'epoch1.9', true)])
  expect(feed.line().state).toBe('live')
})

test('a refused connection is opened anew, ever later', () => {
  const { feed, opened, nth, pass } = bench()
  feed.watch('web', ['A'])
  nth(0).on.ended()
  pass(999)
  expect(opened).toHaveLength(1)
  pass(1)
  expect(opened).toHaveLength(2)
  nth(1).on.ended()
  pass(1_999)
  expect(opened).toHaveLength(2)
  pass(1)
  expect(opened).toHaveLength(3)
})

test('a line that falls silent is lost from when it was last heard, and opened anew', () => {
  const { feed, opened, nth, pass } = bench()
  feed.watch('web', ['A'])
  send(nth(0), whole(['A'], offer('A', 3)))
  pass(6_000)
  send(nth(0), [{ type: 'ping', head: 'epoch1.5', at: '2026-01-01T00:00:00Z' }])
  pass(21_999)
  expect(feed.line().state).toBe('live')
  pass(1)
  expect(feed.line()).toMatchObject({ state: 'lost', since: 6_000, heardAt: 6_000 })
  pass(1_000)
  expect(opened).toHaveLength(2)
})

test('another channel forgets the offers of the one before', () => {
  const { feed, nth } = bench()
  feed.watch('web', ['A'])
  send(nth(0), whole(['A'], offer('A', 3)))
  feed.watch('shop', ['A'])
  expect(nth(0).closed).toBe(true)
  expect(feed.offerOf('A')).toBe('unknown')
})

test('a row hears of its own changes only', () => {
  const { feed, nth } = bench()
  const heard: string[] = []
  feed.onRow('A', () => heard.push('A'))
  const stop = feed.onRow('B', () => heard.push('B'))
  feed.watch('web', ['A', 'B'])
  send(nth(0), whole(['A', 'B'], offer('A', 3), offer('B', 3)))
  heard.length = 0
  send(nth(0), [offers(offer('A', 2))])
  expect(heard).toEqual(['A'])
  stop()
  send(nth(0), [offers(offer('B', 2))])
  expect(heard).toEqual(['A'])
})

test('a paused feed keeps no connection and no timer', () => {
  const { feed, opened, nth, pass } = bench()
  feed.watch('web', ['A'])
  send(nth(0), whole(['A'], offer('A', 3)))
  feed.pause()
  expect(nth(0).closed).toBe(true)
  pass(60_000)
  expect(opened).toHaveLength(1)
  feed.watch('web', ['A'])
  expect(opened).toHaveLength(2)
})
