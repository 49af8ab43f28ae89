import { createHash, type Hash } from 'node:crypto'

// A file ends with its seal: an empty gzip member whose comment is the SHA-256 of every byte before it. gzip's own checksum leaves out
// its header and the bits between the last one and the next byte, and a decompressor may ignore what follows; the seal covers all, and whether it
// is there tells a torn file from a damaged one. To every tool that reads gzip it is nothing.

/** gzip, deflate, with a comment; no time, no system. */
const before = Buffer.from([0x1f, 0x8b, 8, 0x10, 0, 0, 0, 0, 0, 0xff])
/** The comment's end; an empty last block; no checksum and no length, as of nothing. */
const after = Buffer.from([0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0])
const digestChars = 64

/** Bytes of a seal. */
export const sealBytes = before.length + digestChars + after.length

export const newHash = (): Hash => createHash('sha256')

/** The seal of a file whose bytes so far are in `hash`. */
export const sealOf = (hash: Hash): Buffer => Buffer.concat([before, Buffer.from(hash.digest('hex'), 'latin1'), after])

/** The digest that a seal carries, or undefined where the bytes are none. */
export function digestIn(bytes: Buffer): string | undefined {
  if (bytes.length !== sealBytes) return undefined
  const digest = bytes.subarray(before.length, before.length + digestChars).toString('latin1')
  const isSeal =
    bytes.subarray(0, before.length).equals(before) &&
    bytes.subarray(before.length + digestChars).equals(after) &&
    /^[0-9a-f]{64}$/.test(digest)
  return isSeal ? digest : undefined
}

/** Passes bytes through and puts their seal behind them. */
export async function* sealed(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const hash = newHash()
  for await (const chunk of bytes) {
    hash.update(chunk)
    yield chunk
  }
  yield sealOf(hash)
}
