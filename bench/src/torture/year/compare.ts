import type { Picture, Section } from './picture.ts'

/** Differences of a section that are told; how many more there are is told as well. */
const TOLD = 3

/** What two pictures differ in, as sentences; `names` are what the two are called. A section that one of them lacks is a difference. */
export function differences(a: Picture, b: Picture, names: readonly [string, string]): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].flatMap((name) => {
    const [one, other] = [a.get(name), b.get(name)]
    if (one === undefined || other === undefined) {
      return [`${name}: told by ${one ? names[0] : names[1]} and not by ${one ? names[1] : names[0]}.`]
    }
    return inSection(name, one, other, names)
  })
}

function inSection(name: string, one: Section, other: Section, names: readonly [string, string]): string[] {
  const keys = new Set([...one.keys(), ...other.keys()])
  const differing = [...keys].filter((key) => one.get(key) !== other.get(key))
  const told = differing.slice(0, TOLD).map((key) => {
    const [here, there] = [one.get(key) ?? 'nothing', other.get(key) ?? 'nothing']
    return `${name}: ${key}: ${names[0]} has ${here}, ${names[1]} has ${there}.`
  })
  const more = differing.length - told.length
  return more > 0 ? [...told, `${name}: ${more} more differ.`] : told
}

/** How many lines a picture has. */
export function sizeOf(picture: Picture): number {
  return [...picture.values()].reduce((sum, section) => sum + section.size, 0)
}
