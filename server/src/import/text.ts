import { isUtf8 } from 'node:buffer'
import { SetupError } from '../platform/setup-error.ts'

/** Encodings that spreadsheets and tills write; latin1 is read as windows-1252, of which it is a part. */
export const encodings = ['utf-8', 'windows-1252', 'latin1'] as const
export type Encoding = (typeof encodings)[number]

/** Thousands of digits are read the same way everywhere. */
export const grouped = (value: number): string => value.toLocaleString('en')

/** Checks bytes as they pass. `push` gives back what of them is whole characters; `end` says whether the last one was. */
export interface Utf8Check {
  push(chunk: Buffer): Buffer
  end(): void
}

/** Throws SetupError, naming line and byte (both from 1), where the bytes are not UTF-8. */
export function createUtf8Check(what: string): Utf8Check {
  let carry: Buffer = Buffer.alloc(0)
  let bytesBefore = 0
  let linesBefore = 0
  const fail = (bytes: Buffer, at: number): never => {
    const line = linesBefore + countNewlines(bytes.subarray(0, at)) + 1
    const found = bytes[at]?.toString(16).toUpperCase().padStart(2, '0')
    throw new SetupError(
      `${what} is not UTF-8: line ${grouped(line)}, byte ${grouped(bytesBefore + at + 1)} of the file is 0x${found}. ` +
        'Save it as "CSV UTF-8", or import it with --encoding windows-1252 if it comes from an older spreadsheet. Nothing was read beyond that place.',
    )
  }
  return {
    push(chunk) {
      const bytes = carry.length === 0 ? chunk : Buffer.concat([carry, chunk])
      if (bytesBefore === 0) refuseOtherKinds(bytes, what)
      const whole = bytes.subarray(0, bytes.length - incompleteTail(bytes))
      if (!isUtf8(whole)) fail(whole, firstInvalid(whole))
      carry = Buffer.from(bytes.subarray(whole.length))
      bytesBefore += whole.length
      linesBefore += countNewlines(whole)
      return whole
    },
    end() {
      if (carry.length > 0) fail(carry, 0)
    },
  }
}

/** What is often taken for a CSV file, told from it by how it begins. */
function refuseOtherKinds(bytes: Buffer, what: string): void {
  const begins = bytes.toString('latin1', 0, 4)
  if (begins.startsWith('PK\u0003\u0004')) {
    throw new SetupError(`${what} is a spreadsheet (or another zip file), not CSV: open it and save it as "CSV UTF-8".`)
  }
  if (begins.startsWith('\u00ff\u00fe') || begins.startsWith('\u00fe\u00ff')) {
    throw new SetupError(`${what} is UTF-16: save it as "CSV UTF-8".`)
  }
}

/** How many bytes at the end begin a character whose rest is still to come: 0 to 3. */
function incompleteTail(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte >= 0xc0) return characterLength(byte) > back ? back : 0
    if (byte < 0x80) return 0
  }
  return 0
}

const characterLength = (lead: number): number => (lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1)

function firstInvalid(bytes: Buffer): number {
  let at = 0
  while (at < bytes.length) {
    const length = characterLength(bytes[at] ?? 0)
    if (!isUtf8(bytes.subarray(at, at + length))) return at
    at += length
  }
  return at
}

function countNewlines(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count++
  return count
}

/**
 * Bytes as text with `\n` at the end of lines that ended in a lone `\r`; a byte order mark is left out.
 *
 * @param what the file, as messages name it
 */
export async function* decode(
  source: AsyncIterable<Buffer>,
  { encoding, what }: { encoding: Encoding; what: string },
): AsyncGenerator<string> {
  const toText = encoding === 'utf-8' ? utf8Decoder(what) : singleByteDecoder()
  let isFirst = true
  let loneReturns = false
  for await (const chunk of source) {
    const text = toText.push(chunk)
    if (isFirst && text !== '') {
      isFirst = false
      loneReturns = text.includes('\r') && !text.includes('\n')
      yield normalise(text.startsWith('\ufeff') ? text.slice(1) : text, loneReturns)
    } else yield normalise(text, loneReturns)
  }
  toText.end()
}

const normalise = (text: string, loneReturns: boolean): string => (loneReturns ? text.replaceAll('\r', '\n') : text)

function utf8Decoder(what: string): { push(chunk: Buffer): string; end(): void } {
  const check = createUtf8Check(what)
  return { push: (chunk) => check.push(chunk).toString('utf8'), end: () => check.end() }
}

function singleByteDecoder(): { push(chunk: Buffer): string; end(): void } {
  const decoder = new TextDecoder('windows-1252')
  return { push: (chunk) => decoder.decode(chunk, { stream: true }), end: () => {} }
}
