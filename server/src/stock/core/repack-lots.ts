import type { Contents } from '@cellarhand/protocol/repack'
import { must } from '../../platform/must.ts'
import type { LotDetails, QuantityLine } from './command.ts'
import type { LotRecord } from './context.ts'
import type { Draft } from './draft.ts'
import type { Ask } from './effect.ts'
import { lotBy, openLot, type LotQuantity } from './lot.ts'

/** A lot that broken units were of, and how many bottles one of them held: its cost is theirs alike. */
interface Origin {
  readonly lot: LotRecord
  readonly each: number
}

/** Bottles on the table, of one wine, vintage and format and of one lot, or of none. */
interface Loose {
  readonly origin: Origin | undefined
  bottles: number
}

/** Bottles on the table, by wine, vintage and format, in the order in which they are taken from it. */
export type Table = ReadonlyMap<string, readonly Loose[]>

/** Bottles of one origin in a built unit. */
interface Part {
  readonly origin: Origin | undefined
  readonly bottles: number
}

/** What identifies bottles whatever case they come in. */
export function kindOf({ wine, vintage, formatMl }: Omit<Contents['bottles'][number], 'bottles'>): string {
  return `${wine} ${vintage} ${formatMl}`
}

/** Lays out what was broken, with the lots that it was of: what is of no lot is taken last. */
export function layOut(
  draft: Draft,
  broken: readonly (QuantityLine & { readonly lots: readonly LotQuantity[] })[],
  contentsOf: (sku: string) => Contents,
): Table {
  const table = new Map<string, Loose[]>()
  const lay = (sku: string, units: number, lot: LotRecord | undefined) => {
    const { bottles: inside } = contentsOf(sku)
    const origin = lot && { lot, each: sum(inside.map(({ bottles }) => bottles)) }
    for (const one of inside) {
      const [kind, bottles] = [kindOf(one), units * one.bottles]
      if (bottles > 0) table.set(kind, [...(table.get(kind) ?? []), { origin, bottles }])
    }
  }
  for (const { sku, lots } of broken) {
    // A lot that came in this very batch may not have been read: then this throws, and the command is decided again by itself.
    for (const { lot, quantity } of lots) lay(sku, quantity, must(lotBy(draft, sku, lot), `lot ${lot} of ${sku}`))
  }
  for (const { sku, quantity, lots } of broken) lay(sku, quantity - sum(lots.map((lot) => lot.quantity)), undefined)
  return table
}

/** Builds so many of a SKU of what lies on the table. Returns the lots they are of; what is left is of none. */
export function buildLots(
  draft: Draft,
  ask: Ask,
  table: Table,
  { sku, quantity }: QuantityLine,
  contents: Contents,
): LotQuantity[] {
  const lots = new Map<string, number>()
  for (let left = quantity; left > 0;) {
    const { parts, units } = takeUnits(table, contents, left)
    const lot = lotOfParts(draft, ask, sku, parts)
    if (lot !== undefined) lots.set(lot, (lots.get(lot) ?? 0) + units)
    left -= units
  }
  return [...lots].map(([lot, units]) => ({ lot, quantity: units }))
}

/** Takes the next units that are alike from the table: as many as there are of the same parts, no more than `most`. */
function takeUnits(table: Table, contents: Contents, most: number): { parts: Part[]; units: number } {
  const wanted = contents.bottles.map((one) => ({
    each: one.bottles,
    piles: (table.get(kindOf(one)) ?? []).filter(({ bottles }) => bottles > 0),
  }))
  const alike = wanted.map(({ each, piles }) => Math.floor((piles[0]?.bottles ?? 0) / each))
  const units = Math.max(1, Math.min(most, ...alike))
  const parts: Part[] = []
  for (const { each, piles } of wanted) {
    let needed = each
    for (const pile of piles) {
      const bottles = Math.min(needed, pile.bottles)
      if (bottles === 0) break
      parts.push({ origin: pile.origin, bottles })
      pile.bottles -= bottles * units
      needed -= bottles
    }
    must(needed === 0, 'bottles for a unit of a repack that comes out even')
  }
  return { parts, units }
}

/**
 * The lot of a unit: of bottles of one lot the same, so that its number goes with the bottles; of bottles of several, or of some that are of none,
 * one of its own.
 */
function lotOfParts(draft: Draft, ask: Ask, sku: string, parts: readonly Part[]): string | undefined {
  const origins = [...new Map(parts.flatMap(({ origin }) => (origin ? [[origin.lot, origin]] : []))).values()]
  const [first] = origins
  if (!first) return undefined
  const { openedAtUs, ...details } = mergedOf(
    origins.map(({ lot }) => lot),
    parts,
  )
  const isWhole = origins.length === 1 && parts.every(({ origin }) => origin !== undefined)
  const known = isWhole ? lotBy(draft, sku, first.lot.id) : undefined
  const isSame = isWhole && (!known || costsAlike(known, details, sum(parts.map(({ bottles }) => bottles))))
  return openLot(draft, ask, sku, isSame ? { ...details, id: first.lot.id } : details, openedAtUs)
}

/**
 * Whether a lot that is known by the number costs what the built unit does, but for what divisions have left: less than a minor unit for each of its
 * bottles. Were another cost taken for it, a repack would make money or lose it.
 */
function costsAlike(known: LotRecord, { costMinor, currency }: LotDetails, bottles: number): boolean {
  if (known.costMinor === undefined || costMinor === undefined) return known.costMinor === costMinor
  return known.currency === currency && Math.abs(known.costMinor - costMinor) < bottles
}

/** What is known of bottles of some lots together: what is said alike of all of them, the earliest last year, the age of the oldest, the cost of all. */
function mergedOf(lots: readonly LotRecord[], parts: readonly Part[]): LotDetails & { readonly openedAtUs: number } {
  const isAll = parts.every(({ origin }) => origin !== undefined)
  const alike = <Value>(of: (lot: LotRecord) => Value) => {
    const values = new Set(lots.map(of))
    return isAll && values.size === 1 ? [...values][0] : undefined
  }
  const years = lots.flatMap(({ drinkBy }) => drinkBy ?? [])
  const currency = alike((lot) => lot.currency)
  const costMinor = currency === undefined ? undefined : costOf(parts)
  const [supplier, condition, provenance] = [
    alike((lot) => lot.supplier),
    alike((lot) => lot.condition),
    alike((lot) => lot.provenance),
  ]
  return {
    openedAtUs: Math.min(...lots.map((lot) => lot.openedAtUs)),
    ...(supplier === undefined ? {} : { supplier }),
    ...(costMinor === undefined || currency === undefined ? {} : { costMinor, currency }),
    ...(condition === undefined ? {} : { condition }),
    ...(provenance === undefined ? {} : { provenance }),
    ...(years.length === 0 ? {} : { drinkBy: Math.min(...years) }),
  }
}

/** What the bottles of a unit cost, each its share of the unit it came out of, rounded once to the nearest minor unit; undefined where some have no cost. */
function costOf(parts: readonly Part[]): number | undefined {
  let [cost, of] = [0n, 1n]
  for (const { origin, bottles } of parts) {
    if (origin?.lot.costMinor === undefined) return undefined
    const each = BigInt(origin.each)
    cost = cost * each + BigInt(origin.lot.costMinor) * BigInt(bottles) * of
    of *= each
  }
  return Number((2n * cost + of) / (2n * of))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
