import { expect, test } from 'vitest'
import { narrow, offsetMs } from './clock.ts'

test('one answer bounds the difference by its second and its way', () => {
  const estimate = narrow(undefined, { sentAt: 10_000, receivedAt: 10_200, serverDate: 15_000 })
  expect(estimate).toEqual({ lowMs: 4_800, highMs: 6_000 })
  expect(offsetMs(estimate)).toBe(5_400)
})

test('more answers narrow it to the truth', () => {
  const truth = 5_250
  let estimate = undefined as ReturnType<typeof narrow> | undefined
  for (let sentAt = 0; sentAt < 20_000; sentAt += 1_130) {
    const serverDate = Math.floor((sentAt + 20 + truth) / 1_000) * 1_000
    estimate = narrow(estimate, { sentAt, receivedAt: sentAt + 40, serverDate })
  }
  expect(Math.abs(offsetMs(estimate) - truth)).toBeLessThan(120)
})

test('an answer that contradicts what was known replaces it: a clock was set', () => {
  const before = narrow(undefined, { sentAt: 0, receivedAt: 10, serverDate: 60_000 })
  expect(narrow(before, { sentAt: 100_000, receivedAt: 100_010, serverDate: 101_000 })).toEqual({
    lowMs: 990,
    highMs: 2_000,
  })
})

test('without any answer the local clock stands', () => {
  expect(offsetMs(undefined)).toBe(0)
})
