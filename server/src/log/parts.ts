import type pg from 'pg'
import { must } from '../platform/must.ts'
import { withTransaction } from '../platform/postgres/database.ts'
import { makePart, readParts, type AgedPart, type Part } from '../platform/postgres/partitions.ts'

/** The table of the log's rows, in partitions of a million positions. */
export const logTable = 'log.log'
/** Tables of the log that are only ever added to; what is old goes with its partition. */
export const appendOnlyOfLog = [logTable, 'log.batches'] as const

/** Partitions that are kept ready behind the one that is written to: two million positions, of more than an hour at 500 transactions a second. */
export const PARTS_AHEAD = 2

type Database = Pick<pg.ClientBase, 'query'>

/** How much the log can grow before it needs another partition. */
export interface LogRoom {
  /** partitions that nothing is written to yet */
  readonly ahead: number
  readonly positions: number
}

async function readHead(database: Database): Promise<number> {
  const { rows } = await database.query<{ head: number }>('select log.head() as head')
  return must(rows[0], 'the head of the log').head
}

const isAhead = (head: number) => (part: Part) => part.first > head && !part.pending

export async function readLogRoom(database: Database): Promise<LogRoom> {
  const head = await readHead(database)
  const parts = await readParts(database, logTable)
  const last = parts.at(-1)
  return { ahead: parts.filter(isAhead(head)).length, positions: Math.max(0, (last?.beyond ?? 0) - 1 - head) }
}

/** Makes the partitions that have to be ready ahead, where any are missing. Any number of processes may call it. */
export async function makeLogParts(pool: pg.Pool): Promise<void> {
  if ((await readLogRoom(pool)).ahead >= PARTS_AHEAD) return
  await withTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock(1280262987, 3)')
    const head = await readHead(client)
    const parts = await readParts(client, logTable)
    const { rows } = await client.query<{ positions: number }>('select log.part_positions() as positions')
    const { positions } = must(rows[0], 'the size of a partition')
    let first = parts.at(-1)?.beyond ?? head + 1
    for (let ahead = parts.filter(isAhead(head)).length; ahead < PARTS_AHEAD; ahead++) {
      await makePart(client, logTable, { first, beyond: first + positions })
      first += positions
    }
  })
}

/**
 * The partitions of the log and what is to become of them. Those due are the oldest ones, up to the first whose newest row is not old enough; that with
 * the head never is, since the head is the log's own maximum.
 *
 * @param keepDays days that rows are kept at least; 0 keeps all
 */
export async function readLogParts(database: Database, keepDays: number): Promise<AgedPart[]> {
  const head = await readHead(database)
  const aged: AgedPart[] = []
  let mayGo = keepDays > 0
  for (const part of await readParts(database, logTable)) {
    if (part.first > head) {
      aged.push({ ...part, table: logTable, fate: 'ahead', until: undefined })
      continue
    }
    const { at, old } = part.pending ? { at: undefined, old: true } : await readNewest(database, part, keepDays)
    mayGo &&= part.beyond <= head && old
    aged.push({ ...part, table: logTable, fate: mayGo || part.pending ? 'due' : 'kept', until: at })
  }
  return aged
}

/** A partition without a row, below the head, is one of a log that was restored: it is as old as can be. */
async function readNewest(database: Database, { name }: Part, keepDays: number) {
  const { rows } = await database.query<{ at: Date; old: boolean }>(
    `select at, at < clock_timestamp() - $1 * interval '1 day' as old from ${name} order by position desc limit 1`,
    [keepDays],
  )
  return rows[0] ?? { at: undefined, old: true }
}

/** Those of the log's partitions that are to go, the oldest first. */
export async function dueLogParts(database: Database, keepDays: number): Promise<AgedPart[]> {
  return (await readLogParts(database, keepDays)).filter(({ fate }) => fate === 'due')
}
