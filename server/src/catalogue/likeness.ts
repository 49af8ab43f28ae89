/**
 * How alike two folded words are, 1 being the same: the edits between them, as written or as a French speaker says them, whichever are fewer. People write
 * "margo" for Margaux and "rone" for Rhône, which have half their letters in common.
 */
export function likeness(a: string, b: string): number {
  return Math.max(closeness(a, b), closeness(sound(a), sound(b)) - soundPenalty)
}

/** Sounding alike is a little less than being written alike. */
const soundPenalty = 0.05

const closeness = (a: string, b: string): number => 1 - edits(a, b) / Math.max(a.length, b.length, 1)

const sounds: readonly (readonly [RegExp, string])[] = [
  [/(eaux|eau|aux|au|ault|aud)/g, 'o'],
  [/ph/g, 'f'],
  [/[sc]h/g, 's'],
  [/qu|k|ck/g, 'c'],
  [/y/g, 'i'],
  [/([rt])h/g, '$1'],
  [/(ille|ilh)/g, 'i'],
  [/[tdsxz]+$/, ''],
  [/(.)\1+/g, '$1'],
]

/** A word as it is said, roughly. */
function sound(word: string): string {
  return sounds.reduce((said, [letters, as]) => said.replace(letters, as), word)
}

/** Letters to insert, leave out, change, or swap with a neighbour (optimal string alignment). */
function edits(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const change = a[row - 1] === b[column - 1] ? 0 : 1
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      current[column] = Math.min(
        at(above, column) + 1,
        at(current, column - 1) + 1,
        at(above, column - 1) + change,
        swapped ? at(before, column - 2) + 1 : Infinity,
      )
    }
    before = above
    above = current
  }
  return at(above, b.length)
}

const at = (row: readonly number[], column: number): number => row[column] ?? Infinity
