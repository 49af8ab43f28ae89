import type { LogChanges, SettingsState } from '../../src/log/log.ts'
import type {
  CommitmentLineState,
  CommitmentRecord,
  HoldLineState,
  HoldRecord,
  LevelState,
  LotRecord,
} from '../../src/stock/core/context.ts'
import type { Price } from '../../src/stock/core/command.ts'
import type { ParcelLine } from '../../src/stock/core/effect.ts'
import type { DocumentRecord } from '../../src/stock/core/document.ts'
import type { Clock } from './clock.ts'
import { createLocks, DatabaseError, type Holder, type Locks } from './locks.ts'

export interface EntryRow {
  readonly id: number
  readonly kind: string
  readonly caller: string
  readonly key: string | null
  readonly digest: string | null
  readonly status: number
  readonly answer: string
}

export interface MovementRow {
  readonly entry: number
  readonly sku: string
  readonly location: string
  readonly from: string
  readonly to: string
  readonly quantity: number
  readonly physical: boolean
  readonly occurredAtUs: number
}

export interface ParcelRow {
  readonly sku: string
  readonly location: string
  readonly lot: string
  readonly bin: string
  readonly quantity: number
}

/** The tables of a store. Rows are never changed, only replaced: a transaction's are its own until it commits. */
export interface Tables {
  readonly levels: Map<string, LevelState>
  readonly entries: Map<string, EntryRow>
  /** By key, caller and operation: the entry's id. */
  readonly keys: Map<string, number>
  readonly movements: Map<string, MovementRow>
  readonly holds: Map<string, Omit<HoldRecord, 'lines'> & { readonly endedBy: number | null }>
  readonly holdLines: Map<string, HoldLineState & { readonly holdId: string; readonly entry: number }>
  readonly commitments: Map<string, Omit<CommitmentRecord, 'lines'>>
  readonly commitmentLines: Map<string, CommitmentLineState & { readonly commitmentId: string }>
  /** By `allotmentKey`. */
  readonly allotments: Map<
    string,
    { readonly allotment: string; readonly sku: string; readonly location: string; readonly quantity: number }
  >
  readonly lots: Map<string, LotRecord>
  /** By level key, lot and bin. */
  readonly parcels: Map<string, ParcelRow>
  readonly parcelMoves: Map<string, ParcelLine & { readonly entry: number }>
  readonly documents: Map<string, DocumentRecord>
  /** The unique index of orders by reference. */
  readonly orderReferences: Map<string, string>
  readonly notes: Map<string, { readonly entry: number; readonly condition: string | null }>
  readonly prices: Map<string, Price & { readonly sku: string; readonly channel: string }>
  readonly log: Map<
    string,
    { readonly position: number; readonly batch: number | null; readonly atUs: number; readonly changes: LogChanges }
  >
}

/** What a store does wrong on purpose, so that the judge can be seen to notice. */
export type Flaw =
  | 'no-locks-no-guard'
  | 'commit-forgets'
  | 'no-keys'
  | 'positions-swapped'
  | 'rollback-called-commit'
  | 'log-row-twice'
  | 'log-row-lost'

/** A database in memory: read committed, row locks, transactions that are all there or not at all. */
export interface Store {
  readonly tables: Tables
  readonly locks: Locks
  readonly flaws: ReadonlySet<Flaw>
  settings: SettingsState
  batches: number
  /** How far its clock is from the true one, in milliseconds: it may jump, either way. */
  skewMs: number
  nowUs(): number
  head(): number
}

/** A connection's transaction: rows written and not committed. */
export interface Transaction extends Holder {
  readonly store: Store
  readonly written: { readonly [Table in keyof Tables]: Map<string, unknown> }
}

const LOCK_TIMEOUT_MS = 2_000
/** 2026-01-01: what the clock's zero is in the store's time. */
const BEGAN_MS = 1_767_225_600_000

function emptyTables(): Tables {
  return {
    levels: new Map(),
    entries: new Map(),
    keys: new Map(),
    movements: new Map(),
    holds: new Map(),
    holdLines: new Map(),
    commitments: new Map(),
    commitmentLines: new Map(),
    allotments: new Map(),
    lots: new Map(),
    parcels: new Map(),
    parcelMoves: new Map(),
    documents: new Map(),
    orderReferences: new Map(),
    notes: new Map(),
    prices: new Map(),
    log: new Map(),
  }
}

export function createStore(clock: Clock, settings: SettingsState, flaws: readonly Flaw[] = []): Store {
  const store: Store = {
    tables: emptyTables(),
    locks: createLocks(clock, LOCK_TIMEOUT_MS),
    flaws: new Set(flaws),
    settings,
    batches: 0,
    skewMs: 0,
    nowUs: () => Math.round((BEGAN_MS + clock.nowMs() + store.skewMs) * 1_000),
    head: () => store.tables.log.size,
  }
  return store
}

export function beginTransaction(store: Store, name: string): Transaction {
  return { name, store, written: emptyTables() as Transaction['written'] }
}

type Row<Table extends keyof Tables> = Tables[Table] extends Map<string, infer R> ? R : never

/** A row as the transaction sees it: its own, or what is committed. */
export function readRow<Table extends keyof Tables>(
  transaction: Transaction,
  table: Table,
  key: string,
): Row<Table> | undefined {
  return (transaction.written[table].get(key) ?? transaction.store.tables[table].get(key)) as Row<Table> | undefined
}

export function writeRow<Table extends keyof Tables>(
  transaction: Transaction,
  table: Table,
  key: string,
  row: Row<Table>,
): void {
  transaction.written[table].set(key, row)
}

export function insertRow<Table extends keyof Tables>(
  transaction: Transaction,
  table: Table,
  key: string,
  row: Row<Table>,
): void {
  if (readRow(transaction, table, key) !== undefined) throw new DatabaseError('23505', `${table} has ${key} already`)
  writeRow(transaction, table, key, row)
}

/** Makes a transaction's rows everybody's, and frees its locks. */
export function commitTransaction(transaction: Transaction): void {
  const { store, written } = transaction
  for (const [table, rows] of Object.entries(written)) {
    const target = store.tables[table as keyof Tables] as Map<string, unknown>
    for (const [key, row] of rows) target.set(key, row)
  }
  if (store.flaws.has('positions-swapped')) swapNewest(store)
  store.locks.releaseAll(transaction)
}

/** The two newest rows of the log change places. */
function swapNewest({ tables: { log } }: Store): void {
  const [last, before] = [log.get(String(log.size)), log.get(String(log.size - 1))]
  if (!last || !before || log.size % 7 !== 0) return
  log.set(String(log.size), { ...before, position: log.size })
  log.set(String(log.size - 1), { ...last, position: log.size - 1 })
}
