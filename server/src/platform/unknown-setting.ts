import { brand } from '@cellarhand/protocol/brand'

const prefix = brand.envPrefix

/** Variables with our prefix that are not settings of the server: for its tests, and for tools beside it. */
const foreign = [`${prefix}TEST_`, `${prefix}SHARED`]

/** The first variable that begins as ours do and is none of those known, with the one that it is most like; undefined where there is none. */
export function unknownSetting(
  env: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
): { readonly name: string; readonly nearest: string | undefined } | undefined {
  const name = Object.keys(env).find(
    (one) => one.startsWith(prefix) && !known.includes(one) && !foreign.some((start) => one.startsWith(start)),
  )
  if (name === undefined) return undefined
  return { name, nearest: known.toSorted((a, b) => editDistance(name, a) - editDistance(name, b))[0] }
}

/** Levenshtein's distance: how many letters to insert, drop or change. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of a.split('').entries()) {
    const next = [i + 1]
    for (const [j, other] of b.split('').entries()) {
      const change = (row[j] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
