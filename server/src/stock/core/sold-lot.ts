import type { HoldLineRequest, PickedLine } from './command.ts'
import { levelKey, lotKey, onHand, type Context } from './context.ts'
import type { Refusal } from './refusal.ts'

/** The SKU that a line is about: of one that names a lot, what the lot is sold as. Undefined where it is not sold by itself. */
export function skuOf({ soldAs }: Pick<Context, 'soldAs'>, { sku, lot }: HoldLineRequest): string | undefined {
  return lot === undefined ? sku : soldAs.get(lotKey(sku, lot))
}

/** A line of a hold that names a lot, as the line of the SKU that the lot is sold as; or why it cannot be held. */
export function lotLine(context: Context, line: HoldLineRequest): HoldLineRequest | Refusal {
  const sku = skuOf(context, line)
  if (sku !== undefined) return { ...line, sku }
  return {
    slug: 'lot-not-offered',
    detail: `Lot ${line.lot} of ${line.sku} is not sold by itself: offer it with /v1/lot-offers, or hold ${line.sku}.`,
    members: { sku: line.sku, lot: line.lot },
  }
}

/**
 * What a till has sold that names a lot: bottles under the SKU that the lot is sold as, where they stand there, and fewer of the lot under the SKU that
 * the till has read.
 */
export function asSold<Line extends PickedLine>(
  context: Context,
  location: string,
  lines: readonly Line[],
): readonly Line[] {
  if (context.soldAs.size === 0) return lines
  return lines.map((line) => {
    const { sku, lot = '', quantity } = line
    const as = context.soldAs.get(lotKey(sku, lot))
    const level = as === undefined ? undefined : context.levels.get(levelKey(as, location))
    if (as === undefined || !level || onHand(level) < quantity || ofLotAt(context, line, location) >= quantity)
      return line
    return { ...line, sku: as }
  })
}

function ofLotAt({ parcels }: Context, { sku, lot }: PickedLine, location: string): number {
  const here = parcels.get(levelKey(sku, location)) ?? []
  return here.reduce((sum, parcel) => (parcel.lot === lot ? sum + parcel.quantity : sum), 0)
}
