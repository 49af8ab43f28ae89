import { describe, expect, test } from 'vitest'
import { availabilityOf, bundleAvailabilityOf, type Availability } from './offer.ts'

const shown = { safetyStock: 2, showMax: 12, lowAt: 3 }
const bottles = { available: 0, held: 0, incoming: 0 }

test.each([
  ['more than low', { available: 6 }, { available: 4, capped: false, status: 'in_stock' }],
  ['low at the mark', { available: 5 }, { available: 3, capped: false, status: 'low' }],
  ['one above the safety stock', { available: 3 }, { available: 1, capped: false, status: 'low' }],
  ['only safety stock', { available: 2 }, { available: 0, capped: false, status: 'sold_out' }],
  ['only safety stock, and some held', { available: 2, held: 1 }, { available: 0, capped: false, status: 'all_held' }],
  ['nothing, but some expected', { incoming: 6 }, { available: 0, capped: false, status: 'coming' }],
  ['held and expected', { held: 1, incoming: 6 }, { available: 0, capped: false, status: 'all_held' }],
  ['as many as are shown', { available: 14 }, { available: 12, capped: false, status: 'in_stock' }],
  ['more than are shown', { available: 15 }, { available: 12, capped: true, status: 'in_stock' }],
])('%s', (_, given, expected) => {
  const all = { ...bottles, ...given }
  expect(availabilityOf(all, shown)).toEqual({ ...expected, held: all.held })
})

test('a channel that shows fewer than it calls low still says low', () => {
  expect(availabilityOf({ ...bottles, available: 5 }, { safetyStock: 0, showMax: 2, lowAt: 6 })).toEqual({
    available: 2,
    capped: true,
    held: 0,
    status: 'low',
  })
})

describe('a bundle', () => {
  const shown = { safetyStock: 2, showMax: 5, lowAt: 1 }
  const bottles = (available: number, held = 0, incoming = 0) => ({ available, held, incoming })

  test.each<[string, Parameters<typeof bundleAvailabilityOf>[0], Partial<Availability>]>([
    [
      'is as many as its scarcest component makes up, each without the safety stock',
      [
        { quantity: 2, bottles: bottles(9) },
        { quantity: 1, bottles: bottles(20) },
      ],
      { available: 3, capped: false, status: 'in_stock' },
    ],
    ['shows no more than a channel shows', [{ quantity: 1, bottles: bottles(20) }], { available: 5, capped: true }],
    ['is low where few can be made up', [{ quantity: 3, bottles: bottles(5) }], { available: 1, status: 'low' }],
    [
      'is all held where giving back what is held of its components would make one up',
      [
        { quantity: 2, bottles: bottles(3, 1) },
        { quantity: 1, bottles: bottles(9) },
      ],
      { available: 0, held: 0, status: 'all_held' },
    ],
    [
      'is coming where a component is only expected, and sold out where one is not even that',
      [
        { quantity: 2, bottles: bottles(0, 0, 4) },
        { quantity: 1, bottles: bottles(9) },
      ],
      { available: 0, status: 'coming' },
    ],
    [
      'is sold out where nothing would make one up',
      [
        { quantity: 2, bottles: bottles(0, 0, 3) },
        { quantity: 1, bottles: bottles(9) },
      ],
      { available: 0, status: 'sold_out' },
    ],
  ])('%s', (_what, components, expected) => {
    expect(bundleAvailabilityOf(components, shown)).toMatchObject(expected)
  })
})
