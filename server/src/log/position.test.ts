import { expect, test } from 'vitest'
import { formatPosition, parsePosition } from './log.ts'

test('a position is an epoch and a number, and reads back as both', () => {
  expect(parsePosition(formatPosition('abc12345', 0))).toEqual({ epoch: 'abc12345', number: 0 })
  expect(parsePosition('abc12345.9007199254740991')).toEqual({ epoch: 'abc12345', number: Number.MAX_SAFE_INTEGER })
})

test.each([
  '',
  'abc12345',
  'abc12345.',
  '.1',
  'ABC12345.1',
  'abc12345.-1',
  'abc12345.1.1',
  'abc12345.1e3',
  ' abc12345.1',
  'abc.1',
])('what is no position is told apart: %j', (text) => {
  expect(parsePosition(text)).toBeUndefined()
})

test('a number that JavaScript cannot hold exactly is no position', () => {
  expect(parsePosition('abc12345.9999999999999999')).toBeUndefined()
})
