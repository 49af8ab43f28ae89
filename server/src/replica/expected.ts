/** What one order expects at a level, and when: milliseconds since 1970, or null where nobody knows. */
interface Expected {
  readonly bottles: number
  readonly atMs: number | null
}

/** By the level's row, what open orders expect there, by their ids. Few levels are of a wine on order, so no column is kept for it. */
export type ExpectedTable = Map<number, Map<string, Expected>>

/** Writes what an order expects at a level; of no bottles nothing is kept. */
export function writeExpected(table: ExpectedTable, row: number, order: string, expected: Expected): void {
  const orders = table.get(row) ?? new Map<string, Expected>()
  if (expected.bottles > 0) table.set(row, orders.set(order, expected))
  else if (orders.delete(order) && orders.size === 0) table.delete(row)
}

/**
 * When the first bottle that nobody was promised is expected at a level: what comes first goes to those who wait. Undefined where none is expected, or
 * nobody knows when.
 */
export function firstFreeAt(table: ExpectedTable, row: number, promised: number): number | undefined {
  const inTime = [...(table.get(row)?.values() ?? [])].toSorted((a, b) => (a.atMs ?? Infinity) - (b.atMs ?? Infinity))
  let waiting = promised
  for (const { bottles, atMs } of inTime) {
    if (bottles > waiting) return atMs ?? undefined
    waiting -= bottles
  }
  return undefined
}

/** The next moment after `nowMs` at which bottles are expected anywhere; undefined where nobody knows of any. */
export function nextDeliveryMs(table: ExpectedTable, nowMs: number): number | undefined {
  let next: number | undefined
  for (const orders of table.values()) {
    for (const { atMs } of orders.values()) {
      if (atMs !== null && atMs > nowMs && (next === undefined || atMs < next)) next = atMs
    }
  }
  return next
}
