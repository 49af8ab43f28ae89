import { SetupError } from '../platform/setup-error.ts'
import { grouped } from './text.ts'

/** Keys one file may hold: 16 bytes each, so that a file of any size is read in bounded memory (some 130 MB for the most). */
const keysMax = 4_000_000
const firstCapacity = 4_096
/** Words of 32 bits a key takes: its hash (two), its content's hash, its line. */
const stride = 4

/** What a file has said of a key before: nothing, the same, or something else, on that line. */
export type Sighting = 'new' | { readonly line: number; readonly same: boolean }

/** Remembers the keys of a file, the first line of each and a hash of what that line said; not the texts. */
export interface Seen {
  note(key: string, content: string, line: number): Sighting
}

/**
 * An open-addressing table of 64-bit hashes. Two keys out of a million are mistaken for one another once in 37 million files.
 */
export function createSeen(): Seen {
  let slots = new Uint32Array(firstCapacity * stride)
  let size = 0
  return {
    note(key, content, line) {
      const high = hash(key, 0x811c9dc5) || 1
      const low = hash(key, 0x9747b28c)
      const found = find(slots, high, low)
      if (slots[found] !== 0) {
        return { line: slots[found + 3] ?? 0, same: slots[found + 2] === hash(content, 0x811c9dc5) }
      }
      slots.set([high, low, hash(content, 0x811c9dc5), line], found)
      size++
      if (size > keysMax) {
        throw new SetupError(
          `The file names more than ${grouped(keysMax)} different things. What came before line ${grouped(line)} is in: put the rest into a second file.`,
        )
      }
      if (size * stride * 2 > slots.length) slots = doubled(slots)
      return 'new'
    },
  }
}

/** Where a key stands, or the free slot where it would. */
function find(slots: Uint32Array, high: number, low: number): number {
  let at = ((low >>> 0) * stride) % slots.length
  while (slots[at] !== 0 && (slots[at] !== high || slots[at + 1] !== low)) at = (at + stride) % slots.length
  return at
}

function doubled(slots: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(slots.length * 2)
  for (let at = 0; at < slots.length; at += stride) {
    if (slots[at] !== 0) larger.set(slots.subarray(at, at + stride), find(larger, slots[at] ?? 0, slots[at + 1] ?? 0))
  }
  return larger
}

/** FNV-1a over UTF-16 units, finished by murmur3's mixer so that near keys lie far apart. */
function hash(text: string, seed: number): number {
  let value = seed
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}
