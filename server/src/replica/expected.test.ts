import { expect, test } from 'vitest'
import { firstFreeAt, writeExpected, type ExpectedTable } from './expected.ts'

const [march, june] = [1_000, 2_000]

/** Four bottles in March, six in June, five at a time that nobody knows. */
function ordered(): ExpectedTable {
  const table: ExpectedTable = new Map()
  writeExpected(table, 7, 'somewhen', { bottles: 5, atMs: null })
  writeExpected(table, 7, 'june', { bottles: 6, atMs: june })
  writeExpected(table, 7, 'march', { bottles: 4, atMs: march })
  return table
}

test.each([
  ['none is promised', 0, march],
  ['one of the first is left', 3, march],
  ['all of the first are promised', 4, june],
  ['one with a date is left', 9, june],
  ['only those are left of which nobody knows', 10, undefined],
  ['all are promised', 15, undefined],
])('the first bottle for sale, when %s', (_, promised, date) => {
  expect(firstFreeAt(ordered(), 7, promised)).toBe(date)
  expect(firstFreeAt(ordered(), 8, promised)).toBeUndefined()
})

test('what came is forgotten, and with the last of it the level', () => {
  const table = ordered()
  writeExpected(table, 7, 'march', { bottles: 0, atMs: march })
  expect(firstFreeAt(table, 7, 0)).toBe(june)
  for (const order of ['june', 'somewhen', 'nobody']) writeExpected(table, 7, order, { bottles: 0, atMs: null })
  expect(table.size).toBe(0)
})
