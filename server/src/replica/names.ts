import { must } from '../platform/must.ts'

/** Texts as small numbers: each text is kept once, and tables refer to it by its number. Nothing is ever forgotten. */
export interface Names {
  /** how many the column that refers to them can tell apart */
  readonly max: number
  readonly numbers: Map<string, number>
  readonly texts: string[]
}

/** No names yet, and at most `max`. */
export function createNames(max: number): Names {
  return { max, numbers: new Map(), texts: [] }
}

/** The number of a text, new if it has none. Numbers count from 0. */
export function intern(names: Names, text: string): number {
  const known = names.numbers.get(text)
  if (known !== undefined) return known
  const number = names.texts.length
  must(number < names.max, `at most ${names.max} names, and ${text} is one more`)
  names.texts.push(text)
  names.numbers.set(text, number)
  return number
}

/** The text of a number that `intern` gave. */
export function textOf(names: Names, number: number): string {
  return names.texts[number] as string
}
