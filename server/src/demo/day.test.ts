import { expect, test } from 'vitest'
import type { Actor } from './actor.ts'
import { clock, openTally, planDay } from './day.ts'
import { seeded } from './random.ts'

const actor = (name: string, perDay: number, from: number, to: number): Actor => ({
  name,
  perDay,
  hours: [from, to],
  act: async () => undefined,
})
const few = [actor('till', 12, 10, 20), actor('van', 1, 15, 17), actor('customs', 0.5, 11, 12)]

test('a day is the same for the same seed, in the order of the clock, and each keeps to their hours', () => {
  const planned = planDay(few, seeded(3))
  expect(planned).toEqual(planDay(few, seeded(3)))
  expect(planned).not.toEqual(planDay(few, seeded(4)))
  expect(planned.map(({ minute }) => minute)).toEqual(planned.map(({ minute }) => minute).toSorted((a, b) => a - b))
  for (const { actor: who, minute } of planned) {
    const [from, to] = who.hours
    expect(minute >= from * 60 && minute < to * 60, `${who.name} at ${clock(minute)}`).toBe(true)
  }
})

test('who does something half the days does so on half of them', () => {
  const random = seeded(5)
  const days = Array.from({ length: 400 }, () => planDay(few, random))
  const times = (name: string) => days.map((day) => day.filter((one) => one.actor.name === name).length)
  expect(new Set(times('till'))).toEqual(new Set([12]))
  const released = times('customs').reduce((sum, one) => sum + one, 0)
  expect(released).toBeGreaterThan(160)
  expect(released).toBeLessThan(240)
})

test('a clock has two digits each', () => {
  expect([0, 9 * 60 + 5, 23 * 60 + 59].map(clock)).toEqual(['00:00', '09:05', '23:59'])
})

test('a tally adds up what each has done, in the order of the actors, and leaves out what never was', () => {
  const [till, van, customs] = few as [Actor, Actor, Actor]
  const tally = openTally()
  expect(tally.text(few)).toBe('nothing to do')
  tally.add(van, { told: '', counted: { sent: 1_200, broken: 0 } })
  tally.add(till, { told: '', counted: { sold: 2 } })
  tally.add(till, { told: '', counted: { sold: 3 } })
  tally.add(customs, { told: '', counted: {} })
  expect(tally.text(few)).toBe('5 sold, 1,200 sent')
  expect([...tally.deeds]).toEqual([
    ['van', 1],
    ['till', 2],
    ['customs', 1],
  ])
})
