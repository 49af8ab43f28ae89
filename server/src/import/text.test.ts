import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { decode, type Encoding } from './text.ts'

async function textOf(
  bytes: Buffer,
  { encoding = 'utf-8' as Encoding, size = bytes.length || 1 } = {},
): Promise<string> {
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  )
  let text = ''
  for await (const piece of decode(Readable.from(chunks), { encoding, what: 'wines.csv' })) text += piece
  return text
}

const sample = 'sku,wine\n1,Château d’Yquem ☕ 🍷 ხვანჭკარა\n'

test.each([1, 2, 3, 5, 1000])('characters that are cut between reads of %i bytes come whole', async (size) => {
  expect(await textOf(Buffer.from(sample), { size })).toBe(sample)
})

test('a byte order mark is left out', async () => {
  expect(await textOf(Buffer.from(`\ufeff${sample}`), { size: 2 })).toBe(sample)
})

test('lines that end in a lone CR are lines', async () => {
  expect(await textOf(Buffer.from('a,b\r1,2\r'))).toBe('a,b\n1,2\n')
  expect(await textOf(Buffer.from('a,b\r\n1,2\r\n'))).toBe('a,b\r\n1,2\r\n')
})

describe('another encoding than the one named', () => {
  test.each([1, 4, 100])('is refused with line and byte, read by %i bytes', async (size) => {
    const bytes = Buffer.from('sku,wine\n1,Rosso\n2,R\xf8dvin\n', 'latin1')
    await expect(textOf(bytes, { size })).rejects.toThrow(
      /line 3, byte 21 of the file is 0xF8.*--encoding windows-1252/,
    )
  })

  test('is refused where the file ends in half a character', async () => {
    await expect(textOf(Buffer.from('sku\né').subarray(0, 5))).rejects.toThrow(/line 2, byte 5 of the file is 0xC3/)
  })

  test('is read when it is named', async () => {
    const bytes = Buffer.from('R\xf8dvin, Ch\xe2teau, 5 \x80', 'latin1')
    expect(await textOf(bytes, { encoding: 'windows-1252', size: 3 })).toBe('Rødvin, Château, 5 €')
  })

  test('a spreadsheet and UTF-16 are called by their names', async () => {
    await expect(textOf(Buffer.from('PK\u0003\u0004rest'))).rejects.toThrow(/spreadsheet/)
    await expect(textOf(Buffer.from('\ufeffsku', 'utf16le'))).rejects.toThrow(/UTF-16/)
  })
})
