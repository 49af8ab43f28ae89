import { describe, expect, test } from 'vitest'
import { tenEuros } from '../../../test/cellar-world.ts'
import { possibleActs, stateOf, transitions, type OrderBody, type OrderLine, type OrderState } from './order.ts'

const line = (counts: Partial<OrderLine>): OrderLine => ({
  sku: 'A',
  location: 'shop',
  channel: 'web',
  quantity: 3,
  shipped: 0,
  collected: 0,
  cancelled: 0,
  returned: 0,
  price: tenEuros,
  ...counts,
})

const body = (counts: Partial<OrderLine>, more: Partial<OrderBody> = {}): OrderBody => ({
  fulfilment: 'ship',
  lines: [line(counts)],
  picks: [],
  lots: [],
  shipments: [],
  returns: [],
  ...more,
})

const at = '2026-01-01T00:00:00.000Z'
const parcel = { number: 1, lines: [], shippedAt: at }
const pick = { sku: 'A', quantity: 1 }

describe('the state of an order', () => {
  const states: Readonly<Record<OrderState, readonly OrderBody[]>> = {
    placed: [
      body({}),
      body({ shipped: 2, returned: 2 }, { shipments: [parcel] }),
      body({ shipped: 1, collected: 1 }),
      body({ cancelled: 2 }),
    ],
    paid: [body({}, { paid: { at } })],
    picking: [body({}, { picks: [pick] }), body({ shipped: 2 }, { paid: { at }, picks: [pick] })],
    ready: [body({}, { readyAt: at }), body({ cancelled: 2 }, { picks: [pick], readyAt: at })],
    shipped: [
      body({ shipped: 3 }, { shipments: [parcel] }),
      body({ shipped: 1, cancelled: 2 }, { shipments: [parcel] }),
      body({ shipped: 2, collected: 1, returned: 2 }, { shipments: [{ ...parcel, deliveredAt: at }, parcel] }),
    ],
    collected: [body({ collected: 3 }), body({ collected: 1, cancelled: 2 }), body({ collected: 3, returned: 2 })],
    delivered: [
      body({ shipped: 3 }, { shipments: [{ ...parcel, deliveredAt: at }] }),
      body({ shipped: 1, collected: 2, returned: 1 }, { shipments: [{ ...parcel, deliveredAt: at }] }),
    ],
    cancelled: [body({ cancelled: 3 }), body({ cancelled: 3 }, { paid: { at }, readyAt: at, picks: [pick] })],
    returned: [
      body({ shipped: 3, returned: 3 }, { shipments: [parcel] }),
      body({ collected: 1, cancelled: 2, returned: 1 }),
    ],
  }

  test.each(Object.entries(states))('is %s', (state, bodies) => {
    expect(bodies.map(stateOf)).toEqual(bodies.map(() => state))
  })

  test('counts all lines: one that is done says nothing of the others', () => {
    const lines = [line({ shipped: 3, returned: 3 }), line({ sku: 'B', cancelled: 3 })]
    expect(stateOf({ ...body({}), lines })).toBe('returned')
    expect(stateOf({ ...body({}), lines: [...lines, line({ sku: 'C' })] })).toBe('placed')
  })
})

/** What may be asked, written down a second time and by hand: a state or an act that is missing does not compile. */
const possible: Readonly<Record<OrderState, string>> = {
  placed: 'pay pick ready ship deliver collect cancel return',
  paid: 'pick ready ship deliver collect cancel return',
  picking: 'pay pick ready ship deliver collect cancel return',
  ready: 'pay pick ship deliver collect cancel return',
  shipped: 'pay deliver return',
  collected: 'pay return',
  delivered: 'pay return',
  cancelled: '',
  returned: '',
}

test.each(Object.entries(possible) as [OrderState, string][])(
  'of an order that is %s may be asked: %s',
  (state, acts) => {
    expect(possibleActs(state).join(' ')).toBe(acts)
  },
)

const after = (...states: OrderState[]) => states.flatMap((state) => Object.values(transitions[state]).flat())

test('an order whose bottles are all gone has no way back to preparation, and one that is over none at all', () => {
  expect(new Set(after('shipped', 'collected', 'delivered'))).toEqual(
    new Set(['shipped', 'collected', 'delivered', 'returned']),
  )
  expect(after('cancelled', 'returned')).toEqual([])
})
