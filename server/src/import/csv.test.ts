import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCsvReader, detectDelimiter, RECORD_CHARS_MAX, type CsvRecord } from './csv.ts'

/** Reads `text` in pieces of `size`. */
function read(text: string, { delimiter = ',', size = Infinity } = {}): CsvRecord[] {
  const reader = createCsvReader(delimiter)
  const records: CsvRecord[] = []
  for (let at = 0; at < text.length; at += Math.min(size, text.length))
    records.push(...reader.push(text.slice(at, at + size)))
  return [...records, ...reader.end()]
}

const rows = (records: CsvRecord[]) =>
  records.map((record) => (record.kind === 'row' ? [record.line, ...record.cells] : record))

describe.each([[1], [2], [7], [Infinity]])('read in pieces of %s characters', (size) => {
  test('rows end in LF, CRLF, both mixed, or with the file', () => {
    expect(rows(read('a,b\r\n1,2\n3,4\r\n\r\n\n5,6', { size }))).toEqual([
      [1, 'a', 'b'],
      [2, '1', '2'],
      [3, '3', '4'],
      [6, '5', '6'],
    ])
  })

  test('a quoted cell may hold delimiters, quotes and lines, which are counted', () => {
    expect(rows(read('1,"a,b ""c""\r\nd"\r\n"2",""\n"x"', { size }))).toEqual([
      [1, '1', 'a,b "c"\r\nd'],
      [3, '2', ''],
      [4, 'x'],
    ])
  })

  test('a quote inside an unquoted cell is a character', () => {
    expect(rows(read('1,12" shelf,x\n', { size }))).toEqual([[1, '1', '12" shelf', 'x']])
  })

  test('a broken quote costs its own line and no other', () => {
    expect(rows(read('1,"a"b\n2,"open\n3,"c"\n4,d\n', { size }))).toEqual([
      { kind: 'broken', line: 1, reason: expect.stringContaining('after a closing quote'), text: '1,"a"b' },
      { kind: 'broken', line: 2, reason: expect.stringContaining('closing quote'), text: '2,"open' },
      [3, '3', 'c'],
      [4, '4', 'd'],
    ])
    expect(rows(read('1,"open\n2,b\n3,c', { size }))).toEqual([
      { kind: 'broken', line: 1, reason: expect.stringContaining('not closed'), text: '1,"open' },
      [2, '2', 'b'],
      [3, '3', 'c'],
    ])
  })
})

test('a line without end is one broken row, and is not kept', () => {
  const reader = createCsvReader(',')
  const records = [...reader.push('a,b\n')]
  for (let i = 0; i < 100; i++) records.push(...reader.push('x'.repeat(RECORD_CHARS_MAX / 4)))
  records.push(...reader.push('\n3,4\n'), ...reader.end())
  expect(rows(records)).toEqual([
    [1, 'a', 'b'],
    { kind: 'broken', line: 2, reason: expect.stringContaining('longer'), text: expect.stringMatching(/^x{500}$/) },
    [3, '3', '4'],
  ])
})

test('an unclosed quote far from the end is given up at the bound', () => {
  const text = `1,"open\n${'2,b\n'.repeat(RECORD_CHARS_MAX)}`
  const records = read(text, { size: 10_000 })
  expect(records.filter((record) => record.kind === 'broken')).toHaveLength(1)
  expect(records).toHaveLength(RECORD_CHARS_MAX + 1)
})

test.each([
  ['sku;producer;wine, and more', ';'],
  ['a\tb\tc', '\t'],
  ['"a;b;c;d",x,y', ','],
  ['one', ','],
  ['a|b', '|'],
])('the delimiter of %j is %j', (line, delimiter) => {
  expect(detectDelimiter(line)).toBe(delimiter)
})

test('whatever is written by the rules is read back, in whatever pieces', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', '\n', '\r\n', ' '), maxLength: 6 })
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`
  fc.assert(
    fc.property(
      fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 5 }),
      fc.integer({ min: 1, max: 9 }),
      (table, size) => {
        const text = table.map((row) => `${row.map(quote).join(',')}\r\n`).join('')
        expect(read(text, { size }).map((record) => record.kind === 'row' && record.cells)).toEqual(table)
      },
    ),
  )
})
