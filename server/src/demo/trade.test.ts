import type { Level } from '@cellarhand/protocol/stock'
import { expect, test } from 'vitest'
import type { Api } from './api.ts'
import { costOf, runningLow } from './trade.ts'

/** A server on which this lot is sold by itself, and everything costs 30.00. */
const api: Api = {
  list: async () => [],
  one: async <T>(path: string) =>
    (path === '/v1/lot-offers' ? { items: [{ sku: 'A-L1' }] } : { price: { amountMinor: 3_000 } }) as T,
  write: async () => undefined,
}

const level = (sku: string, more: Partial<Level>) =>
  ({ sku, available: 0, incoming: 0, incomingCommitted: 0, ...more }) as Level

test('what runs low comes again, but not what is on order already, nor a lot that is sold by itself', async () => {
  const levels = [
    level('A', { available: 2 }),
    level('A-L1', { available: 2 }),
    level('B', { available: 3 }),
    level('C', { incoming: 6 }),
    level('D', { incomingCommitted: 6 }),
  ]
  expect((await runningLow({ api }, levels)).map(({ sku }) => sku)).toEqual(['A'])
})

test('what a bottle costs the merchant is half to three quarters of its price', async () => {
  expect(await costOf({ api, random: () => 0 }, 'A')).toBe(1_500)
  expect(await costOf({ api, random: () => 0.999 }, 'A')).toBe(2_250)
})
