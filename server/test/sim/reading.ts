import {
  allotmentKey,
  levelKey,
  lotKey,
  priceKey,
  type HoldLineState,
  type LevelState,
  type LotRecord,
} from '../../src/stock/core/context.ts'
import type { Price } from '../../src/stock/core/command.ts'
import { elementsOf, unnest, usOf } from './literals.ts'
import { readRow, type Store, type Transaction } from './store.ts'

/** A statement as the simulated database runs it: rows as the driver would give them. */
export type Run = (
  transaction: Transaction,
  values: readonly unknown[],
) => Promise<readonly object[]> | readonly object[]

const levelColumns = ({ incomingCommitted, countedAtUs, countedBy, ...level }: LevelState) => ({
  ...level,
  incoming_committed: incomingCommitted,
  counted_at_us: countedAtUs,
  counted_by: countedBy,
})

const priceColumns = (price: Price) => ({
  amount_minor: price.amountMinor,
  currency: price.currency,
  tax_included: price.taxIncluded,
  duty_included: price.dutyIncluded,
})

const bundleColumns = (bundle: HoldLineState['bundle']) => ({
  bundle: bundle?.sku ?? null,
  bundles: bundle?.quantity ?? null,
})

const lotColumns = ({ openedAtUs, costMinor, drinkBy, ...row }: LotRecord) => ({
  ...row,
  opened_at_us: openedAtUs,
  cost_minor: costMinor ?? null,
  drink_by: drinkBy ?? null,
})

/** Lots of levels, and those that are named, under each SKU of these levels. */
function carriedLots({ store: { tables } }: Transaction, values: readonly unknown[]): object[] {
  const levels = unnest(values, 2)
  const there = committed(tables.parcels, ({ sku, location, quantity }) => {
    return quantity > 0 && levels.some(([one, at]) => one === sku && at === location)
  })
  const ids = new Set([...elementsOf(values[2]), ...there.map(({ lot }) => lot)])
  return committed(tables.lots, ({ sku, id }) => ids.has(id) && levels.some(([one]) => one === sku)).map(lotColumns)
}

function committed<T>(table: ReadonlyMap<string, T>, fits: (row: T) => boolean): T[] {
  return [...table.values()].filter(fits)
}

/** As PostgreSQL does: which rows is decided before the waits, what is in them after. */
async function lockLevels(transaction: Transaction, values: readonly unknown[]): Promise<object[]> {
  const { tables, locks, flaws } = transaction.store
  const keys = unnest(values, 2)
    .map(([sku, location]) => levelKey(String(sku), String(location)))
    .filter((key) => tables.levels.has(key))
    .toSorted((a, b) => (a.replace('@', '\0') < b.replace('@', '\0') ? -1 : 1))
  if (!flaws.has('no-locks-no-guard')) for (const key of keys) await locks.take(transaction, `level ${key}`)
  return keys.map((key) => levelColumns(tables.levels.get(key) as LevelState))
}

function readHead({ store }: Transaction): object[] {
  store.batches += 1
  const latestUs = store.tables.log.get(String(store.head()))?.atUs ?? 0
  return [
    {
      batch: store.batches,
      head: store.head(),
      settings_version: store.settings.version,
      now_us: Math.max(store.nowUs(), latestUs + 1),
    },
  ]
}

/** Where a batch became visible. */
export function positionOf(store: Store, entry: number): number | null {
  const batch = Math.floor(entry / 1_024)
  for (const row of store.tables.log.values()) if (row.batch === batch) return row.position
  return null
}

function readKeys({ store }: Transaction, values: readonly unknown[]): object[] {
  if (store.flaws.has('no-keys')) return []
  return unnest(values, 3).flatMap(([key, caller, operation], index) => {
    const id = store.tables.keys.get(`${key}/${caller}/${operation}`)
    const entry = store.tables.entries.get(String(id))
    if (!entry) return []
    const { digest, status, answer } = entry
    return [
      { ord: index + 1, id: entry.id, body_digest: digest, status, answer, position: positionOf(store, entry.id) },
    ]
  })
}

function holdsBy(transaction: Transaction, ids: readonly (string | null)[]): object[] {
  return ids.flatMap((id) => {
    const hold = readRow(transaction, 'holds', String(id))
    if (!hold) return []
    const { createdAtUs, expiresAtUs, customer, ...row } = hold
    return [{ ...row, created_at_us: createdAtUs, expires_at_us: expiresAtUs, customer: customer ?? null }]
  })
}

async function lockHolds(transaction: Transaction, values: readonly unknown[]): Promise<object[]> {
  const ids = elementsOf(values[0]).toSorted()
  for (const id of ids) await transaction.store.locks.take(transaction, `hold ${id}`)
  return holdsBy(transaction, ids)
}

function newestHolds({ store }: Transaction, values: readonly unknown[]): object[] {
  const found = unnest(values, 3).flatMap(([sku, location, need]) =>
    committed(
      store.tables.holdLines,
      (line) => line.sku === sku && line.location === location && !line.freed && line.pending < line.quantity,
    )
      .toSorted((a, b) => b.entry - a.entry)
      .slice(0, Number(need))
      .map((line) => line.holdId),
  )
  return [...new Set(found)].map((hold_id) => ({ hold_id }))
}

