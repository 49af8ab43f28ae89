import { expect, test } from 'vitest'
import { skusOf, type Share } from './share.ts'

test('clients share a range evenly, from its beginning again behind its end', () => {
  const shares: Share[] = [{ first: 100, count: 5, each: 2 }]
  expect(skusOf(shares, 0)).toEqual(['W0000100', 'W0000101'])
  expect(skusOf(shares, 2)).toEqual(['W0000104', 'W0000100'])
  const followers = new Map<string, number>()
  for (let client = 0; client < 10; client++) {
    for (const sku of skusOf(shares, client)) followers.set(sku, (followers.get(sku) ?? 0) + 1)
  }
  expect([...followers.values()]).toEqual([4, 4, 4, 4, 4])
})
