/** Who trades: how much in the year, from which seed, and which wines. */
export interface Merchant {
  readonly seed: number
  readonly movements: number
  readonly skus: readonly string[]
  readonly hands: readonly Hand[]
}

/**
 * Somebody who does one thing after the other, over SKUs that nobody else touches: so all hands may work at once, in any order among them, and the
 * year comes out the same.
 */
export interface Hand {
  readonly name: string
  readonly seed: number
  readonly skus: readonly string[]
}

/** A SKU moves some hundred times in a year; fewer SKUs than the least would be no merchant, more than the most only take longer. */
const MOVEMENTS_A_SKU = 300
const SKUS_LEAST = 48
const SKUS_MOST = 1_000
/** So many SKUs keep a hand's commands long; so many hands keep the server's transactions full, and fewer leave it waiting for its disk. */
const SKUS_A_HAND = 60
const HANDS_LEAST = 4
const HANDS_MOST = 16

const within = (value: number, least: number, most: number) => Math.min(most, Math.max(least, Math.round(value)))

/** A merchant whose year has about so many movements. */
export function createMerchant({ seed, movements }: { seed: number; movements: number }): Merchant {
  const count = within(movements / MOVEMENTS_A_SKU, SKUS_LEAST, SKUS_MOST)
  const handCount = within(count / SKUS_A_HAND, HANDS_LEAST, HANDS_MOST)
  const skus = Array.from({ length: count }, (_, index) => `Y-${String(index + 1).padStart(4, '0')}`)
  const hands = Array.from({ length: handCount }, (_, hand) => ({
    name: `hand${hand + 1}`,
    seed: (seed * HANDS_MOST + hand) >>> 0,
    skus: skus.filter((_sku, index) => index % handCount === hand),
  }))
  return { seed, movements, skus, hands }
}

/** Commands of the tool that make the merchant's places, those of a list in any order. */
export const places: readonly (readonly (readonly string[])[])[] = [
  [
    ['location', 'shop', '--name', 'Shop', '--kind', 'shop'],
    ['location', 'warehouse', '--name', 'Warehouse', '--kind', 'warehouse'],
    ['location', 'bond', '--name', 'Bonded store', '--kind', 'bonded', '--duty', 'in_bond'],
  ],
  [
    ['channel', 'web', '--name', 'Web shop', '--currency', 'EUR', '--locations', 'shop,warehouse'],
    ['channel', 'trade', '--name', 'Trade', '--currency', 'EUR', '--locations', 'bond', '--duty', 'in_bond'],
  ],
]

/** The merchant's wines and first prices, as a file for `import catalogue`. */
export function catalogueCsv({ skus }: Merchant): string {
  const rows = skus.map((sku, index) => {
    const price = (7 + (index % 90)).toFixed(2)
    return [sku, `Estate ${index % 40}`, `Wine ${index}`, 2005 + (index % 18), 750, price, price].join(',')
  })
  return ['sku,producer,wine,vintage,format_ml,price:web,price:trade', ...rows, ''].join('\n')
}
