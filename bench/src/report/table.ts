/** One line of a table, by column. */
export type Row = Readonly<Record<string, string | number | undefined>>

const cellOf = (value: string | number | undefined): string => {
  if (value === undefined) return '-'
  if (typeof value === 'string') return value
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)))
}

/** Rows as text in columns, numbers to the right; empty for no rows. Columns are those of the first row. */
export function tableOf(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0] ?? {})
  const widths = columns.map((name) => Math.max(name.length, ...rows.map((row) => cellOf(row[name]).length)))
  const isNumber = columns.map((name) => rows.some((row) => typeof row[name] === 'number'))
  const lineOf = (cells: readonly string[]) =>
    cells
      .map((cell, at) => (isNumber[at] ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd()
  if (columns.length === 0) return ''
  return [
    lineOf(columns),
    lineOf(widths.map((width) => '-'.repeat(width))),
    ...rows.map((row) => lineOf(columns.map((name) => cellOf(row[name])))),
  ].join('\n')
}
