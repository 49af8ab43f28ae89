import { expect, test } from 'vitest'
import { createRates, type Rates } from './rates.ts'

const clockAt = (ms: number) => {
  const clock = { ms }
  return { rates: createRates(() => clock.ms), clock }
}
const takeMany = (rates: Rates, name: string, many: number, limit: number) =>
  Array.from({ length: many }, () => rates.take(name, limit)).filter(({ isOver }) => !isOver).length

test('as many are let through as the limit says, and more when the minute has slid on', () => {
  const { rates, clock } = clockAt(600_000)
  expect(takeMany(rates, 'a', 100, 60)).toBe(60)
  expect(rates.look('a', 60)).toMatchObject({ isOver: true, remaining: 0, resetS: 60 })
  clock.ms += 60_000 + 30_000
  // Half of the minute before counts still.
  expect(takeMany(rates, 'a', 100, 60)).toBe(30)
  clock.ms += 120_000
  expect(takeMany(rates, 'a', 100, 60)).toBe(60)
})

test('in no minute, wherever it begins, are there twice as many', () => {
  const { rates, clock } = clockAt(0)
  const taken: number[] = []
  for (; clock.ms < 600_000; clock.ms += 100) if (!rates.take('a', 60).isOver) taken.push(clock.ms)
  for (const begin of taken) {
    expect(taken.filter((at) => at >= begin && at < begin + 60_000).length).toBeLessThan(100)
  }
})

test('names do not count for one another', () => {
  const { rates } = clockAt(0)
  takeMany(rates, 'a', 100, 10)
  expect(rates.take('b', 10)).toMatchObject({ isOver: false, remaining: 9 })
})

test('processes that tell one another count together, whatever is lost, repeated or late', () => {
  const clock = { ms: 0 }
  const [one, other] = [createRates(() => clock.ms), createRates(() => clock.ms)]
  expect(takeMany(one, 'a', 40, 60)).toBe(40)
  const first = one.changed()
  takeMany(one, 'a', 5, 60)
  const second = one.changed()
  other.heard('one', second)
  other.heard('one', first)
  other.heard('one', second)
  expect(takeMany(other, 'a', 60, 60)).toBe(15)
  expect(one.changed()).toEqual([])
  clock.ms += 120_000
  expect(takeMany(other, 'a', 100, 60)).toBe(60)
})

test('memory has a bound, whoever asks', () => {
  const { rates } = clockAt(0)
  takeMany(rates, 'first', 10, 10)
  for (let name = 0; name < 100_000; name++) rates.take(String(name), 10)
  // Forgotten, and so in the right again.
  expect(rates.look('first', 10).isOver).toBe(false)
  expect(rates.look('99999', 10).remaining).toBe(9)
})
