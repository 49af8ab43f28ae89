import type { LotDetails } from './command.ts'
import { lotKey, type LevelState, type LotRecord } from './context.ts'
import type { Draft } from './draft.ts'
import { refuse, type Ask, type Decision } from './effect.ts'
import { ofLot, type Drawn } from './parcels.ts'

/** Makes a lot, or finds the one that is known by its id. Returns the lot's id. One that is made of another is as old as that. */
export function openLot(draft: Draft, ask: Ask, sku: string, details: LotDetails, openedAtUs = ask.atUs): string {
  const id = details.id ?? `L${ask.entry}-${draft.lots.length + 1}`
  if (lotBy(draft, sku, id)) return id
  const { supplier, costMinor, currency, condition, provenance, drinkBy } = details
  const record: LotRecord = {
    id,
    sku,
    openedAtUs,
    supplier,
    costMinor,
    currency,
    condition,
    provenance,
    drinkBy,
  }
  draft.lots.push(record)
  return id
}

/** A lot of a SKU, where it is known or has just been made. */
export function lotBy(draft: Draft, sku: string, id: string): LotRecord | undefined {
  return draft.lots.find((lot) => lot.sku === sku && lot.id === id) ?? draft.context.lots.get(lotKey(sku, id))
}

/** Why so many of a lot cannot be taken from a level, if they cannot. */
export function lotRefusal(
  draft: Draft,
  level: LevelState,
  lot: string | undefined,
  quantity: number,
): Decision | undefined {
  if (lot === undefined) return undefined
  const there = ofLot(draft, level, lot)
  if (there >= quantity) return undefined
  return refuse(
    'not-in-lot',
    `Of ${level.sku} at ${level.location} ${there} are of lot ${lot}, fewer than ${quantity}.`,
    {
      sku: level.sku,
      lot,
      requested: quantity,
      there,
    },
  )
}

export interface LotQuantity {
  readonly lot: string
  readonly quantity: number
}

/** Lots of bottles that leave together, and stay lots where they come to. */
export function lotsOf(drawn: readonly Drawn[]): LotQuantity[] {
  const sums = new Map<string, number>()
  for (const { lot, quantity } of drawn) if (lot !== '') sums.set(lot, (sums.get(lot) ?? 0) + quantity)
  return [...sums].map(([lot, quantity]) => ({ lot, quantity }))
}

/** Of bottles that left together: the lots of so many, after the first `skip`. Those of no lot come last. */
export function lotsBehind(lots: readonly LotQuantity[], skip: number, quantity: number): LotQuantity[] {
  const found: LotQuantity[] = []
  let [passed, left] = [skip, quantity]
  for (const one of lots) {
    const part = Math.min(left, Math.max(0, one.quantity - passed))
    passed = Math.max(0, passed - one.quantity)
    left -= part
    if (part > 0) found.push({ lot: one.lot, quantity: part })
  }
  return found
}
