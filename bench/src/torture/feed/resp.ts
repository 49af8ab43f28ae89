/** A command as Redis is told it: an array of bulk strings. */
export function request(parts: readonly string[]): string {
  return `*${parts.length}\r\n${parts.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('')}`
}

/** Reads what Redis says to a subscriber, in whatever pieces it comes: arrays of bulk strings. Other answers are passed over. */
export function createReader(onArray: (parts: readonly string[]) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0)
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    for (let read = readOne(rest); read !== undefined; read = readOne(rest)) {
      rest = rest.subarray(read.length)
      if (read.parts) onArray(read.parts)
    }
  }
}

interface Read {
  /** bytes it took */
  readonly length: number
  readonly parts?: readonly string[]
}

/** Undefined where it is not whole yet. */
function readOne(bytes: Buffer): Read | undefined {
  const end = bytes.indexOf('\r\n')
  if (end < 0) return undefined
  if (bytes[0] !== STAR) return { length: end + 2 }
  const count = Number(bytes.subarray(1, end).toString())
  const parts: string[] = []
  let at = end + 2
  for (let index = 0; index < count; index++) {
    const headEnd = bytes.indexOf('\r\n', at)
    if (headEnd < 0) return undefined
    const isBulk = bytes[at] === DOLLAR
    const size = isBulk ? Number(bytes.subarray(at + 1, headEnd).toString()) : 0
    const next = isBulk ? headEnd + 2 + size + 2 : headEnd + 2
    if (next > bytes.length) return undefined
    parts.push(isBulk ? bytes.subarray(headEnd + 2, headEnd + 2 + size).toString() : '')
    at = next
  }
  return { length: at, parts }
}

const STAR = 0x2a
const DOLLAR = 0x24
