/** Where in some bytes the next message lies. Changed in place: a reader that makes one for each message has a hundred thousand a second to clear away. */
export interface Found {
  /** the first byte of the message, and the one behind its last */
  from: number
  to: number
  /** where what follows it begins */
  next: number
  /** of WebSocket: what kind of frame it is */
  opcode: number
}

/** Finds the message that begins at `at`; false while not all of it is there. */
export type Framing = (bytes: Buffer, at: number, end: number, found: Found) => boolean

/** Opcodes of WebSocket frames (RFC 6455, 5.2) that a reader has to tell from text. */
export const opcodes = { text: 1, close: 8, ping: 9, pong: 10 } as const

const twoBytes = 126
const eightBytes = 127
const twoTo32 = 4_294_967_296

/** Frames of a WebSocket server, which never masks them. */
export const webSocketFraming: Framing = (bytes, at, end, found) => {
  if (end - at < 2) return false
  let length = (bytes[at + 1] ?? 0) & 0x7f
  let from = at + 2
  if (length === twoBytes) {
    if (end - at < 4) return false
    length = bytes.readUInt16BE(at + 2)
    from = at + 4
  } else if (length === eightBytes) {
    if (end - at < 10) return false
    length = bytes.readUInt32BE(at + 2) * twoTo32 + bytes.readUInt32BE(at + 6)
    from = at + 10
  }
  if (end - from < length) return false
  found.opcode = (bytes[at] ?? 0) & 0x0f
  found.from = from
  found.to = from + length
  found.next = found.to
  return true
}

const carriageReturn = 13

/** Chunks of an HTTP/1.1 answer that goes on, as servers of Server-Sent Events send them: one for each piece that was written. */
export const chunkFraming: Framing = (bytes, at, end, found) => {
  let length = 0
  let digit = at
  for (; digit < end && bytes[digit] !== carriageReturn; digit++) {
    length = length * 16 + Number.parseInt(String.fromCharCode(bytes[digit] ?? 0), 16)
  }
  const from = digit + 2
  if (from > end || end - from < length + 2) return false
  found.opcode = opcodes.text
  found.from = from
  found.to = from + length
  found.next = found.to + 2
  return true
}

/** A frame of a WebSocket client. It has to have a mask, and zeros are one: there is nothing between us that could be misled. */
export function clientFrame(text: string, opcode: number = opcodes.text): Buffer {
  const payload = Buffer.from(text)
  if (payload.length > 0xffff) throw new RangeError('a frame of a client of the bench has at most 64 KB')
  const isShort = payload.length < twoBytes
  const head = Buffer.alloc(isShort ? 6 : 8)
  head[0] = 0x80 | opcode
  head[1] = 0x80 | (isShort ? payload.length : twoBytes)
  if (!isShort) head.writeUInt16BE(payload.length, 2)
  return Buffer.concat([head, payload])
}
