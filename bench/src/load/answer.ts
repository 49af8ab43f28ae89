const headEnd = Buffer.from('\r\n\r\n')
// Fastify writes its headers in lower case, Node its own in capitals.
const lengthNames = [Buffer.from('\r\ncontent-length: '), Buffer.from('\r\nContent-Length: ')]
const zero = 48
const colonless = 9

/** An HTTP/1.1 answer's length in bytes, head and body; undefined while its head is not all there. Throws for one without a length. */
export function answerLength(bytes: Buffer): number | undefined {
  const end = bytes.indexOf(headEnd)
  if (end === -1) return undefined
  for (const name of lengthNames) {
    const at = bytes.indexOf(name)
    if (at !== -1 && at < end) return end + headEnd.length + digitsAt(bytes, at + name.length)
  }
  throw new Error(`an answer without a length: ${bytes.toString('latin1', 0, Math.min(end, 200))}`)
}

function digitsAt(bytes: Buffer, from: number): number {
  let value = 0
  for (let at = from; at < bytes.length; at++) {
    const digit = (bytes[at] ?? 0) - zero
    if (digit < 0 || digit > 9) break
    value = value * 10 + digit
  }
  return value
}

/** The status of an answer of which at least the first line is there. */
export function statusOf(bytes: Buffer): number {
  return digitsAt(bytes.subarray(colonless, colonless + 3), 0)
}
