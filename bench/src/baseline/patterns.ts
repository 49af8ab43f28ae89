import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import type { HoldRequest } from '@cellarhand/protocol/stock'

/** One way to take bottles: the hold's id, or undefined for a refusal. */
export type Pattern = (pool: pg.Pool, request: HoldRequest) => Promise<string | undefined>

// Prepared once a connection: the baselines are to be the best of their kind.
const lock = { name: 'lock', text: 'select available from baseline.levels where sku = $1 for update' }
const take = {
  name: 'take',
  text: 'update baseline.levels set available = available - $2, held = held + $2 where sku = $1',
}
const insertHold = {
  name: 'hold',
  text: `insert into baseline.holds (id, sku, quantity, expires_at) values ($1, $2, $3, now() + $4 * interval '1 second')`,
}
const insertEntry = { name: 'entry', text: 'insert into baseline.journal (hold_id, sku, quantity) values ($1, $2, $3)' }
const guarded = {
  name: 'guarded',
  text: `update baseline.levels set available = available - $2, held = held + $2 where sku = $1 and available >= $2
    returning available`,
}

/** As most shops do it: a transaction a request, that locks the row, looks, and writes. */
export const rowLock: Pattern = async (pool, { lines: [line], ttlSeconds = 600 }) => {
  if (!line) return undefined
  const client = await pool.connect()
  try {
    await client.query('begin')
    const { rows } = await client.query<{ available: number }>({ ...lock, values: [line.sku] })
    if ((rows[0]?.available ?? 0) < line.quantity) {
      await client.query('rollback')
      return undefined
    }
    const id = randomUUID()
    await client.query({ ...take, values: [line.sku, line.quantity] })
    await client.query({ ...insertHold, values: [id, line.sku, line.quantity, ttlSeconds] })
    await client.query({ ...insertEntry, values: [id, line.sku, line.quantity] })
    await client.query('commit')
    return id
  } finally {
    client.release()
  }
}

/** The least there is: one statement a request, that commits by itself. It leaves no hold, no journal and no key behind. */
export const guardedUpdate: Pattern = async (pool, { lines: [line] }) => {
  if (!line) return undefined
  const { rowCount } = await pool.query({ ...guarded, values: [line.sku, line.quantity] })
  return rowCount === 1 ? randomUUID() : undefined
}
