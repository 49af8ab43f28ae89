import type { HistoryRecord } from './history.ts'

/** Something done to the bottles of one SKU, as its caller saw it, places left out. */
export interface BlackBoxOperation {
  /** Bottles that became available (above zero) or were taken (below; only granted where there are as many). */
  readonly delta: number
  readonly outcome: 'ok' | 'refused' | 'unknown'
  readonly invokedAt: number
  /** Null for what never returned. */
  readonly returnedAt: number | null
}

/** Why no more: the search keeps every order that is still possible, and those double with each operation under way at once. */
export const OPERATIONS_MOST = 500
const POSSIBILITIES_MOST = 200_000

/** One way in which it may have happened so far. */
interface Possibility {
  readonly available: number
  /** Of the operations under way, those that have taken effect. */
  readonly done: ReadonlySet<number>
}

/**
 * Whether there is any order of the operations, each between its invocation and its return, in which every grant found its
 * bottles and every refusal too few. Knows nothing of positions, and so audits that they do not lie. Throws `RangeError` for
 * more than 500 operations or where too many are under way at once.
 */
export function isLinearizable(operations: readonly BlackBoxOperation[], available: number): boolean {
  if (operations.length > OPERATIONS_MOST) throw new RangeError(`at most ${OPERATIONS_MOST} operations can be searched`)
  let possible = keep([{ available, done: new Set() }])
  const open = new Set<number>()
  for (const { operation, isReturn } of events(operations)) {
    if (!isReturn) {
      open.add(operation)
      continue
    }
    possible = keep(
      spread(possible, operations, open)
        .filter((way) => way.done.has(operation))
        .map((way) => without(way, operation)),
    )
    open.delete(operation)
    if (possible.length === 0) return false
  }
  return true
}

/** Invocations and returns in the order of time; at one instant invocations come first, so that both may have been at once. */
function events(operations: readonly BlackBoxOperation[]): { operation: number; isReturn: boolean }[] {
  return operations
    .flatMap(({ invokedAt, returnedAt, outcome }, operation) => [
      { at: invokedAt, operation, isReturn: false },
      ...(returnedAt === null || outcome === 'unknown' ? [] : [{ at: returnedAt, operation, isReturn: true }]),
    ])
    .toSorted((a, b) => a.at - b.at || Number(a.isReturn) - Number(b.isReturn))
}

/** All that may be reached by letting operations under way take effect, in any order. */
function spread(
  from: readonly Possibility[],
  operations: readonly BlackBoxOperation[],
  open: ReadonlySet<number>,
): Possibility[] {
  const seen = new Map(from.map((way) => [nameOf(way), way]))
  const frontier = [...from]
  for (let way = frontier.pop(); way; way = frontier.pop()) {
    for (const next of steps(way, operations, open)) {
      const name = nameOf(next)
      if (seen.has(name)) continue
      if (seen.size >= POSSIBILITIES_MOST) throw new RangeError('too many operations are under way at once')
      seen.set(name, next)
      frontier.push(next)
    }
  }
  return [...seen.values()]
}

/**
 * What may take effect next. A refusal that fits changes nothing and may as well be now; of operations that do the same, the one
 * that returns first may as well be first. Without these two, sixteen clients made 65,536 possibilities a step.
 */
function steps(way: Possibility, operations: readonly BlackBoxOperation[], open: ReadonlySet<number>): Possibility[] {
  const first = new Map<string, number>()
  for (const index of open) {
    if (way.done.has(index)) continue
    const operation = operations[index] as BlackBoxOperation
    const next = operation.outcome === 'refused' ? after(way, index, operation) : undefined
    if (next) return [next]
    const like = `${operation.outcome} ${operation.delta}`
    const known = first.get(like)
    if (known === undefined || endOf(operation) < endOf(operations[known] as BlackBoxOperation)) first.set(like, index)
  }
  return [...first.values()].flatMap((index) => after(way, index, operations[index] as BlackBoxOperation) ?? [])
}

