import type { LogChanges } from '../../src/log/log.ts'
import { emptyLevel, levelKey, priceKey, type HoldRecord } from '../../src/stock/core/context.ts'
import { stateAccounts } from '../../src/stock/core/accounts.ts'
import type { Price } from '../../src/stock/core/command.ts'
import { elementsOf, unnest, usOf } from './literals.ts'
import { DatabaseError } from './locks.ts'
import type { Run } from './reading.ts'
import { insertRow, readRow, writeRow, type Transaction } from './store.ts'

/** A command with this reference is one that the database cannot take, however often it is tried. */
export const POISON = 'poison'

const LEVEL_MAX = 1_000_000_000

function priceOf(columns: readonly (string | null)[]): Price {
  const [amountMinor, currency, tax, duty] = columns
  return {
    amountMinor: Number(amountMinor),
    currency: String(currency),
    taxIncluded: tax === 'true',
    dutyIncluded: duty === 'true',
  }
}

function expectRows(actual: number, wanted: unknown, what: string): readonly object[] {
  if (actual !== Number(wanted)) throw new DatabaseError('CH001', `guard: ${actual} of ${wanted} rows written: ${what}`)
  return []
}

async function insertEntries(transaction: Transaction, values: readonly unknown[]): Promise<object[]> {
  const answers = String(values[14]).split('\x1f')
  for (const [index, row] of unnest(values, 14).entries()) {
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

const insertHolds: Run = (transaction, values) => {
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

const insertHoldLines: Run = (transaction, values) => {
  for (const row of unnest(values, 12)) {
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
  const head = [entry, hold, caller, actor, hold, key, digest, at, at, none, none, no, no, all('201')]
  await insertEntries(transaction, [...head, rest[4]])
  await insertMovements(transaction, [sku, entry, first, location, all('available'), all('held'), quantity, no, at])
  await insertHolds(transaction, [id, at, expires, customer, entry])
  await insertHoldLines(transaction, [id, first, first, sku, location, channel, quantity, ...price, entry])
  return []
}

async function updateHolds(transaction: Transaction, values: readonly unknown[]): Promise<readonly object[]> {
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

const freeHoldLines: Run = (transaction, values) => {
  let written = 0
  for (const [id, line] of unnest(values, 2)) {
    const found = readRow(transaction, 'holdLines', `${id}/${line}`)
    if (!found || found.freed) continue
    written += 1
    writeRow(transaction, 'holdLines', `${id}/${line}`, { ...found, freed: true })
  }
  return expectRows(written, values[2], 'hold lines')
}

const insertCommitments: Run = (transaction, values) => {
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

const insertCommitmentLines: Run = (transaction, values) => {
  for (const row of unnest(values, 10)) {
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
      price: priceOf(row.slice(6)),
    })
  }
  return []
}

const updateCommitmentLines: Run = (transaction, values) => {
  let written = 0
  for (const [id, line, shipped, cancelled, wasShipped, wasCancelled] of unnest(values, 6)) {
    const found = readRow(transaction, 'commitmentLines', `${id}/${line}`)
    if (!found || found.shipped !== Number(wasShipped) || found.cancelled !== Number(wasCancelled)) continue
    written += 1
    const after = { ...found, shipped: found.shipped + Number(shipped), cancelled: found.cancelled + Number(cancelled) }
    if (after.shipped + after.cancelled > after.quantity)
      throw new DatabaseError('23514', 'more shipped than committed')
    writeRow(transaction, 'commitmentLines', `${id}/${line}`, after)
  }
  return expectRows(written, values[6], 'commitment lines')
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
  for (const row of unnest(values, 14)) {
    const key = levelKey(String(row[0]), String(row[1]))
    if (isGuarded) await store.locks.take(transaction, `level ${key}`)
    const level = readRow(transaction, 'levels', key)
    if (!level || (isGuarded && level.revision !== Number(row[13]))) continue
    const after = { ...level }
    for (const [index, state] of stateAccounts.entries()) {
      after[state] += Number(row[2 + index])
      const isInBounds = state === 'short' ? after.short <= 0 : after[state] >= 0
      if (isGuarded && (!isInBounds || Math.abs(after[state]) > LEVEL_MAX))
        throw new DatabaseError('23514', `${state} of ${key}`)
    }
    after.version += Number(row[9])
    after.revision += Number(row[10])
    after.countedAtUs = row[11] === null ? null : usOf(String(row[11]))
    after.countedBy = row[12] ?? null
    written += 1
    writeRow(transaction, 'levels', key, after)
  }
  return expectRows(written, values[15], 'levels')
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
  'insert-plain-holds': insertPlainHolds,
  'insert-hold-lines': insertHoldLines,
  'update-holds': updateHolds,
  'free-hold-lines': freeHoldLines,
  'insert-commitments': insertCommitments,
  'insert-commitment-lines': insertCommitmentLines,
  'update-commitment-lines': updateCommitmentLines,
  'upsert-prices': upsertPrices,
  // What nothing here looks at again.
  'insert-price-changes': () => [],
  'insert-shortfalls': () => [],
  'update-levels': updateLevels,
  'append-log': (transaction, [batch, at, changes]) =>
    appendLog(transaction, {
      batch: Number(batch),
      atUs: usOf(String(at)),
      changes: JSON.parse(String(changes)) as LogChanges,
    }),
}
