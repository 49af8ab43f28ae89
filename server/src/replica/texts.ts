/** Offers kept as JSON at most: twice this, some 250 bytes each, is 16 MB. */
const generationMax = 32_768

/**
 * Offers as JSON text, each kept until it changes: a read that is asked again, or sent to many sessions, is serialised once. Two generations: when
 * the young one is full it becomes the old one, and what was in the old one and not asked for since is forgotten.
 */
export interface Texts {
  get(row: number): string
  forget(row: number): void
  forgetAll(): void
}

/** An empty memory of texts that `write` makes. */
export function createTexts(write: (row: number) => string, max = generationMax): Texts {
  let young = new Map<number, string>()
  let old = new Map<number, string>()
  return {
    get(row) {
      const known = young.get(row)
      if (known !== undefined) return known
      const text = old.get(row) ?? write(row)
      if (young.size >= max) {
        old = young
        young = new Map()
      }
      young.set(row, text)
      return text
    },
    forget(row) {
      young.delete(row)
      old.delete(row)
    },
    forgetAll() {
      young = new Map()
      old = new Map()
    },
  }
}
