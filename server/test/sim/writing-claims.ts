import type { HoldRecord } from '../../src/stock/core/context.ts'
import type { Price } from '../../src/stock/core/command.ts'
import { unnest, usOf } from './literals.ts'
import { DatabaseError } from './locks.ts'
import type { Run } from './reading.ts'
import { insertRow, readRow, writeRow, type Transaction } from './store.ts'

export function priceOf(columns: readonly (string | null)[]): Price {
  const [amountMinor, currency, tax, duty] = columns
  return {
    amountMinor: Number(amountMinor),
    currency: String(currency),
    taxIncluded: tax === 'true',
    dutyIncluded: duty === 'true',
  }
}

function bundleOf([sku, quantity]: readonly (string | null | undefined)[]) {
  return sku === null || sku === undefined ? undefined : { sku, quantity: Number(quantity) }
}

export function expectRows(actual: number, wanted: unknown, what: string): readonly object[] {
  if (actual !== Number(wanted)) throw new DatabaseError('CH001', `guard: ${actual} of ${wanted} rows written: ${what}`)
  return []
}

export const insertHolds: Run = (transaction, values) => {
  for (const [id, created, expires, customer, entry] of unnest(values, 5)) {
    insertRow(transaction, 'holds', String(id), {
      id: String(id),
      state: 'active',
      createdAtUs: usOf(String(created)),
      expiresAtUs: usOf(String(expires)),
      customer: customer ?? undefined,
      entry: Number(entry),
      loose: false,
      endedBy: null,
    })
  }
  return []
}

export const insertHoldLines: Run = (transaction, values) => {
  for (const row of unnest(values, 16)) {
    const [id, line, requestLine, sku, location, channel, quantity] = row as string[]
    insertRow(transaction, 'holdLines', `${id}/${line}`, {
      holdId: String(id),
      line: Number(line),
      requestLine: Number(requestLine),
      sku: String(sku),
      location: String(location),
      channel: String(channel),
      quantity: Number(quantity),
      price: priceOf(row.slice(7, 11)),
      entry: Number(row[11]),
      freed: false,
      allotment: row[12] ?? undefined,
      pending: Number(row[13]),
      bundle: bundleOf(row.slice(14)),
    })
  }
  return []
}

export async function updateHolds(transaction: Transaction, values: readonly unknown[]): Promise<readonly object[]> {
  let written = 0
  for (const [id, state, expires, loose, endedBy, was] of unnest(values, 6) as string[][]) {
    await transaction.store.locks.take(transaction, `hold ${id}`)
    const hold = readRow(transaction, 'holds', String(id))
    if (!hold || hold.state !== was) continue
    written += 1
    writeRow(transaction, 'holds', String(id), {
      ...hold,
      state: state as HoldRecord['state'],
      expiresAtUs: usOf(String(expires)),
      loose: loose === 'true',
      endedBy: hold.endedBy ?? (endedBy === null ? null : Number(endedBy)),
    })
  }
  return expectRows(written, values[6], 'holds')
}

export const freeHoldLines: Run = (transaction, values) => {
  let written = 0
  for (const [id, line] of unnest(values, 2)) {
    const found = readRow(transaction, 'holdLines', `${id}/${line}`)
    if (!found || found.freed) continue
    written += 1
    writeRow(transaction, 'holdLines', `${id}/${line}`, { ...found, freed: true })
  }
  return expectRows(written, values[2], 'hold lines')
}

export const updateHoldLines: Run = (transaction, values) => {
  let written = 0
  for (const [id, line, pending, was] of unnest(values, 4)) {
    const found = readRow(transaction, 'holdLines', `${id}/${line}`)
    if (!found || found.pending !== Number(was)) continue
    written += 1
    writeRow(transaction, 'holdLines', `${id}/${line}`, { ...found, pending: Number(pending) })
  }
  return expectRows(written, values[4], 'hold lines that wait')
}

export const insertCommitments: Run = (transaction, values) => {
  for (const [id, holdId, created, customer, reference] of unnest(values, 6)) {
    insertRow(transaction, 'commitments', String(id), {
      id: String(id),
      holdId: String(holdId),
      createdAtUs: usOf(String(created)),
      customer: customer ?? undefined,
      reference: reference ?? undefined,
    })
  }
  return []
}

export const insertCommitmentLines: Run = (transaction, values) => {
  for (const row of unnest(values, 14)) {
    const [id, line, sku, location, channel, quantity] = row as string[]
    insertRow(transaction, 'commitmentLines', `${id}/${line}`, {
      commitmentId: String(id),
      line: Number(line),
      sku: String(sku),
      location: String(location),
      channel: String(channel),
      quantity: Number(quantity),
      shipped: 0,
      cancelled: 0,
      returned: 0,
      price: priceOf(row.slice(6, 10)),
      allotment: row[10] ?? undefined,
      pending: Number(row[11]),
      bundle: bundleOf(row.slice(12)),
    })
  }
  return []
}

export const updateCommitmentLines: Run = (transaction, values) => {
  let written = 0
  for (const [id, line, ...numbers] of unnest(values, 10)) {
    const [shipped, cancelled, pending, returned, ...was] = numbers.map(Number) as [
      number,
      number,
      number,
      number,
      ...number[],
    ]
    const found = readRow(transaction, 'commitmentLines', `${id}/${line}`)
    if (!found || [found.shipped, found.cancelled, found.pending, found.returned].some((one, at) => one !== was[at]))
      continue
    written += 1
    const after = {
      ...found,
      shipped: found.shipped + shipped,
      cancelled: found.cancelled + cancelled,
      pending: found.pending + pending,
      returned: found.returned + returned,
    }
    if (after.shipped + after.cancelled + after.pending > after.quantity)
      throw new DatabaseError('23514', 'more shipped than committed')
    if (after.returned > after.shipped) throw new DatabaseError('23514', 'more returned than shipped')
    writeRow(transaction, 'commitmentLines', `${id}/${line}`, after)
  }
  return expectRows(written, values[10], 'commitment lines')
}
