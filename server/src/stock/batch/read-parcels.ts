import type pg from 'pg'
import { levelKey, lotKey, type LotRecord } from '../core/context.ts'
import type { ParcelState } from '../core/parcels.ts'

/** By level key; a level without parcels has none, and is known to have none. */
export function parcelsOf(
  keys: readonly string[],
  result: pg.QueryResult | undefined,
): Map<string, readonly ParcelState[]> {
  const parcels = new Map<string, ParcelState[]>(keys.map((key) => [key, []]))
  type Columns = {
    sku: string
    location: string
    lot: string
    bin: string
    quantity: number
    drink_by: number | null
    opened_at_us: number | null
  }
  for (const row of (result?.rows ?? []) as Columns[]) {
    const { lot, bin, quantity, drink_by: drinkBy, opened_at_us: openedAtUs } = row
    parcels.get(levelKey(row.sku, row.location))?.push({ lot, bin, quantity, drinkBy, openedAtUs })
  }
  return parcels
}

/** The lot's id of a `lotKey`. */
export function idOfLot(key: string): string {
  return key.slice(0, key.indexOf('@'))
}

/** By `lotKey`. */
export function lotsOf(...results: readonly (pg.QueryResult | undefined)[]): Map<string, LotRecord> {
  type Columns = {
    id: string
    sku: string
    opened_at_us: number
    supplier: string | null
    cost_minor: number | null
    currency: string | null
    condition: string | null
    provenance: string | null
    drink_by: number | null
  }
  return new Map(
    (results.flatMap((result) => result?.rows ?? []) as Columns[]).map((row) => [
      lotKey(row.sku, row.id),
      {
        id: row.id,
        sku: row.sku,
        openedAtUs: row.opened_at_us,
        supplier: row.supplier ?? undefined,
        costMinor: row.cost_minor ?? undefined,
        currency: row.currency ?? undefined,
        condition: row.condition ?? undefined,
        provenance: row.provenance ?? undefined,
        drinkBy: row.drink_by ?? undefined,
      },
    ]),
  )
}
