import { lotsBehind, type LotQuantity } from './lot.ts'
import type { LevelPart } from './fulfil.ts'
import type { OrderBody, OrderLot } from './order.ts'

interface At {
  readonly sku: string
  readonly location: string
}

/** Lots of bottles that were picked for an order and are still here; each is given out once. */
export function picksOf({ picks, lots }: OrderBody): (at: At, quantity: number) => LotQuantity[] {
  const left = picks.map((pick) => ({ ...pick }))
  const giveOut = ({ sku, location }: At, quantity: number, lot?: string): LotQuantity[] => {
    const given: LotQuantity[] = []
    let wanted = quantity
    for (const pick of left) {
      if (pick.lot === undefined || pick.lot !== (lot ?? pick.lot)) continue
      if (pick.sku !== sku || (pick.location ?? location) !== location) continue
      const part = Math.min(wanted, pick.quantity)
      pick.quantity -= part
      wanted -= part
      if (part > 0) given.push({ lot: pick.lot, quantity: part })
    }
    return given
  }
  for (const out of lots) giveOut(out, out.quantity, out.lot)
  return giveOut
}

/** The lots that left, after more have. */
export function withOut(lots: readonly OrderLot[], parts: readonly LevelPart[]): OrderLot[] {
  const after = [...lots]
  for (const { sku, location, lots: some = [] } of parts) {
    for (const { lot, quantity } of some) {
      const at = after.findIndex((one) => one.sku === sku && one.location === location && one.lot === lot)
      const known = after[at]
      if (known) after[at] = { ...known, quantity: known.quantity + quantity }
      else after.push({ sku, location, lot, quantity, returned: 0 })
    }
  }
  return after
}

/** Lots of bottles that come back, of those sold from a level: the one that is named, or as they left. */
export function lotsBack(lots: readonly OrderLot[], at: At, quantity: number, named?: string): LotQuantity[] {
  const outside = lots
    .filter((one) => one.sku === at.sku && one.location === at.location && one.lot === (named ?? one.lot))
    .map((one) => ({ lot: one.lot, quantity: one.quantity - one.returned }))
  return lotsBehind(outside, 0, quantity)
}

/** The lots that left, after some of them came back. */
export function withBack(lots: readonly OrderLot[], at: At, back: readonly LotQuantity[]): OrderLot[] {
  return lots.map((one) => {
    const isHere = one.sku === at.sku && one.location === at.location
    const came = back.reduce((sum, { lot, quantity }) => (isHere && lot === one.lot ? sum + quantity : sum), 0)
    return came === 0 ? one : { ...one, returned: one.returned + came }
  })
}