function waitingClaims({ store: { tables } }: Transaction, values: readonly unknown[]): object[] {
  const found = unnest(values, 2).flatMap(([sku, location]) => {
    const isHere = (line: { sku: string; location: string; pending: number }) =>
      line.sku === sku && line.location === location && line.pending > 0
    return [
      ...committed(tables.holdLines, (line) => isHere(line) && !line.freed).map(({ holdId }) => `${holdId} held`),
      ...committed(tables.commitmentLines, isHere).map(({ commitmentId }) => `${commitmentId} sold`),
    ]
  })
  return [...new Set(found)].map((one) => ({ claim: one.split(' ')[0], sold: one.endsWith('sold') }))
}

function sumAfter({ store }: Transaction, values: readonly unknown[]): object[] {
  const states = new Set(['available', 'short', 'committed', 'quarantined', 'held', 'allocated'])
  return unnest(values, 3).map(([sku, location, at], index) => ({
    ord: index + 1,
    delta: committed(
      store.tables.movements,
      (one) => one.physical && one.sku === sku && one.location === location && one.occurredAtUs > usOf(String(at)),
    ).reduce((sum, one) => sum + (states.has(one.to) ? one.quantity : -one.quantity), 0),
  }))
}

function linesOf({ store: { tables } }: Transaction, [ids]: readonly unknown[]): object[] {
  const wanted = new Set(elementsOf(ids))
  const held = committed(tables.holdLines, (line) => wanted.has(line.holdId))
  return [
    ...held.map(({ holdId, sku, location }) => ({ hold_id: holdId, sku, location })),
    ...committed(tables.documents, (document) => wanted.has(document.id)).flatMap((document) =>
      document.levels.map((key) => {
        const [sku, location] = key.split('@')
        return { hold_id: document.id, sku, location }
      }),
    ),
  ]
}

/** The statements that read and lock, by name. */
export const readingStatements: Readonly<Record<string, Run>> = {
  'read-settings': ({ store }) => [store.settings],
  'lines-of': linesOf,
  'orders-of': ({ store }, [references]) =>
    elementsOf(references).flatMap((reference) => {
      const id = store.tables.orderReferences.get(String(reference))
      return id === undefined ? [] : [{ reference, id }]
    }),
  'lock-settings': async (transaction) => {
    await transaction.store.locks.take(transaction, 'settings', 'shared')
    return []
  },
  'lock-levels': lockLevels,
  'probe-levels': ({ store }, values) =>
    unnest(values, 2)
      .filter(([sku, location]) => store.locks.isFree(`level ${sku}@${location}`))
      .map(([sku, location]) => ({ sku, location })),
  'read-head': readHead,
  'read-keys': readKeys,
  'read-prices': ({ store }, values) =>
    unnest(values, 2).flatMap(([sku, channel]) => {
      const price = store.tables.prices.get(priceKey(String(sku), String(channel)))
      return price ? [{ sku, channel, ...priceColumns(price) }] : []
    }),
  'read-allotments': ({ store }, values) =>
    unnest(values, 3).flatMap(([allotment, sku, location]) => {
      const found = store.tables.allotments.get(
        allotmentKey(String(allotment), levelKey(String(sku), String(location))),
      )
      return found ? [found] : []
    }),
  'read-parcels': ({ store }, values) =>
    unnest(values, 2).flatMap(([sku, location]) =>
      committed(
        store.tables.parcels,
        (parcel) => parcel.sku === sku && parcel.location === location && parcel.quantity > 0,
      ).map((parcel) => {
        const lot = store.tables.lots.get(lotKey(parcel.sku, parcel.lot))
        return { ...parcel, drink_by: lot?.drinkBy ?? null, opened_at_us: lot?.openedAtUs ?? null }
      }),
    ),
  'read-lots': ({ store }, values) =>
    unnest(values, 2).flatMap(([id, sku]) => {
      const lot = store.tables.lots.get(lotKey(String(sku), String(id)))
      return lot ? [lotColumns(lot)] : []
    }),
  'read-carried-lots': carriedLots,
  'read-holds': (transaction, [ids]) => holdsBy(transaction, elementsOf(ids)),
  'read-hold-lines': ({ store }, [ids]) => {
    const wanted = new Set(elementsOf(ids))
    return committed(store.tables.holdLines, (line) => wanted.has(line.holdId)).map(
      ({ holdId, requestLine, price, bundle, ...line }) => ({
        ...line,
        ...bundleColumns(bundle),
        hold_id: holdId,
        request_line: requestLine,
        ...priceColumns(price),
      }),
    )
  },
  'read-commitments': ({ store }, [ids]) =>
    elementsOf(ids).flatMap((id) => {
      const found = store.tables.commitments.get(String(id))
      if (!found) return []
      const { holdId, createdAtUs, customer, reference } = found
      return [
        { id, hold_id: holdId, created_at_us: createdAtUs, customer: customer ?? null, reference: reference ?? null },
      ]
    }),
  'read-commitment-lines': ({ store }, [ids]) => {
    const wanted = new Set(elementsOf(ids))
    return committed(store.tables.commitmentLines, (line) => wanted.has(line.commitmentId)).map(
      ({ commitmentId, price, bundle, ...line }) => ({
        ...line,
        ...bundleColumns(bundle),
        commitment_id: commitmentId,
        ...priceColumns(price),
      }),
    )
  },
  'read-documents': ({ store }, [ids]) =>
    elementsOf(ids).flatMap((id) => {
      const found = store.tables.documents.get(String(id))
      if (!found) return []
      const { createdAtUs, reference, ...row } = found
      return [{ ...row, created_at_us: createdAtUs, reference: reference ?? null }]
    }),
  'sum-after': sumAfter,
  'newest-holds': newestHolds,
  'waiting-claims': waitingClaims,
  'lock-holds': lockHolds,
}
