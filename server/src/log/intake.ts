import { HeardWrong, LogBroken, parseRow, type LogRow, type RowText } from './rows.ts'

/** What became of a row that was heard of: applied; known already; ahead of what is known, so that PostgreSQL has to be asked; no row at all. */
export type Heard = 'taken' | 'known' | 'ahead' | 'garbage'

/** Rows that were taken and not yet seen in PostgreSQL, at most: beyond, only PostgreSQL is asked. Four looks; at 30 KB a row 15 MB. */
const unprovenMax = 512

/**
 * Where a follower stands, between what it hears at once and what PostgreSQL says a little later. A row that is heard is taken if it comes right after the
 * last one, and then it is known for as long as a look has not said the same: each row is read from PostgreSQL once, however it came.
 */
export interface Intake {
  /** the last position that PostgreSQL has said: the next look asks for what is after it */
  proven(): number
  /** the last position that was applied */
  position(): number
  /** Rows taken that PostgreSQL has not said yet. */
  unproven(): number
  /** Never throws: what could not be applied shows at the next `prove`. */
  hear(row: RowText): Heard
  /**
   * Takes what a look has brought: the rows after `proven`, gapless. Throws LogBroken where a row could not be applied, HeardWrong where one that was heard
   * is not what PostgreSQL has.
   *
   * @param look.asked `position` when the look was sent: what was taken by then has been committed, so PostgreSQL has it
   * @param look.caughtUp there were no more
   */
  prove(rows: readonly RowText[], look: { readonly asked: number; readonly caughtUp: boolean }): void
  /** PostgreSQL does not answer: nothing that is heard is taken until it does. */
  doubt(): void
}

/**
 * @param from the position after which to begin
 * @param onRows applies whole transactions in order
 */
export function createIntake(from: number, onRows: (rows: readonly LogRow[], caughtUp: boolean) => void): Intake {
  const unproven = new Map<number, RowText>()
  const state = { proven: from, position: from, open: false, broken: undefined as LogBroken | undefined }
  const apply = (rows: readonly LogRow[], caughtUp: boolean) => {
    try {
      onRows(rows, caughtUp)
    } catch (cause) {
      // It may have been applied in part, and is not tried again.
      throw new LogBroken(`the log could not be applied after ${state.position}`, { cause })
    }
    state.position = rows.at(-1)?.position ?? state.position
  }
  return {
    proven: () => state.proven,
    position: () => state.position,
    unproven: () => unproven.size,
    hear(row) {
      if (row.position <= state.position) return 'known'
      if (!isNext(row, state) || unproven.size >= unprovenMax) return 'ahead'
      const parsed = parsedRow(row)
      if (parsed === undefined) return 'garbage'
      unproven.set(row.position, row)
      try {
        apply([parsed], false)
      } catch (error) {
        state.broken = error as LogBroken
      }
      return 'taken'
    },
    prove(rows, { asked, caughtUp }) {
      if (state.broken) throw state.broken
      for (const row of rows) assertSame(row, unproven.get(row.position))
      const last = rows.at(-1)?.position ?? state.proven
      if (caughtUp && last < asked)
        throw new HeardWrong(`position ${asked} was heard of, and PostgreSQL ends at ${last}`)
      apply(rows.filter((row) => row.position > state.position).map(parseRow), caughtUp)
      for (const { position } of rows) unproven.delete(position)
      state.proven = last
      state.open = true
    },
    doubt() {
      state.open = false
    },
  }
}

const isNext = (row: RowText, state: { position: number; open: boolean; broken: unknown }): boolean =>
  state.open && state.broken === undefined && row.position === state.position + 1

function parsedRow(row: RowText): LogRow | undefined {
  try {
    return parseRow(row)
  } catch {
    return undefined
  }
}

function assertSame(row: RowText, heard: RowText | undefined): void {
  if (heard === undefined || (heard.changes === row.changes && heard.atUs === row.atUs)) return
  throw new HeardWrong(`what was heard at position ${row.position} is not what PostgreSQL has there`)
}
