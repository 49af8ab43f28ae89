/** Bottles that have a cost, and what they cost together, in minor units of one currency. */
export interface Valued {
  readonly currency: string
  readonly bottles: number
  readonly amountMinor: bigint
}

/**
 * What bottles are worth by one method. Those without a cost are counted and have no value; below zero they are bottles that went and never came. All
 * valued and the unvalued together are the bottles there are.
 */
export interface Figures {
  /** in the order of currencies */
  readonly values: readonly Valued[]
  readonly unvalued: number
}

export const noFigures: Figures = { values: [], unvalued: 0 }

/** Bottles of one currency. */
type Part = Omit<Valued, 'currency'>

/** Figures of so many bottles, of which these have a cost. */
export function figuresOf(bottles: number, valued: Iterable<Valued>): Figures {
  const sums = new Map<string, Part>()
  for (const { currency, ...part } of valued) sums.set(currency, plus(sums.get(currency), part))
  const values = [...sums]
    .map(([currency, part]) => ({ currency, ...part }))
    .filter((one) => one.bottles !== 0 || one.amountMinor !== 0n)
    .toSorted((a, b) => (a.currency < b.currency ? -1 : 1))
  return { values, unvalued: values.reduce((left, one) => left - one.bottles, bottles) }
}

function plus(sum: Part | undefined, { bottles, amountMinor }: Part): Part {
  return { bottles: (sum?.bottles ?? 0) + bottles, amountMinor: (sum?.amountMinor ?? 0n) + amountMinor }
}

/** All bottles that figures tell of. */
export function bottlesOf({ values, unvalued }: Figures): number {
  return values.reduce((bottles, one) => bottles + one.bottles, unvalued)
}

/** Figures of several together. */
export function together(all: readonly Figures[]): Figures {
  const bottles = all.reduce((sum, figures) => sum + bottlesOf(figures), 0)
  return figuresOf(
    bottles,
    all.flatMap(({ values }) => values),
  )
}
