import type pg from 'pg'
import { must } from '../platform/must.ts'
import { withTransaction } from '../platform/postgres/database.ts'
import { makePart, readParts, type AgedPart } from '../platform/postgres/partitions.ts'

/** Tables of the books that are only ever added to. */
export const appendOnlyOfStock = [
  'entries',
  'movements',
  'counts',
  'price_changes',
  'parcel_moves',
  'notes',
  'shortfalls',
].map((name) => `stock.${name}`)

/** The table of answers under keys, in a partition for each period. */
export const answersTable = 'stock.answers'

type Database = Pick<pg.ClientBase, 'query'>

/** Periods that one key lives through: half as long as keys are kept, so that at most three of them are looked through for a key. */
const PERIODS_KEPT = 2

const newestSql = `
  select period, begun_at <= clock_timestamp() - $1 * interval '1 day' as is_over
  from stock.answer_periods order by period desc limit 1`

/**
 * Begins a new period of answers where the newest has lasted long enough, and makes its partition. While no batch is under way in any process, as where
 * settings change: every batch of before has committed, and every one after reads its keys later. So a key has one effect over the boundary too.
 *
 * @param keepDays days that keys are remembered at least; 0 remembers all, in one period
 * @returns the period that was begun, if any was
 */
export async function beginAnswerPeriod(pool: pg.Pool, keepDays: number): Promise<number | undefined> {
  if (keepDays === 0 || !(await readNewest(pool, keepDays)).is_over) return undefined
  return withTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock(1280262987, 2)')
    const { period, is_over: isOver } = await readNewest(client, keepDays)
    if (!isOver) return undefined
    await makePart(client, answersTable, { first: period + 1, beyond: period + 2 })
    await client.query('insert into stock.answer_periods (period) values ($1)', [period + 1])
    return period + 1
  })
}

async function readNewest(database: Database, keepDays: number) {
  const { rows } = await database.query<{ period: number; is_over: boolean }>(newestSql, [keepDays / PERIODS_KEPT])
  return must(rows[0], 'the newest period of answers')
}

/**
 * The partitions of answers and what is to become of them: one is due when the period behind it began so long ago that its last key is old enough.
 *
 * @param keepDays as for `beginAnswerPeriod`
 */
export async function readAnswerParts(database: Database, keepDays: number): Promise<AgedPart[]> {
  const { rows } = await database.query<{ period: number; begun_at: Date; old: boolean }>(
    `select period, begun_at, begun_at < clock_timestamp() - $1 * interval '1 day' as old from stock.answer_periods`,
    [keepDays],
  )
  const periods = new Map(rows.map((row) => [row.period, row]))
  return (await readParts(database, answersTable)).map((part) => {
    const next = periods.get(part.beyond)
    const isDue = part.pending || (keepDays > 0 && next?.old === true)
    return { ...part, table: answersTable, fate: isDue ? 'due' : 'kept', until: next?.begun_at }
  })
}

/** Those of the partitions of answers that are to go, the oldest first. */
export async function dueAnswerParts(database: Database, keepDays: number): Promise<AgedPart[]> {
  return (await readAnswerParts(database, keepDays)).filter(({ fate }) => fate === 'due')
}
