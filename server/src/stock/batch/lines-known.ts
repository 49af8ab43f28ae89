import { levelKey } from '../core/context.ts'

/** What holds and commitments stand on, by their id: it never changes. */
export interface LinesKnown {
  get(id: string): LinesOf | undefined
  set(id: string, lines: LinesOf): void
  clear(): void
}

export type LinesOf = readonly { readonly sku: string; readonly location: string }[]

/** Holds of one generation: to confirm or release one of the last so many costs no look-up before its batch. */
const A_GENERATION = 10_000

/**
 * Keeps the newest ten to twenty thousand in two generations: the older is dropped as a whole. Dropping the oldest one by one from a
 * single map took more of a hold's time than its plan. Holds of one line at one level share what is kept of it.
 */
export function createLinesKnown(): LinesKnown {
  let young = new Map<string, LinesOf>()
  let shared = new Map<string, LinesOf>()
  let old = young
  const clear = () => {
    young = new Map()
    shared = new Map()
  }
  const keep = (lines: LinesOf): LinesOf => {
    const [line, more] = lines
    if (!line || more) return lines.map(({ sku, location }) => ({ sku, location }))
    const key = levelKey(line.sku, line.location)
    const known = shared.get(key)
    if (known) return known
    const kept = [{ sku: line.sku, location: line.location }]
    shared.set(key, kept)
    return kept
  }
  return {
    get: (id) => young.get(id) ?? old.get(id),
    set: (id, lines) => {
      if (young.size >= A_GENERATION) {
        old = young
        clear()
      }
      young.set(id, keep(lines))
    },
    clear: () => {
      clear()
      old = young
    },
  }
}
