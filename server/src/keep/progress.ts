/** How often a table that takes long says how far it is. */
const sayEveryMs = 2_000

/** Says how the tables go by, in lines for a person. */
export interface Meter {
  /** More of a table went by. */
  moved(table: string, rows: number, bytes: number): void
  /** The table is whole. */
  done(table: string): void
  readonly totals: { readonly rows: number; readonly bytes: number }
}

/** `12.3 MB`, or `4 KB` where it is less than one. */
export function megabytes(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000).toLocaleString('en')} KB` : `${(bytes / 1e6).toFixed(1)} MB`
}

/** A meter of tables, one after another. A line for each, and more for one that takes long. */
export function createMeter(options: { say: (line: string) => void; nowMs: () => number }): Meter {
  const { say, nowMs } = options
  const totals = { rows: 0, bytes: 0 }
  const current = { rows: 0, bytes: 0, saidMs: nowMs() }
  const text = (table: string) =>
    `${table.padEnd(26)} ${current.rows.toLocaleString('en')} rows, ${megabytes(current.bytes)}`
  return {
    totals,
    moved(table, rows, bytes) {
      current.rows += rows
      current.bytes += bytes
      totals.rows += rows
      totals.bytes += bytes
      if (nowMs() - current.saidMs < sayEveryMs) return
      current.saidMs = nowMs()
      say(`  ${text(table)} so far`)
    },
    done(table) {
      say(`  ${text(table)}`)
      Object.assign(current, { rows: 0, bytes: 0, saidMs: nowMs() })
    },
  }
}
