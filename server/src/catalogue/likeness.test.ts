import { expect, test } from 'vitest'
import { likeness } from './likeness.ts'

test.each([
  ['margo', 'margaux', 'margaret'],
  ['rone', 'rhone', 'ronda'],
  ['reisling', 'riesling', 'reisenberg'],
  ['gevry', 'gevrey', 'gers'],
  ['leflave', 'leflaive', 'leclerc'],
  ['bordo', 'bordeaux', 'bardolino'],
  ['shablis', 'chablis', 'shiraz'],
  ['chardonay', 'chardonnay', 'chardon'],
])('%s is more like %s than like %s', (typed, meant, other) => {
  expect(likeness(typed, meant)).toBeGreaterThan(likeness(typed, other) + 0.1)
})

test('is 1 for the same word, the same both ways, and never below 0', () => {
  expect(likeness('krug', 'krug')).toBe(1)
  expect(likeness('', '')).toBe(1)
  expect(likeness('salon', 'solan')).toBe(likeness('solan', 'salon'))
  expect(likeness('a', 'zzzzzzzz')).toBeGreaterThanOrEqual(0)
})
