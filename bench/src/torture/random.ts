/** Choices from a seed: the same seed makes the same ones. */
export interface Random {
  /** A whole number from 0 and below `bound`. */
  below(bound: number): number
  pick<T>(list: readonly T[]): T
  /** One of the names, each as often as its weight says. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name
  shuffled<T>(list: readonly T[]): T[]
}

/** The generator is mulberry32: 32 bits of state, even enough to choose by. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const below = (bound: number) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound
  }
  const pick = <T>(list: readonly T[]) => {
    if (list.length === 0) throw new RangeError('nothing to choose from')
    return list[below(list.length)] as T
  }
  return {
    below,
    pick,
    weighted: <Name extends string>(weights: Readonly<Record<Name, number>>) => {
      const names = Object.keys(weights) as Name[]
      let left = below(names.reduce((sum, name) => sum + weights[name], 0))
      return names.find((name) => (left -= weights[name]) < 0) ?? pick(names)
    },
    shuffled: (list) => {
      const from = [...list]
      return list.map(() => from.splice(below(from.length), 1)[0] as (typeof list)[number])
    },
  }
}
