import { expect, test } from 'vitest'
import { createTally } from './tally.ts'

/** Two clients; values 11 to 13 are made at 0, 5 and 10 ms of this clock, which is 1,000,000 ms behind that of the times. */
const offsetMs = 1_000_000
const times = { first: 11, atMs: [0, 5, 10].map((ms) => offsetMs + ms) }

test('latency is from when a value was made until each client has it, whatever the clocks begin with', () => {
  const tally = createTally()
  tally.begin(2)
  tally.record(0, 11, 2)
  tally.record(1, 11, 4)
  tally.record(0, 12, 6)
  expect(tally.end()).toBe(3)
  expect(tally.latency(times, offsetMs)).toMatchObject({ p50Ms: 2, p99Ms: 4, firstP50Ms: 1, behindP99Ms: 2 })
})

test('what was conflated away is seen in how old the oldest unseen change was', () => {
  const tally = createTally()
  tally.begin(1)
  tally.record(0, 11, 1)
  tally.record(0, 13, 12)
  tally.end()
  expect(tally.latency(times, offsetMs)).toMatchObject({ p99Ms: 2, unseenP99Ms: 7 })
})

test('nothing is recorded before the beginning and after the end, and a value of unknown time counts without a latency', () => {
  const tally = createTally()
  tally.record(0, 11, 1)
  tally.begin(1)
  tally.record(0, 99, 1)
  tally.record(0, 5, 1)
  tally.record(0, 12, 8)
  expect(tally.end()).toBe(3)
  tally.record(0, 13, 9)
  expect(tally.latency(times, offsetMs)).toMatchObject({ p50Ms: 3, p99Ms: 3 })
})

test('more arrivals than there is room for are counted all the same', () => {
  const tally = createTally(1)
  tally.begin(1)
  tally.record(0, 11, 1)
  tally.record(0, 12, 1_000)
  expect(tally.end()).toBe(2)
  expect(tally.latency(times, offsetMs).p99Ms).toBe(1)
})
