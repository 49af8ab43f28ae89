import { expect, inject, test } from 'vitest'
import { runYearSelfTests } from './self-test.ts'

test(
  'each difference planted in a restored year is noticed: a bottle, a movement, the cost of a lot, a bin, an allotment, a count, a name',
  { timeout: 300_000 },
  async () => {
    const lines: string[] = []
    const result = await runYearSelfTests((line) => void lines.push(line), inject('postgresUrl'))
    expect(lines.filter((line) => line.startsWith('MISSED'))).toEqual([])
    expect(result).toEqual({ caught: 7, missed: 0 })
  },
)
