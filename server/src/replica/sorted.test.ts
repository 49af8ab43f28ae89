import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addSorted, createSorted, sortedFrom } from './sorted.ts'

test('rows come in the order of their keys, from beyond any key, whatever the order they were added and read in', () => {
  const step = fc.oneof(fc.string({ maxLength: 3 }), fc.constant(undefined))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.string({ maxLength: 3 }), (steps, after) => {
      const sorted = createSorted()
      const keys: string[] = []
      const keyOf = (row: number) => keys[row] as string
      const read = (from?: string) => {
        const found = sortedFrom(sorted, from, keyOf)
        return [...found.rows.subarray(found.from, found.to)].map(keyOf)
      }
      for (const key of steps) {
        if (key === undefined) read()
        else if (!keys.includes(key)) addSorted(sorted, keys.push(key) - 1, keyOf)
      }
      const expected = keys.toSorted((a, b) => (a < b ? -1 : 1))
      expect(read()).toEqual(expected)
      expect(read(after)).toEqual(expected.filter((key) => key > after))
    }),
    { seed: 20_260_701, numRuns: 500 },
  )
})
