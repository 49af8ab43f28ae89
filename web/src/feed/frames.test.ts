import type { Offer } from '@cellarhand/protocol/offer'
import { expect, test } from 'vitest'
import { fill, nothingShown, receive, type Shown } from './frames.ts'

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

const hello = { type: 'hello', version: 1, mode: 'snapshot', channel: 'web' } as const

function snapshotOf(shown: Shown, asked: readonly string[], offers: readonly Offer[], position: string): Shown {
  let staged = receive(shown, undefined, asked, hello).staged
  staged = receive(shown, staged, asked, { type: 'offers', offers }).staged
  return receive(shown, staged, asked, { type: 'ready', position }).shown
}

test('a snapshot shows nothing until it is whole, and then all of it, without a flash', () => {
  const begun = receive(nothingShown, undefined, ['A', 'B'], hello)
  const half = receive(begun.shown, begun.staged, ['A', 'B'], { type: 'offers', offers: [offer('A', 5, 1)] })
  expect(half.shown.entries.size).toBe(0)
  const whole = receive(half.shown, half.staged, ['A', 'B'], { type: 'ready', position: 'epoch1.3' })
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
  const fewer = receive(shown, undefined, ['A'], { type: 'offers', offers: [offer('A', 4, 4)] })
  expect(fewer.shown.entries.get('A')).toMatchObject({ stockChanges: 1, priceChanges: 0, direction: 'down' })
  expect(fewer.changes).toMatchObject([{ before: { available: 5 }, after: { available: 4 } }])
  expect(fewer.shown.position).toBe('epoch1.4')
})

test('a price that changes is no change of stock', () => {
  const shown = snapshotOf(nothingShown, ['A'], [offer('A', 5, 1)], 'epoch1.3')
  const price = { amountMinor: 1_100, currency: 'GBP', taxIncluded: true, dutyIncluded: true }
  const dearer = receive(shown, undefined, ['A'], { type: 'offers', offers: [offer('A', 5, 4, { price })] })
  expect(dearer.shown.entries.get('A')).toMatchObject({ stockChanges: 0, priceChanges: 1 })
})

test('the same offer at a later position is no change', () => {
  const shown = snapshotOf(nothingShown, ['A'], [offer('A', 5, 1)], 'epoch1.3')
  const again = receive(shown, undefined, ['A'], { type: 'offers', offers: [offer('A', 5, 9)] })
  expect(again.changes).toEqual([])
  expect(again.shown.entries.get('A')).toMatchObject({ stockChanges: 0, offer: { position: 'epoch1.9' } })
})

test('after a reset the last values stay until the new snapshot is whole', () => {
  const shown = snapshotOf(nothingShown, ['A', 'B'], [offer('A', 5, 1), offer('B', 2, 1)], 'epoch1.3')
  const reset = receive(shown, undefined, ['A', 'B'], { type: 'reset', reason: 'epoch' })
  expect(reset.shown.entries.get('A')?.offer.available).toBe(5)
  const half = receive(reset.shown, reset.staged, ['A', 'B'], { type: 'offers', offers: [offer('A', 3, 7)] })
  const whole = receive(half.shown, half.staged, ['A', 'B'], { type: 'ready', position: 'epoch2.7' })
  expect(whole.shown.entries.get('A')).toMatchObject({ offer: { available: 3 }, stockChanges: 1 })
  expect(whole.shown.entries.has('B')).toBe(false)
  expect(whole.changes).toHaveLength(2)
})

test('a resumed connection applies what was missed at once', () => {
  const shown = snapshotOf(nothingShown, ['A'], [offer('A', 5, 1)], 'epoch1.3')
  const greeted = receive(shown, undefined, ['A'], { ...hello, mode: 'resume' })
  const missed = receive(greeted.shown, greeted.staged, ['A'], { type: 'offers', offers: [offer('A', 1, 8)] })
  expect(missed.shown.entries.get('A')?.offer.available).toBe(1)
})

test('an offer that is gone leaves, and is told', () => {
  const shown = snapshotOf(nothingShown, ['A'], [offer('A', 5, 1)], 'epoch1.3')
  const gone = { sku: 'A', channel: 'web', gone: true, position: 'epoch1.4' } as const
  const received = receive(shown, undefined, ['A'], { type: 'offers', offers: [gone] })
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
