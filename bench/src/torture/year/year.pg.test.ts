import { expect, inject, test } from 'vitest'
import { runYear } from './year.ts'

test(
  'a year traded twice from one seed, backed up in the middle of it and restored, is the same at every month-end',
  { timeout: 300_000 },
  async () => {
    const lines: string[] = []
    const say = (line: string) => void lines.push(line)
    const { passed, failed } = await runYear({ movements: 3_000, seed: 7, postgresUrl: inject('postgresUrl'), say })
    expect(lines.filter((line) => line.includes('DIFFERENT'))).toEqual([])
    expect({ passed, failed }).toEqual({ passed: 16, failed: 0 })
  },
)
