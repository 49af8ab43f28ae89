import type { GoneOffer, Offer } from '@cellarhand/protocol/offer'
import { expect, test } from 'vitest'
import { fill, nothingShown, receive, type PageFrame, type Received, type Shown, type Staged } from './frames.ts'

const offer = (sku: string, available: number, number: number, more: Partial<Offer> = {}): Offer => ({
  sku,
  channel: 'web',
  available,
  held: 0,
  status: 'in_stock',
  price: { amountMinor: 1_000, currency: 'GBP', taxIncluded: true, dutyIncluded: true },
  position: `epoch1.${number}`,
  ...more,
})

const welcome: PageFrame = { type: 'welcome', version: 2, epoch: 'epoch1', head: 'epoch1.1', pingMs: 10_000 }
const offers = (...some: (Offer | GoneOffer)[]): PageFrame => ({
  type: 'offers',
  topic: `sku:${some[0]?.sku}@web`,
  offers: some,
})
const ready = (sku: string, cursor: string, resumed = false): PageFrame => ({
  type: 'ready',
  topic: `sku:${sku}@web`,
  resumed,
  cursor,
})

/** Takes several frames, one after another. */
function take(shown: Shown, staged: Staged, asked: readonly string[], frames: readonly PageFrame[]): Received {
  const start: Received = { shown, staged, whole: false, changes: [] }
  return frames.reduce((so, frame) => receive(so.shown, so.staged, asked, frame), start)
}

function snapshotOf(shown: Shown, asked: readonly string[], some: readonly Offer[], position: string): Shown {
  const frames = [welcome, ...some.map((one) => offers(one)), ...asked.map((sku) => ready(sku, position))]
  return take(shown, undefined, asked, frames).shown
}

test('a snapshot shows nothing until it is whole, and then all of it, without a flash', () => {
  const half = take(nothingShown, undefined, ['A', 'B'], [welcome, offers(offer('A', 5, 1)), ready('A', 'epoch1.3')])
  expect(half.shown.entries.size).toBe(0)
  const whole = receive(half.shown, half.staged, ['A', 'B'], ready('B', 'epoch1.3'))
  expect(whole.whole).toBe(true)
  expect(whole.shown.entries.get('A')).toMatchObject({ stockChanges: 0, priceChanges: 0 })
  expect(whole.changes).toEqual([])
  expect(whole.shown.position).toBe('epoch1.3')
})

test('a SKU that was asked for and is not in the snapshot is settled as not offered', () => {
  const shown = snapshotOf(nothingShown, ['A', 'B'], [offer('A', 5, 1)], 'epoch1.3')
  expect(shown.settled.has('B')).toBe(true)
  expect(shown.entries.has('B')).toBe(false)
})

test('a live change counts as one, and says whether there are more or fewer', () => {
  const shown = snapshotOf(nothingShown, ['A'], [offer('A', 5, 1)], 'epoch1.3')
  const fewer = receive(shown, undefined, ['A'], offers(offer('A', 4, 4)))
  expect(fewer.shown.entries.get('A')).toMatchObject({ stockChanges: 1, priceChanges: 0, direction: 'down' })
  expect(fewer.changes).toMatchObject([{ before: { available: 5 }, after: { available: 4 } }])
  expect(fewer.shown.position).toBe('epoch1.4')
})

test('a price that changes is no change of stock', () => {
  const shown = snapshotOf(nothingShown, ['A'], [offer('A', 5, 1)], 'epoch1.3')
  const price = { amountMinor: 1_100, currency: 'GBP', taxIncluded: true, dutyIncluded: true }
  const dearer = receive(shown, undefined, ['A'], offers(offer('A', 5, 4, { price })))
  expect(dearer.shown.entries.get('A')).toMatchObject({ stockChanges: 0, priceChanges: 1 })
})

test('the same offer at a later position is no change', () => {
  const shown = snapshotOf(nothingShown, ['A'], [offer('A', 5, 1)], 'epoch1.3')
  const again = receive(shown, undefined, ['A'], offers(offer('A', 5, 9)))
  expect(again.changes).toEqual([])
  expect(again.shown.entries.get('A')).toMatchObject({ stockChanges: 0, offer: { position: 'epoch1.9' } })
})

test('after a reset the last values stay until the new snapshot is whole', () => {
  const shown = snapshotOf(nothingShown, ['A', 'B'], [offer('A', 5, 1), offer('B', 2, 1)], 'epoch1.3')
  const resets = ['A', 'B'].map((sku): PageFrame => ({ type: 'reset', topic: `sku:${sku}@web`, reason: 'epoch' }))
  const reset = take(shown, undefined, ['A', 'B'], resets)
  expect(reset.shown.entries.get('A')?.offer.available).toBe(5)
  const half = take(reset.shown, reset.staged, ['A', 'B'], [offers(offer('A', 3, 7)), ready('A', 'epoch2.7')])
  expect(half.shown.entries.get('A')?.offer.available).toBe(5)
  const whole = receive(half.shown, half.staged, ['A', 'B'], ready('B', 'epoch2.7'))
  expect(whole.shown.entries.get('A')).toMatchObject({ offer: { available: 3 }, stockChanges: 1 })
  expect(whole.shown.entries.has('B')).toBe(false)
  expect(whole.changes).toHaveLength(2)
})

test('a resumed connection changes what was missed, and leaves the rest as it was', () => {
  const shown = snapshotOf(nothingShown, ['A', 'B'], [offer('A', 5, 1), offer('B', 2, 1)], 'epoch1.3')
  const frames = [welcome, offers(offer('A', 1, 8)), ready('A', 'epoch1.8', true), ready('B', 'epoch1.8', true)]
  const resumed = take(shown, undefined, ['A', 'B'], frames)
  expect(resumed.shown.entries.get('A')?.offer.available).toBe(1)
  expect(resumed.shown.entries.get('B')?.offer.available).toBe(2)
  expect(resumed).toMatchObject({ whole: true, changes: [{ after: { sku: 'A' } }] })
})

test('one topic that begins anew leaves the others as they are', () => {
  const shown = snapshotOf(nothingShown, ['A', 'B'], [offer('A', 5, 1), offer('B', 2, 1)], 'epoch1.3')
  const frames: PageFrame[] = [{ type: 'reset', topic: 'sku:A@web', reason: 'too_old' }, ready('A', 'epoch1.9')]
  const whole = take(shown, undefined, ['A', 'B'], frames)
  expect([...whole.shown.entries.keys()]).toEqual(['B'])
})

test('an offer that is gone leaves, and is told', () => {
  const shown = snapshotOf(nothingShown, ['A'], [offer('A', 5, 1)], 'epoch1.3')
  const gone = { sku: 'A', channel: 'web', gone: true, position: 'epoch1.4' } as const
  const received = receive(shown, undefined, ['A'], offers(gone))
  expect(received.shown.entries.has('A')).toBe(false)
  expect(received.changes).toMatchObject([{ after: undefined }])
})

test('what was read by other means fills holes and overwrites nothing', () => {
  const shown = snapshotOf(nothingShown, ['A'], [offer('A', 5, 1)], 'epoch1.3')
  const filled = fill(shown, [offer('A', 99, 0), offer('C', 7, 0)], ['A', 'C', 'D'])
  expect(filled.entries.get('A')?.offer.available).toBe(5)
  expect(filled.entries.get('C')?.offer.available).toBe(7)
  expect(filled.settled.has('D')).toBe(true)
})
