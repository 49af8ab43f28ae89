import type { Effect, ParcelLine } from '../core/effect.ts'
import { plainArray, textArray } from './literal.ts'
import * as sql from './sql-writes.ts'
import type { Write } from './write-claims.ts'

/** Lots opened, and what came to parcels and left them. */
export function parcelWrites(effects: readonly Effect[]): (Write | undefined)[] {
  return [lots(effects), moves(effects), parcels(effects)]
}

function lots(effects: readonly Effect[]): Write | undefined {
  const rows = effects.flatMap((effect) => effect.lots.map((lot) => ({ ...lot, entry: effect.entry })))
  if (rows.length === 0) return undefined
  return [
    sql.insertLots,
    [
      textArray(rows.map((row) => row.sku)),
      textArray(rows.map((row) => row.id)),
      plainArray(rows.map((row) => row.openedAtUs)),
      plainArray(rows.map((row) => row.entry)),
      textArray(rows.map((row) => row.supplier)),
      plainArray(rows.map((row) => row.costMinor ?? null)),
      textArray(rows.map((row) => row.currency)),
      textArray(rows.map((row) => row.condition)),
      textArray(rows.map((row) => row.provenance)),
      plainArray(rows.map((row) => row.drinkBy ?? null)),
    ],
  ]
}

function moves(effects: readonly Effect[]): Write | undefined {
  const rows = effects.flatMap((effect) =>
    effect.parcels.map((parcel, line) => ({ ...parcel, line, entry: effect.entry })),
  )
  if (rows.length === 0) return undefined
  return [
    sql.insertParcelMoves,
    [
      textArray(rows.map((row) => row.sku)),
      plainArray(rows.map((row) => row.entry)),
      plainArray(rows.map((row) => row.line)),
      textArray(rows.map((row) => row.location)),
      textArray(rows.map((row) => row.lot)),
      textArray(rows.map((row) => row.bin)),
      plainArray(rows.map((row) => row.delta)),
    ],
  ]
}

/** Each parcel once, with what all of the batch did to it. */
function parcels(effects: readonly Effect[]): Write | undefined {
  const sums = new Map<string, ParcelLine>()
  for (const effect of effects) {
    for (const line of effect.parcels) {
      const key = `${line.sku}@${line.location} ${line.lot} ${line.bin}`
      sums.set(key, { ...line, delta: line.delta + (sums.get(key)?.delta ?? 0) })
    }
  }
  const rows = [...sums.values()].filter(({ delta }) => delta !== 0)
  if (rows.length === 0) return undefined
  return [
    sql.updateParcels,
    [
      textArray(rows.map((row) => row.sku)),
      textArray(rows.map((row) => row.location)),
      textArray(rows.map((row) => row.lot)),
      textArray(rows.map((row) => row.bin)),
      plainArray(rows.map((row) => row.delta)),
    ],
  ]
}
