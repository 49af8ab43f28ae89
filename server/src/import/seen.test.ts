import { expect, test } from 'vitest'
import { createSeen } from './seen.ts'

test('a key is new once, then the same or something else, on the line it was first on', () => {
  const seen = createSeen()
  expect(seen.note('A', 'red', 2)).toBe('new')
  expect(seen.note('A', 'red', 3)).toEqual({ line: 2, same: true })
  expect(seen.note('A', 'white', 4)).toEqual({ line: 2, same: false })
})

test('remembers 200,000 keys through its growth without mistaking one', () => {
  const seen = createSeen()
  for (let line = 1; line <= 200_000; line++) expect(seen.note(`SKU-${line}`, 'x', line)).toBe('new')
  for (let line = 1; line <= 200_000; line += 997)
    expect(seen.note(`SKU-${line}`, 'x', 9)).toEqual({ line, same: true })
})
