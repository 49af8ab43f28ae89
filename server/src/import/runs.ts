import type pg from 'pg'

/** A run that is remembered: the time its facts are of, and whether it came to its end once. */
export interface RunRecord {
  readonly asOfMs: number
  readonly finished: boolean
}

/** What is remembered of a run; undefined if it never began. */
export async function readRun(pool: pg.Pool, id: string): Promise<RunRecord | undefined> {
  const { rows } = await pool.query<{ as_of: Date; finished: boolean }>(
    'select as_of, finished_at is not null as finished from import.runs where id = $1',
    [id],
  )
  const [row] = rows
  return row && { asOfMs: row.as_of.getTime(), finished: row.finished }
}

/** Begins a run, or finds it begun: then the time it was given first stands. Times in ms since 1970. */
export async function openRun(
  pool: pg.Pool,
  id: string,
  { asOfMs, nowMs }: { asOfMs: number; nowMs: number },
): Promise<RunRecord> {
  await pool.query(
    `insert into import.runs (id, as_of, started_at)
     values ($1, to_timestamp($2::float8 / 1000), to_timestamp($3::float8 / 1000)) on conflict do nothing`,
    [id, asOfMs, nowMs],
  )
  return (await readRun(pool, id)) ?? { asOfMs, finished: false }
}

/** Notes that a run came to its end. */
export async function closeRun(pool: pg.Pool, id: string, nowMs: number): Promise<void> {
  await pool.query(
    'update import.runs set finished_at = coalesce(finished_at, to_timestamp($2::float8 / 1000)) where id = $1',
    [id, nowMs],
  )
}
