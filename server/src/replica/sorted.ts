import { nextCapacity, widen } from './columns.ts'

/**
 * Row numbers in the order of their keys, for pages. New rows that come in order (a snapshot's) go straight to the end; others wait in `fresh` until the
 * next read sorts them in, so that an import of many costs one merge and not one a row.
 */
export interface SortedRows {
  rows: Int32Array
  size: number
  fresh: number[]
}

/** The key of a row; keys are compared by code unit, as PostgreSQL's "C" collation does for ASCII. */
export type KeyOf = (row: number) => string

/** No rows yet. */
export function createSorted(): SortedRows {
  return { rows: new Int32Array(0), size: 0, fresh: [] }
}

/** Adds a row whose key is not among the rows. */
export function addSorted(sorted: SortedRows, row: number, keyOf: KeyOf): void {
  const last = sorted.rows[sorted.size - 1]
  if (sorted.fresh.length > 0 || (last !== undefined && keyOf(last) > keyOf(row))) {
    sorted.fresh.push(row)
    return
  }
  if (sorted.size === sorted.rows.length) sorted.rows = widen(sorted.rows, nextCapacity(sorted.size))
  sorted.rows[sorted.size++] = row
}

/** All rows in order, and the index of the first whose key is beyond `after`. */
export function sortedFrom(
  sorted: SortedRows,
  after: string | undefined,
  keyOf: KeyOf,
): { rows: Int32Array; from: number; to: number } {
  mergeFresh(sorted, keyOf)
  const from = after === undefined ? 0 : firstBeyond(sorted.rows, sorted.size, after, keyOf)
  return { rows: sorted.rows, from, to: sorted.size }
}

function firstBeyond(rows: Int32Array, size: number, key: string, keyOf: KeyOf): number {
  let low = 0
  let high = size
  while (low < high) {
    const middle = (low + high) >>> 1
    if (keyOf(rows[middle] as number) > key) high = middle
    else low = middle + 1
  }
  return low
}

/** Copies the stretches between fresh rows as blocks: a comparison for each old row would take 50 ms at a million. */
function mergeFresh(sorted: SortedRows, keyOf: KeyOf): void {
  if (sorted.fresh.length === 0) return
  const fresh = sorted.fresh.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  const merged = new Int32Array(nextCapacity(sorted.size + fresh.length))
  let read = 0
  let write = 0
  for (const row of fresh) {
    const until = firstBeyond(sorted.rows, sorted.size, keyOf(row), keyOf)
    merged.set(sorted.rows.subarray(read, until), write)
    write += until - read
    read = until
    merged[write++] = row
  }
  merged.set(sorted.rows.subarray(read, sorted.size), write)
  sorted.size += fresh.length
  sorted.rows = merged
  sorted.fresh = []
}
