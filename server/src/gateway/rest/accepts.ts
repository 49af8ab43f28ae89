/** How much a media type or an encoding is wanted by an `Accept` header, 0 to 1; 0 where it is not named itself. */
export function wanted(accept: string, media: string): number {
  for (const range of accept.toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim())
    if (type !== media) continue
    const weight = parameters.find((parameter) => parameter.startsWith('q='))
    const value = weight === undefined ? 1 : Number(weight.slice(2))
    return value >= 0 && value <= 1 ? value : 0
  }
  return 0
}

/** Whether an answer should be CSV: only where it is asked for by name, and JSON not rather. */
export function wantsCsv(accept: string | undefined): boolean {
  if (accept === undefined) return false
  const csv = wanted(accept, 'text/csv')
  return csv > 0 && csv >= wanted(accept, 'application/json')
}
