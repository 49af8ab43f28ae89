import { randomBytes as systemRandomBytes } from 'node:crypto'

/** The time, as a door: milliseconds since 1970 in UTC. */
export type Clock = { readonly nowMs: () => number }

/** New identifiers, as a door: UUIDs as text, sortable by when they were made. */
export type Ids = { readonly newId: () => string }

/** The machine's clock. */
export const systemClock: Clock = { nowMs: () => Date.now() }

const randomPerId = 10

/** Random bytes for so many ids are asked for at once: asking for each took more of a hold's time than deciding it. */
function pooledRandom(ids: number): () => Uint8Array {
  let pool = new Uint8Array(0)
  let at = 0
  return () => {
    if (at === pool.length) {
      pool = systemRandomBytes(ids * randomPerId)
      at = 0
    }
    at += randomPerId
    return pool.subarray(at - randomPerId, at)
  }
}

const nextRandom = pooledRandom(256)

/** Identifiers from the machine's clock and randomness. */
export const systemIds: Ids = { newId: () => newId(Date.now(), nextRandom()) }

/**
 * A UUID of version 7 (RFC 9562, 5.7) as 36 characters of text: 48 bits of time, then 74 random bits. In time order, so that new rows land on
 * the same pages of an index.
 *
 * @param nowMs milliseconds since 1970, a whole number
 * @param random at least 10 random bytes
 */
export function newId(nowMs: number, random: Uint8Array): string {
  if (random.length < 10) throw new RangeError(`an id needs 10 random bytes and got ${random.length}`)
  const bytes = Buffer.alloc(16)
  bytes.writeUIntBE(nowMs, 0, 6)
  bytes.set(random.subarray(0, 10), 6)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
