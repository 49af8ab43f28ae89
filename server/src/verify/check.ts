import type pg from 'pg'

/** One promise, as SQL that finds what breaks it. */
export interface Check {
  /** What holds, as a sentence's end: printed, and what a test or an alert refers to. */
  readonly name: string
  /** Selects how much was looked at, as `checked`. */
  readonly checked: string
  /** Selects what breaks the promise: a row each, with what a person needs to find it. */
  readonly offending: string
  readonly values?: readonly unknown[]
}

/** What one check found. */
export interface Finding {
  readonly name: string
  readonly checked: number
  /** The first offending rows, at most `OFFENDING_SHOWN`. */
  readonly offending: readonly object[]
  /** How many there are in all. */
  readonly total: number
}

/** Rows shown of one check: enough to see a pattern, few enough to read. */
const OFFENDING_SHOWN = 20

/**
 * Runs one check in the transaction that is open. Never rejects for what the data is like: text that cannot be read as what it should be is a
 * finding too. Rejects where the connection is lost or the query cancelled.
 */
export async function runCheck(client: pg.ClientBase, check: Check): Promise<Finding> {
  await client.query('savepoint one_check')
  try {
    const { rows: sizes } = await client.query<{ checked: number }>(check.checked)
    const { rows } = await client.query<Record<string, unknown> & { offending_total: number }>(
      `select o.*, count(*) over () as offending_total from (${check.offending}) o limit ${OFFENDING_SHOWN}`,
      [...(check.values ?? [])],
    )
    const offending = rows.map(({ offending_total: _total, ...row }) => row)
    return { name: check.name, checked: sizes[0]?.checked ?? 0, offending, total: rows[0]?.offending_total ?? 0 }
  } catch (error) {
    if (!isAboutData(error)) throw error
    await client.query('rollback to savepoint one_check')
    return { name: check.name, checked: 0, offending: [{ unreadable: (error as Error).message }], total: 1 }
  }
}

/** SQLSTATE class 22, data exceptions: what is stored is not what it should be. */
function isAboutData(error: unknown): boolean {
  return String((error as { code?: unknown }).code).startsWith('22')
}
