/** Offers kept at most: twice this, some 250 bytes each as JSON, is 16 MB; where they are also read as what they are, twice that again. */
const generationMax = 32_768

/**
 * Something of offers, such as their JSON text, each kept until it changes: a read that is asked again, or sent to many sessions, is made once. Two generations: when
 * the young one is full it becomes the old one, and what was in the old one and not asked for since is forgotten.
 */
export interface Texts<T> {
  get(row: number): T
  forget(row: number): void
  forgetAll(): void
}

/** An empty memory of what `write` makes. */
export function createTexts<T>(write: (row: number) => T, max = generationMax): Texts<T> {
  let young = new Map<number, T>()
  let old = new Map<number, T>()
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
