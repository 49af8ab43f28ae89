import { expect, test } from 'vitest'
import type { LogChanges } from '../log/log.ts'
import { createMarks, topics } from './marks.ts'

function followed(...changes: LogChanges[]) {
  const marks = createMarks()
  marks.begins('abcdefgh', 10)
  marks.follows(changes.map((one, index) => ({ position: 11 + index, atMs: 0, changes: one })))
  return marks
}

const settings = { version: 1, locations: [], channels: [], recipes: [] }

test.each<[string, LogChanges, string[]]>([
  ['a level', { levels: [['A', 'shop', 1, 0, 0, 0, 0, 0, 0, 0, 1, 1]] }, []],
  ['a price', { prices: [['A', 'web', 100, 'EUR', true, true]] }, [topics.prices('web')]],
  ['a withdrawn price', { withdrawn: [['A', 'web']] }, [topics.prices('web')]],
  ['settings', { settings }, [topics.settings]],
  ['a SKU', { skus: [['A', 'w1', 2015, 750, 1]] }, [topics.catalogue, topics.wine('w1'), topics.sku('A')]],
])('%s touches what shows it, and nothing else', (_, changes, touched) => {
  const all = [topics.catalogue, topics.settings, topics.prices('web'), topics.prices('shop')]
  const more = [topics.wine('w1'), topics.wine('w2'), topics.sku('A'), topics.sku('B')]
  const marks = followed(changes, {})
  expect([...all, ...more].filter((topic) => marks.touched([topic]) === 11)).toEqual(
    [...all, ...more].filter((topic) => touched.includes(topic)),
  )
  expect(marks.position()).toBe(12)
})

test('the last of several touches counts, and before the beginning everything does', () => {
  const marks = followed({ settings }, {}, { prices: [['A', 'web', 1, 'EUR', true, true]] }, { settings })
  expect(marks.touched([topics.settings, topics.prices('web')])).toBe(14)
  expect(marks.touched([topics.prices('web')])).toBe(13)
  expect(marks.touched([topics.catalogue])).toBe(10)
})

test('a new beginning forgets what was before', () => {
  const marks = followed({ settings })
  marks.begins('ijklmnop', 3)
  expect([marks.epoch(), marks.position(), marks.touched([topics.settings])]).toEqual(['ijklmnop', 3, 3])
})

test('more wines than are told apart touch everything', () => {
  const many = Array.from({ length: 50_001 }, (_, index) => [`S${index}`, `w${index}`, 2015, 750, 1] as const)
  expect(followed({ skus: many }).touched([topics.settings])).toBe(11)
})
