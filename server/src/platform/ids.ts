import { randomBytes as systemRandomBytes } from 'node:crypto'

/** The time, as a door: milliseconds since 1970 in UTC. */
export type Clock = { readonly nowMs: () => number }

/** New identifiers, as a door: UUIDs as text, sortable by when they were made. */
export type Ids = { readonly newId: () => string }

/** The machine's clock. */
export const systemClock: Clock = { nowMs: () => Date.now() }

const randomPerId = 10

/** Random bytes for so many ids are asked for at once: asking for each took more of a hold's time than deciding it. */
function pooledRandom(ids: number): () => Buffer {
  let pool = Buffer.alloc(0)
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

const variants = '89ab'

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
  if (random.length < randomPerId) throw new RangeError(`an id needs 10 random bytes and got ${random.length}`)
  const bytes = Buffer.isBuffer(random) ? random : Buffer.from(random)
  const time = nowMs.toString(16).padStart(12, '0')
  const hex = bytes.toString('hex', 0, randomPerId)
  // The version's digit stands for the first random one; the variant keeps two bits of the fifth.
  const variant = variants.charAt(bytes.readUInt8(2) >> 6)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(1, 4)}-${variant}${hex.slice(5, 8)}-${hex.slice(8)}`
}
