/**
 * CSV (RFC 4180), forgiving of what people's files have: `,` `;` tab or `|`, CRLF and LF mixed, quotes inside an unquoted cell. Our own and not
 * csv-parse: with that one (7.0.3, tried) a quote that is never closed lost the rest of the file, and mixed line ends ran rows together. Here a
 * broken row is one rejected row, and reading goes on with the line after it.
 */
export type CsvRecord =
  | { readonly kind: 'row'; readonly line: number; readonly cells: readonly string[] }
  | { readonly kind: 'broken'; readonly line: number; readonly reason: string; readonly text: string }

/** Characters of one record: bounds memory whatever the file; the longest real row seen has 1,700. */
export const RECORD_CHARS_MAX = 65_536
/** Of a broken line, this much is kept to be shown. */
const shownChars = 500

/** Takes text as it comes and gives the records that are whole. */
export interface CsvReader {
  push(text: string): CsvRecord[]
  /** What is left when no more comes. */
  end(): CsvRecord[]
}

/** A reader of rows separated by line ends, of cells separated by `delimiter`. Lines without any character are passed over. */
export function createCsvReader(delimiter: string): CsvReader {
  let buffer = ''
  let line = 1
  /** The rest of a line that is too long to be kept. */
  let skipping = false

  const scan = (isEnd: boolean): CsvRecord[] => {
    const records: CsvRecord[] = []
    let at = 0
    while (at < buffer.length) {
      const taken = takeRecord(buffer, at, { delimiter, line, isEnd })
      if (taken === 'more') break
      if (!skipping && taken.record !== undefined) records.push(taken.record)
      skipping = taken.cut
      line += taken.newlines
      at = taken.end
    }
    buffer = buffer.slice(at)
    return records
  }

  return {
    push(text) {
      buffer += text
      return scan(false)
    },
    end: () => scan(true),
  }
}

interface Taken {
  readonly record: CsvRecord | undefined
  /** where the next record begins */
  readonly end: number
  readonly newlines: number
  /** the line goes on beyond what was taken */
  readonly cut: boolean
}

interface Place {
  readonly delimiter: string
  readonly line: number
  readonly isEnd: boolean
}

function takeRecord(buffer: string, at: number, place: Place): Taken | 'more' {
  const newline = buffer.indexOf('\n', at)
  const lineEnd = newline === -1 ? buffer.length : newline
  const isWhole = newline !== -1 || place.isEnd
  if (!isWhole && lineEnd - at <= RECORD_CHARS_MAX) return 'more'
  const isTooLong = lineEnd - at > RECORD_CHARS_MAX
  const text = buffer.slice(at, isTooLong ? at + shownChars : withoutReturn(buffer, at, lineEnd))
  const oneLine = { end: newline === -1 ? lineEnd : newline + 1, newlines: newline === -1 ? 0 : 1, cut: !isWhole }
  if (isTooLong) return { ...oneLine, record: broken(place.line, `longer than ${RECORD_CHARS_MAX} characters`, text) }
  if (text === '') return { ...oneLine, record: undefined }
  if (!text.includes('"')) {
    return { ...oneLine, record: { kind: 'row', line: place.line, cells: text.split(place.delimiter) } }
  }
  const quoted = takeQuoted(buffer, at, place)
  if (quoted === 'more') return 'more'
  if ('reason' in quoted) return { ...oneLine, record: broken(place.line, quoted.reason, text) }
  const newlines = buffer.slice(at, quoted.end).split('\n').length - 1
  return { record: { kind: 'row', line: place.line, cells: quoted.cells }, end: quoted.end, newlines, cut: false }
}

const withoutReturn = (buffer: string, at: number, end: number): number =>
  end > at && buffer[end - 1] === '\r' ? end - 1 : end

const broken = (line: number, reason: string, text: string): CsvRecord => ({
  kind: 'broken',
  line,
  reason,
  text: text.slice(0, shownChars),
})

type Quoted = { readonly cells: string[]; readonly end: number } | { readonly reason: string } | 'more'

/** A record with quotes in it, which may run over several lines. */
function takeQuoted(buffer: string, from: number, { delimiter, isEnd }: Place): Quoted {
  const cells: string[] = []
  let at = from
  for (;;) {
    const cell = buffer[at] === '"' ? quotedCell(buffer, at, from, isEnd) : plainCell(buffer, at, delimiter)
    if (cell === 'more' || 'reason' in cell) return cell
    cells.push(cell.text)
    const next = buffer[cell.end]
    if (next === delimiter) at = cell.end + 1
    else if (next === '\n') return { cells, end: cell.end + 1 }
    else if (next === '\r' && buffer[cell.end + 1] === '\n') return { cells, end: cell.end + 2 }
    else if (next === undefined || (next === '\r' && cell.end + 1 === buffer.length)) {
      return isEnd ? { cells, end: buffer.length } : 'more'
    } else return { reason: 'text after a closing quote (a quote inside a cell is written twice: "")' }
  }
}

type Cell = { readonly text: string; readonly end: number } | { readonly reason: string } | 'more'

function quotedCell(buffer: string, at: number, from: number, isEnd: boolean): Cell {
  let text = ''
  let start = at + 1
  for (;;) {
    const quote = buffer.indexOf('"', start)
    const reached = quote === -1 ? buffer.length : quote
    if (reached - from > RECORD_CHARS_MAX || (quote === -1 && isEnd)) {
      return { reason: 'a quote is opened here and not closed' }
    }
    if (quote === -1 || (quote + 1 === buffer.length && !isEnd)) return 'more'
    text += buffer.slice(start, quote)
    if (buffer[quote + 1] !== '"') return { text, end: quote + 1 }
    text += '"'
    start = quote + 2
  }
}

function plainCell(buffer: string, at: number, delimiter: string): Cell {
  const newline = buffer.indexOf('\n', at)
  const lineEnd = withoutReturn(buffer, at, newline === -1 ? buffer.length : newline)
  const separator = buffer.indexOf(delimiter, at)
  const end = separator === -1 || separator > lineEnd ? lineEnd : separator
  return { text: buffer.slice(at, end), end }
}

const delimiters = [',', ';', '\t', '|']

/** The delimiter of a file by its first line: the one that stands most often outside quotes; a comma if none does. */
export function detectDelimiter(firstLine: string): string {
  const outside = firstLine.replace(/"[^"]*"/g, '')
  const counts = delimiters.map((delimiter) => outside.split(delimiter).length)
  return delimiters[counts.indexOf(Math.max(...counts))] ?? ','
}
