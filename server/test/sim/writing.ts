import type { LogChanges } from '../../src/log/log.ts'
import { allotmentKey, emptyLevel, levelKey, priceKey } from '../../src/stock/core/context.ts'
import type { DocumentRecord } from '../../src/stock/core/document.ts'
import { stateAccounts } from '../../src/stock/core/accounts.ts'
import { elementsOf, unnest, usOf } from './literals.ts'
import { DatabaseError } from './locks.ts'
import type { Run } from './reading.ts'
import { insertLots, insertParcelMoves, updateParcels } from './writing-parcels.ts'
import {
  expectRows,
  freeHoldLines,
  insertCommitmentLines,
  insertCommitments,
  insertHoldLines,
  insertHolds,
  priceOf,
  updateCommitmentLines,
  updateHoldLines,
  updateHolds,
} from './writing-claims.ts'
import { insertRow, readRow, writeRow, type Transaction } from './store.ts'

/** A command with this reference is one that the database cannot take, however often it is tried. */
export const POISON = 'poison'

const LEVEL_MAX = 1_000_000_000

async function insertEntries(transaction: Transaction, values: readonly unknown[]): Promise<object[]> {
  const answers = String(values[15]).split('\x1f')
  for (const [index, row] of unnest(values, 15).entries()) {
    const [id, kind, caller, , operation, key, digest, , , reference] = row as string[]
    if (reference === POISON) throw new DatabaseError('22P02', 'this value cannot be read')
    if (key !== null && !transaction.store.flaws.has('no-keys')) {
      const name = `${key}/${caller}/${operation}`
      // A key that another is about to write has to be waited for.
      await transaction.store.locks.take(transaction, `key ${name}`)
      insertRow(transaction, 'keys', name, Number(id))
    }
    insertRow(transaction, 'entries', String(id), {
      id: Number(id),
      kind: String(kind),
      caller: String(caller),
      key: key ?? null,
      digest: digest ?? null,
      status: Number(row[13]),
      answer: String(answers[index]),
    })
  }
  return []
}

const insertMovements: Run = (transaction, values) => {
  for (const [sku, entry, line, location, from, to, quantity, physical, at] of unnest(values, 9) as string[][]) {
    if (Number(quantity) < 1 || Number(quantity) > LEVEL_MAX)
      throw new DatabaseError('23514', `a movement of ${quantity}`)
    insertRow(transaction, 'movements', `${sku}/${entry}/${line}`, {
      entry: Number(entry),
      sku: String(sku),
      location: String(location),
      from: String(from),
      to: String(to),
      quantity: Number(quantity),
      physical: physical === 'true',
      occurredAtUs: usOf(String(at)),
    })
  }
  return []
}

/** The four statements it stands for, with what is the same in all such holds. */
const insertPlainHolds: Run = async (transaction, values) => {
  const [entry, id, caller, actor, key, digest, at, expires, customer, sku, location, channel, quantity, ...rest] =
    values
  const price = rest.slice(0, 4)
  const all = (text: string) => `{${elementsOf(entry).fill(text).join(',')}}`
  const [none, no, hold, first] = [all('null'), all('false'), all('hold'), all('0')]
  const head = [entry, hold, caller, actor, hold, key, digest, at, at, none, none, no, no, all('201'), none]
  await insertEntries(transaction, [...head, rest[4]])
  await insertMovements(transaction, [sku, entry, first, location, all('available'), all('held'), quantity, no, at])
  await insertHolds(transaction, [id, at, expires, customer, entry])
  await insertHoldLines(transaction, [id, first, first, sku, location, channel, quantity, ...price, entry, none, first])
  return []
}

const updateAllotments: Run = (transaction, values) => {
  for (const [allotment, sku, location, delta] of unnest(values, 4).map((row) => row.map(String)) as string[][]) {
    const key = allotmentKey(String(allotment), levelKey(String(sku), String(location)))
    const quantity = (readRow(transaction, 'allotments', key)?.quantity ?? 0) + Number(delta)
    if (quantity < 0) throw new DatabaseError('23514', `an allotment of ${quantity}`)
    writeRow(transaction, 'allotments', key, {
      allotment: String(allotment),
      sku: String(sku),
      location: String(location),
      quantity,
    })
  }
  return []
}

const insertDocuments: Run = async (transaction, values) => {
  for (const [id, kind, state, reference, created, , levels, body] of unnest(values, 8) as string[][]) {
    if (kind === 'order' && reference) {
      // As with a key: one that another is about to write has to be waited for.
      await transaction.store.locks.take(transaction, `order ${reference}`)
      insertRow(transaction, 'orderReferences', reference, String(id))
    }
    insertRow(transaction, 'documents', String(id), {
      id,
      kind,
      state,
      reference: reference ?? undefined,
      createdAtUs: Number(created),
      version: 1,
      levels: String(levels).split(' '),
      body: JSON.parse(String(body)),
    } as DocumentRecord)
  }
  return []
}

