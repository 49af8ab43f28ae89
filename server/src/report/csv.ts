/** What a cell may hold. Absent is empty. */
export type Cell = string | number | bigint | undefined

/** What spreadsheets take for the beginning of a formula (OWASP, "CSV Injection"). */
const formulaStart = /^[=+\-@\t\r\n]/

/**
 * A line of CSV (RFC 4180, ending in CR LF). Text that a spreadsheet would run as a formula begins with an apostrophe, which makes it
 * text there; numbers are ours and stay numbers, also below zero.
 */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(cellText).join(',')}\r\n`
}

function cellText(cell: Cell): string {
  if (cell === undefined) return ''
  if (typeof cell !== 'string') return String(cell)
  const text = formulaStart.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
