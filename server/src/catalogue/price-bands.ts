/** Steps between round amounts: 10, 15, 20, 25, 30, 40, 50, 60, 80, 100. */
const roundSteps = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8]
/** From ten minor units to AMOUNT_MAX. */
const powers = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]

/** Amounts in minor units that look round in any currency, since its minor unit is a power of ten of it. In ascending order. */
export const roundAmounts: readonly number[] = powers.flatMap((power) => roundSteps.map((step) => step * 10 ** power))

/** The parts of the wines, by price, at which bands are divided: each then has about a fifth of them. */
export const bandQuantiles: readonly number[] = [0.2, 0.4, 0.6, 0.8]
