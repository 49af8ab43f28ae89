import { open, rm, type FileHandle } from 'node:fs/promises'
import { messageOf, SetupError } from '../platform/setup-error.ts'

/** A row that did not go in. */
export interface Rejection {
  /** from 1, the line of the column names being the first */
  readonly line: number
  /** empty where it is the row as a whole */
  readonly column: string
  /** shortened */
  readonly value: string
  readonly reason: string
}

/** As much of a value as helps to find it. */
const valueShown = 60
/** What a person reads on the screen; all are in the file. */
const rejectionsShown = 10

/** Collects rejected rows: counts them, keeps the first, and writes all to a CSV file with why. */
export interface Rejects {
  add(rejection: Rejection, cells: readonly string[]): Promise<void>
  count(): number
  first(): readonly Rejection[]
  /** Ends the file; its path if there is one. A file that an earlier import left at the path is removed when nothing was rejected now. */
  close(): Promise<string | undefined>
}

/**
 * The file is made with the first rejection: the row's own cells, then line, column and reason, so that it can be put right and imported again.
 *
 * @param path where to; undefined writes no file (a preview)
 */
export function createRejects(path: string | undefined, header: readonly string[], delimiter: string): Rejects {
  const file = path === undefined ? undefined : createLineFile(path)
  let count = 0
  const first: Rejection[] = []
  return {
    async add({ line, column, value, reason }, cells) {
      count++
      const shown = value.length > valueShown ? `${value.slice(0, valueShown)}…` : value
      if (first.length < rejectionsShown) first.push({ line, column, value: shown, reason })
      if (count === 1) await file?.write(csvLine([...header, 'rejected_line', 'rejected_column', 'reason'], delimiter))
      const padded = [...cells, ...Array.from({ length: Math.max(0, header.length - cells.length) }, () => '')]
      await file?.write(csvLine([...padded, String(line), column, reason], delimiter))
    },
    count: () => count,
    first: () => first,
    async close() {
      if (path === undefined || count === 0) {
        if (path !== undefined) await rm(path, { force: true })
        return undefined
      }
      await file?.close()
      return path
    },
  }
}

/** Text that is gathered before it is written: a file of nothing but rejected rows is not a write a row. */
const gatheredChars = 65_536

function createLineFile(path: string): { write(line: string): Promise<void>; close(): Promise<void> } {
  let handle: FileHandle | undefined
  let gathered = ''
  let writing = Promise.resolve()
  const flush = () => {
    const text = gathered
    gathered = ''
    // One after the other: prices that stock refuses come from several commands at once.
    writing = writing.then(async () => {
      handle ??= await open(path, 'w')
      await handle.write(text)
    })
    return writing.catch((error: unknown) => {
      throw new SetupError(
        `The rejected rows cannot be written to ${path}: ${messageOf(error)}. Name another place with --rejects.`,
      )
    })
  }
  return {
    async write(line) {
      gathered += line
      // The first is written at once, so that a place that cannot be written to is known at the first.
      if (handle === undefined || gathered.length > gatheredChars) await flush()
    },
    async close() {
      await flush()
      await handle?.close()
    },
  }
}

/** One line of CSV. A cell that a spreadsheet would take for a formula begins with an apostrophe instead. */
export function csvLine(cells: readonly string[], delimiter: string): string {
  return `${cells.map((cell) => csvCell(cell, delimiter)).join(delimiter)}\r\n`
}

function csvCell(text: string, delimiter: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  const needsQuotes = safe.includes('"') || safe.includes(delimiter) || /[\r\n]/.test(safe)
  return needsQuotes ? `"${safe.replaceAll('"', '""')}"` : safe
}
