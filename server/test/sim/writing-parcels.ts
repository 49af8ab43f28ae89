import { levelKey } from '../../src/stock/core/context.ts'
import { lotKey } from '../../src/stock/core/context.ts'
import { unnest } from './literals.ts'
import { DatabaseError } from './locks.ts'
import type { Run } from './reading.ts'
import { insertRow, readRow, writeRow } from './store.ts'

export const insertLots: Run = (transaction, values) => {
  for (const [sku, id, opened, , supplier, cost, currency, condition, provenance, drinkBy] of unnest(values, 10)) {
    insertRow(transaction, 'lots', lotKey(String(sku), String(id)), {
      sku: String(sku),
      id: String(id),
      openedAtUs: Number(opened),
      supplier: supplier ?? undefined,
      costMinor: cost === null ? undefined : Number(cost),
      currency: currency ?? undefined,
      condition: condition ?? undefined,
      provenance: provenance ?? undefined,
      drinkBy: drinkBy === null ? undefined : Number(drinkBy),
    })
  }
  return []
}

export const insertParcelMoves: Run = (transaction, values) => {
  for (const [sku, entry, line, location, lot, bin, delta] of unnest(values, 7).map((row) =>
    row.map(String),
  ) as string[][]) {
    insertRow(transaction, 'parcelMoves', `${sku}/${entry}/${line}`, {
      sku: String(sku),
      entry: Number(entry),
      location: String(location),
      lot: String(lot),
      bin: String(bin),
      delta: Number(delta),
    })
  }
  return []
}

export const updateParcels: Run = (transaction, values) => {
  for (const [sku, location, lot, bin, delta] of unnest(values, 5).map((row) => row.map(String)) as string[][]) {
    const key = `${levelKey(String(sku), String(location))} ${lot} ${bin}`
    const quantity = (readRow(transaction, 'parcels', key)?.quantity ?? 0) + Number(delta)
    if (quantity < 0) throw new DatabaseError('23514', `a parcel of ${quantity}`)
    writeRow(transaction, 'parcels', key, {
      sku: String(sku),
      location: String(location),
      lot: String(lot),
      bin: String(bin),
      quantity,
    })
  }
  return []
}
