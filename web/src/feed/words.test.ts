import type { Offer, OfferStatus } from '@cellarhand/protocol/offer'
import { expect, test } from 'vitest'
import { crossing } from './crossing.ts'
import { liveWords } from './live-words.ts'

const offer = (status: OfferStatus, available: number): Offer => ({
  sku: 'A',
  channel: 'web',
  available,
  held: 0,
  status,
  price: { amountMinor: 1_000, currency: 'GBP', taxIncluded: true, dutyIncluded: true },
  position: 'epoch1.1',
})
const from = (before: Offer, after: Offer | undefined) => crossing('Krug NV', { before, after })

test('a count that ticks is not spoken of', () => {
  expect(from(offer('in_stock', 9), offer('in_stock', 8))).toBeUndefined()
  expect(from(offer('low', 3), offer('low', 2))).toBeUndefined()
  expect(from(offer('low', 3), offer('in_stock', 9))).toBeUndefined()
})

test('a threshold crossed is said in words', () => {
  expect(from(offer('in_stock', 4), offer('low', 3))).toBe('Krug NV is running low: 3 left.')
  expect(from(offer('sold_out', 0), offer('low', 3))).toBe('Krug NV is back: 3 left.')
  expect(from(offer('sold_out', 0), offer('in_stock', 9))).toBe('Krug NV is back in stock.')
  expect(from(offer('low', 1), offer('all_held', 0))).toBe('Krug NV: all held, may return.')
  expect(from(offer('all_held', 0), offer('sold_out', 0))).toBe('Krug NV has sold out.')
  expect(from(offer('low', 1), undefined)).toBe('Krug NV is no longer offered here.')
})

const line = { position: undefined, hasCounts: true, since: 1_000 }

test('a feed away for less than five seconds is no news, for longer it is, with the age of the counts', () => {
  expect(liveWords({ ...line, state: 'live' }, 90_000).text).toBe('Live')
  expect(liveWords({ ...line, state: 'lost' }, 5_999)).toMatchObject({ tone: 'waiting', text: 'Live', age: '' })
  expect(liveWords({ ...line, state: 'lost' }, 6_000)).toMatchObject({ tone: 'stale', age: 'counts 5 s old' })
  expect(liveWords({ ...line, state: 'lost' }, 121_000).age).toBe('counts 2 min old')
})

test('before the first count there is none to be old', () => {
  expect(liveWords({ ...line, hasCounts: false, state: 'connecting' }, 2_000).text).toBe('Connecting')
  expect(liveWords({ ...line, hasCounts: false, state: 'lost' }, 9_000).age).toBe('no counts yet')
})

test('where nothing is followed, nothing is said of the line', () => {
  expect(liveWords({ ...line, state: 'quiet' }, 90_000)).toEqual({ tone: 'waiting', text: '', age: '' })
})
