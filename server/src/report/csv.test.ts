import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { csvLine } from './csv.ts'

test('cells are quoted where they have to be, and lines end as RFC 4180 says', () => {
  expect(csvLine(['a', 'b, c', 'say "x"', 'two\nlines', '', undefined, 12])).toBe(
    'a,"b, c","say ""x""","two\nlines",,,12\r\n',
  )
})

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '\n=x', '=HYPERLINK("http://x","y")'])(
  'the text %j is no formula to a spreadsheet',
  (text) => {
    expect(csvLine([text]).replace(/^"/, '')).toMatch(/^'/)
  },
)

test('numbers stay numbers, below zero too', () => {
  expect(csvLine([-3, 0, 12])).toBe('-3,0,12\r\n')
})

test('whatever the cells hold, a reader finds them again, with an apostrophe before what a spreadsheet would run', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 2, maxLength: 4 })), (rows) => {
      const text = rows.map(csvLine).join('')
      const read = parse(text, { relax_column_count: true, record_delimiter: '\r\n' }) as string[][]
      expect(read).toEqual(rows.map((row) => row.map((cell) => (/^[=+\-@\t\r\n]/.test(cell) ? `'${cell}` : cell))))
    }),
  )
})
