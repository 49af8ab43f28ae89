import { expect, test } from 'vitest'
import { createMeter, megabytes } from './progress.ts'

test('says each table as it is done, and how far one is that takes long', () => {
  const said: string[] = []
  const clock = { ms: 0 }
  const meter = createMeter({ say: (line) => said.push(line.replaceAll(/ +/g, ' ')), nowMs: () => clock.ms })
  meter.moved('stock.levels', 3, 1_200)
  meter.done('stock.levels')
  for (const rows of [1_000, 500, 7]) {
    clock.ms += 1_500
    meter.moved('stock.entries', rows, rows * 1_000)
  }
  meter.done('stock.entries')
  expect(said).toEqual([
    ' stock.levels 3 rows, 2 KB',
    ' stock.entries 1,500 rows, 1.5 MB so far',
    ' stock.entries 1,507 rows, 1.5 MB',
  ])
  expect(meter.totals).toEqual({ rows: 1_510, bytes: 1_508_200 })
})

test('sizes are what people read', () => {
  expect([0, 1, 999_000, 1_000_000, 1_234_567_890].map(megabytes)).toEqual([
    '0 KB',
    '1 KB',
    '999 KB',
    '1.0 MB',
    '1234.6 MB',
  ])
})
