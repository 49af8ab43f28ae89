import { expect, test } from 'vitest'
import { drawGrowth } from './growth-chart.ts'
import { drawScale } from './scale-chart.ts'
import { atLeast, below, textOf } from './report.ts'
import { median, quantile, spread } from './statistics.ts'
import { tableOf } from './table.ts'

test('the median is the middle of an odd number of values, and between the middle two of an even one', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
  expect(spread([90, 100, 120])).toBeCloseTo(0.3)
})

test('a quantile is the nearest rank of sorted values', () => {
  const values = Array.from({ length: 100 }, (_, index) => index + 1)
  expect(quantile(values, 0.5)).toBe(50)
  expect(quantile(values, 0.99)).toBe(99)
  expect(quantile([7], 0.99)).toBe(7)
})

test('a mark that is reached is met, and a report says how many are not', () => {
  const marks = [atLeast(2, 'fast', 2), below(60, 'slow', 60)]
  expect(marks.map(({ met }) => met)).toEqual([true, false])
  const text = textOf({ scenario: 'any', rows: [], ratios: {}, marks }, ['a machine'])
  expect(text).toContain('1 of 2 marks are missed.')
  expect(text).toMatch(/slow, below 60\s+60\.0\s+MISSED/)
})

test('a table has numbers to the right, and a dash for what is not known', () => {
  expect(
    tableOf([
      { what: 'a', count: 1234.5 },
      { what: 'longer', count: undefined },
    ]),
  ).toBe(['what    count', '------  -----', 'a       1,235', 'longer      -'].join('\n'))
})

test('the chart of growth is a picture with every line, whatever is not known', () => {
  const step = { holds: 5_000, reads: 20_000, startMs: 900, serverMib: 120, postgresMib: undefined }
  const svg = drawGrowth([
    { ...step, skus: 1_000 },
    { ...step, skus: 100_000, serverMib: 240 },
  ])
  expect(svg).toMatch(/^<svg [\s\S]*<\/svg>\n$/)
  expect(svg.match(/<polyline/g)).toHaveLength(5)
  expect(svg).not.toContain('NaN')
})

test('the chart of scale has a line for each number of gateways in each panel, and the steps that are missing are left out', () => {
  const step = { rate: 20_000, p50Ms: 5, p99Ms: 20, usEach: undefined }
  const svg = drawScale([
    { ...step, gateways: 1, clients: 100 },
    { ...step, gateways: 1, clients: 10_000 },
    { ...step, gateways: 4, clients: 100 },
  ])
  expect(svg).toMatch(/^<svg [\s\S]*<\/svg>\n$/)
  expect(svg.match(/<polyline/g)).toHaveLength(6)
  expect(svg.match(/● 4 gateways/g)).toHaveLength(3)
  expect(svg).not.toContain('NaN')
})
