/** A column of a table: one number a row. Columns, because a million SKUs as objects take three times the memory. */
export type Column = Float64Array | Int32Array | Uint16Array | Uint8Array

/** An eighth of room: copying costs eight times the bytes over a table's life, and at most an eighth stands empty. */
const growth = 1.125
const leastCapacity = 1_024

/** The next capacity of a table whose rows have come to `size`. */
export function nextCapacity(size: number): number {
  return Math.max(leastCapacity, Math.ceil(size * growth) + 1)
}

/** The same column with room for `length` numbers; new ones are `fill`. */
export function widen<C extends Column>(column: C, length: number, fill = 0): C {
  const wider = new (column.constructor as new (length: number) => C)(length)
  wider.set(column)
  if (fill !== 0) wider.fill(fill, column.length)
  return wider
}
