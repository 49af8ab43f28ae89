import type { TableSum } from './maker.ts'
import { newHash } from './seal.ts'

/** What is behind the rows of each table. No row is like it: COPY writes a backslash in a value as two. */
export const endOfRows = Buffer.from('\\.\n')
export const lineFeed = 0x0a
/** The longest line that is looked for its end. A row of the log, the longest there is, has some 30 KB. */
const lineBytesMax = 256 * 1024 * 1024

/** Counts and digests the bytes of a table's rows. */
export function createSum(table: string): { add(bytes: Buffer): number; close(): TableSum } {
  const hash = newHash()
  const sum = { rows: 0, bytes: 0 }
  return {
    /** Returns how many rows ended in these bytes. */
    add(bytes) {
      hash.update(bytes)
      const rows = linesIn(bytes)
      sum.rows += rows
      sum.bytes += bytes.length
      return rows
    },
    close: () => ({ table, ...sum, sha256: hash.digest('hex') }),
  }
}

function linesIn(bytes: Buffer): number {
  let lines = 0
  for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, at + 1)) lines += 1
  return lines
}

/**
 * The same bytes, cut behind line ends.
 *
 * @param broken what to throw where the last line has no end, or one is too long
 */
export async function* wholeLines(chunks: AsyncIterable<Buffer>, broken: () => Error): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(lineFeed) + 1
    if (end > 0) yield rest.length === 0 ? chunk.subarray(0, end) : Buffer.concat([rest, chunk.subarray(0, end)])
    rest = end > 0 ? Buffer.from(chunk.subarray(end)) : Buffer.concat([rest, chunk])
    if (rest.length > lineBytesMax) throw broken()
  }
  if (rest.length > 0) throw broken()
}
