import type { WorldAccount } from './accounts.ts'
import type { PickedLine } from './command.ts'
import { draftLevel, move, type Draft } from './draft.ts'
import { refuse, type Decision } from './effect.ts'
import { lotRefusal, lotsOf, type LotQuantity } from './lot.ts'
import { draw } from './parcels.ts'

/** What has left, by SKU, as the lots it was of; or why it cannot. */
export type Departed =
  | { readonly kind: 'departed'; readonly lots: ReadonlyMap<string, readonly LotQuantity[]> }
  | { readonly kind: 'refused'; readonly refusal: Decision }

/** Takes lines from what is available at a location: the lots that are named, or else the oldest to drink. */
export function depart(draft: Draft, location: string, lines: readonly PickedLine[], to: WorldAccount): Departed {
  const lots = new Map<string, readonly LotQuantity[]>()
  for (const { sku, quantity, lot, bin } of lines) {
    const level = draftLevel(draft, sku, location)
    if (level.available < quantity) {
      const detail = `Of ${sku} ${quantity} were asked for and ${level.available} are available at ${location}.`
      const members = { lines: [{ sku, requested: quantity, available: level.available }] }
      return { kind: 'refused', refusal: refuse('insufficient-stock', detail, members) }
    }
    const refusal = lotRefusal(draft, level, lot, quantity)
    if (refusal) return { kind: 'refused', refusal }
    const drawn = draw(draft, level, quantity, { lot, bin })
    lots.set(sku, [...(lots.get(sku) ?? []), ...lotsOf(drawn)])
    move(draft, level, 'available', to, quantity)
  }
  return { kind: 'departed', lots }
}
