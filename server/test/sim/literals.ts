/** The elements of a PostgreSQL array literal as `textArray` and `plainArray` write them. */
export function elementsOf(literal: unknown): (string | null)[] {
  const text = String(literal)
  const elements: (string | null)[] = []
  for (let at = 1; at < text.length - 1;) {
    if (text[at] === '"') {
      let value = ''
      for (at += 1; text[at] !== '"'; at++) {
        if (text[at] === '\\') at += 1
        value += text[at]
      }
      elements.push(value)
      at += 2
    } else {
      const end = text.indexOf(',', at)
      const value = text.slice(at, end < 0 ? -1 : end)
      elements.push(value === 'null' ? null : value)
      at += value.length + 1
    }
  }
  return elements
}

/** Rows out of parallel arrays, as `unnest` makes them. */
export function unnest(values: readonly unknown[], count: number): (string | null)[][] {
  const columns = values.slice(0, count).map(elementsOf)
  return (columns[0] ?? []).map((_, row) => columns.map((column) => column[row] ?? null))
}

/** Microseconds since 1970 of RFC 3339 in UTC with up to six digits behind the second, or of themselves. */
export function usOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  const [seconds, fraction = ''] = text.slice(0, -1).split('.')
  return Date.parse(`${seconds}Z`) * 1_000 + Number(fraction.padEnd(6, '0'))
}
