import { expect, test } from 'vitest'
import { windowOf } from './visit.ts'

const latency = { p50Ms: 1, p99Ms: 2, unseenP99Ms: 2, firstP50Ms: 1, behindP99Ms: 1 }
const raw = { values: 100_000, seconds: 2, share: 0.6, changes: 200, readerShare: 0.5, latency }

test('a message costs what the server used beyond what the same changes cost with nobody there', () => {
  const window = windowOf(raw, { share: 0.1, changes: 200 })
  expect(window).toMatchObject({ rate: 50_000, changes: 200, p99Ms: 2 })
  expect(window.usEach).toBeCloseTo(10)
})

test('where fewer changes came about than with nobody there, as much less is taken off', () => {
  expect(windowOf({ ...raw, changes: 100 }, { share: 0.1, changes: 200 }).usEach).toBeCloseTo(11)
})

test('where the system does not tell what was used, it is not known', () => {
  expect(windowOf({ ...raw, share: undefined }, { share: 0.1, changes: 200 }).usEach).toBeUndefined()
})