const updateDocuments: Run = (transaction, values) => {
  let written = 0
  for (const [id, state, , version, was, body] of unnest(values, 6) as string[][]) {
    const found = readRow(transaction, 'documents', String(id))
    if (!found || found.version !== Number(was)) continue
    written += 1
    const after = { ...found, state, version: Number(version), body: JSON.parse(String(body)) } as DocumentRecord
    writeRow(transaction, 'documents', String(id), after)
  }
  return expectRows(written, values[6], 'documents')
}

const insertNotes: Run = (transaction, values) => {
  for (const [entry, line, , , condition] of unnest(values, 6)) {
    insertRow(transaction, 'notes', `${entry}/${line}`, { entry: Number(entry), condition: condition ?? null })
  }
  return []
}

async function upsertPrices(transaction: Transaction, values: readonly unknown[]): Promise<object[]> {
  for (const row of unnest(values, 7)) {
    const [sku, channel] = row.map(String) as [string, string]
    await transaction.store.locks.take(transaction, `price ${sku} ${channel}`)
    writeRow(transaction, 'prices', priceKey(sku, channel), { ...priceOf(row.slice(2, 6)), sku, channel })
  }
  return []
}

async function updateLevels(transaction: Transaction, values: readonly unknown[]): Promise<readonly object[]> {
  const { store } = transaction
  const isGuarded = !store.flaws.has('no-locks-no-guard')
  let written = 0
  for (const row of unnest(values, 15)) {
    const key = levelKey(String(row[0]), String(row[1]))
    if (isGuarded) await store.locks.take(transaction, `level ${key}`)
    const level = readRow(transaction, 'levels', key)
    if (!level || (isGuarded && level.revision !== Number(row[14]))) continue
    const after = { ...level }
    for (const [index, state] of stateAccounts.entries()) {
      after[state] += Number(row[2 + index])
      const isInBounds = state === 'short' ? after.short <= 0 : after[state] >= 0
      if (isGuarded && (!isInBounds || Math.abs(after[state]) > LEVEL_MAX))
        throw new DatabaseError('23514', `${state} of ${key}`)
    }
    after.version += Number(row[10])
    after.revision += Number(row[11])
    after.countedAtUs = row[12] === null ? null : usOf(String(row[12]))
    after.countedBy = row[13] ?? null
    written += 1
    writeRow(transaction, 'levels', key, after)
  }
  return expectRows(written, values[16], 'levels')
}

/** Appends at the head, alone from here to the end of the transaction. */
export async function appendLog(
  transaction: Transaction,
  row: { batch: number | null; atUs: number; changes: LogChanges },
): Promise<object[]> {
  await transaction.store.locks.take(transaction, 'log')
  const position = transaction.store.head() + 1
  insertRow(transaction, 'log', String(position), { position, ...row })
  return [{ position }]
}

/** The statements that write, by name. */
export const writingStatements: Readonly<Record<string, Run>> = {
  'insert-levels': (transaction, values) => {
    for (const [sku, location] of unnest(values, 2).map((row) => row.map(String)) as [string, string][]) {
      const key = levelKey(sku, location)
      if (!transaction.store.tables.levels.has(key)) writeRow(transaction, 'levels', key, emptyLevel(sku, location))
    }
    return []
  },
  'insert-entries': insertEntries,
  'insert-movements': insertMovements,
  'insert-holds': insertHolds,
  'update-allotments': updateAllotments,
  'insert-notes': insertNotes,
  'insert-lots': insertLots,
  'insert-parcel-moves': insertParcelMoves,
  'update-parcels': updateParcels,
  'insert-documents': insertDocuments,
  'update-documents': updateDocuments,
  'insert-plain-holds': insertPlainHolds,
  'insert-hold-lines': insertHoldLines,
  'update-holds': updateHolds,
  'free-hold-lines': freeHoldLines,
  'update-hold-lines': updateHoldLines,
  'insert-commitments': insertCommitments,
  'insert-commitment-lines': insertCommitmentLines,
  'update-commitment-lines': updateCommitmentLines,
  'upsert-prices': upsertPrices,
  // What nothing here looks at again.
  'insert-price-changes': () => [],
  'insert-shortfalls': () => [],
  'insert-counts': () => [],
  'update-levels': updateLevels,
  'append-log': (transaction, [batch, at, changes]) =>
    appendLog(transaction, {
      batch: Number(batch),
      atUs: usOf(String(at)),
      changes: JSON.parse(String(changes)) as LogChanges,
    }),
}
