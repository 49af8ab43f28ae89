import fc from 'fast-check'
import { expect, test } from 'vitest'
import { newId, systemIds } from './ids.ts'

const bytes = fc.uint8Array({ minLength: 10, maxLength: 16 })
const time = fc.integer({ min: 0, max: 2 ** 48 - 1 })

test('an id is a UUID of version 7 that holds its time', () => {
  fc.assert(
    fc.property(time, bytes, (nowMs, random) => {
      const id = newId(nowMs, random)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      expect(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toBe(nowMs)
    }),
  )
})

test('a later id sorts after an earlier one, as text', () => {
  fc.assert(
    fc.property(time, time, bytes, bytes, (a, b, some, others) => {
      fc.pre(a < b)
      expect(newId(a, some) < newId(b, others)).toBe(true)
    }),
  )
})

test('the system makes 10,000 different ones, and too little randomness is refused', () => {
  expect(new Set(Array.from({ length: 10_000 }, () => systemIds.newId())).size).toBe(10_000)
  expect(() => newId(0, new Uint8Array(9))).toThrow('10 random bytes')
})