function endOf({ returnedAt }: BlackBoxOperation): number {
  return returnedAt ?? Infinity
}

function after(way: Possibility, operation: number, { delta, outcome }: BlackBoxOperation): Possibility | undefined {
  const fits = way.available + delta >= 0
  if (fits === (outcome === 'refused')) return undefined
  return { available: fits ? way.available + delta : way.available, done: new Set(way.done).add(operation) }
}

function without(way: Possibility, operation: number): Possibility {
  const done = new Set(way.done)
  done.delete(operation)
  return { available: way.available, done }
}

function keep(ways: readonly Possibility[]): Possibility[] {
  return [...new Map(ways.map((way) => [nameOf(way), way])).values()]
}

function nameOf(way: Possibility): string {
  return `${way.available}:${[...way.done].toSorted((a, b) => a - b).join()}`
}

/**
 * The operations of one SKU at one location out of a history: holds of one line, their releases, and receipts. Undefined when
 * something else happened to it, of which the search knows no rules.
 */
export function operationsOf(history: readonly HistoryRecord[], sku: string): BlackBoxOperation[] | undefined {
  const held = new Map<string, number>()
  for (const record of history) {
    if (record.kind !== 'hold' || record.holdId === undefined || record.asked[0]?.sku !== sku) continue
    held.set(record.holdId, record.asked[0].quantity)
  }
  const operations: BlackBoxOperation[] = []
  for (const record of history) {
    if (record.kind === 'read') continue
    const delta = deltaOf(record, sku, held)
    if (delta === 0 || (record.kind === 'release' && record.outcome === 'refused')) continue
    if (delta === undefined) return undefined
    operations.push({
      delta,
      outcome: record.outcome,
      invokedAt: record.invokedAt ?? -Infinity,
      returnedAt: record.returnedAt,
    })
  }
  return operations
}

/** Zero for what does not touch the SKU; undefined for what does, in another way. */
function deltaOf(record: HistoryRecord, sku: string, held: ReadonlyMap<string, number>): number | undefined {
  switch (record.kind) {
    case 'hold':
      return takenBy(record, sku)
    case 'release':
      return held.get(record.holdId) ?? 0
    case 'receive':
      return record.lines.reduce((sum, line) => (line.sku === sku ? sum + line.quantity : sum), 0)
    case 'purchase':
    case 'receivePurchase':
    case 'cancelPurchase':
    case 'reschedulePurchase':
    case 'transfer':
    case 'clearDuty':
    case 'receiveTransfer':
    case 'cancelTransfer':
      // Which SKUs are on their way, or expected, only the rules know.
      return undefined
    case 'openBottle':
      return record.at.sku === sku ? undefined : 0
    case 'pour':
    case 'discard':
    case 'read':
    case 'setPrice':
    case 'move':
    case 'openLot':
    case 'extend':
    case 'order':
    case 'prepareOrder':
    case 'commit':
      return 0
    case 'expire':
    case 'free':
    case 'returnOrder':
    case 'ship':
    case 'cancel':
      return held.has(record.holdId) ? undefined : 0
    case 'repack':
      return [...record.broken, ...record.built].some((line) => line.sku === sku) ? undefined : 0
    case 'sale':
    case 'writeOff':
    case 'quarantine':
    case 'reinstate':
    case 'allocate':
    case 'deallocate':
    case 'count':
    case 'adjust':
      return record.lines.some((line) => line.sku === sku) ? undefined : 0
  }
}

function takenBy({ asked }: Extract<HistoryRecord, { kind: 'hold' }>, sku: string): number | undefined {
  if (!asked.some((line) => line.sku === sku)) return 0
  const [line] = asked
  const isPlain =
    asked.length === 1 && line?.from.length === 1 && !line.keep && line.allotment === undefined && !line.awaited
  return isPlain ? -line.quantity : undefined
}
