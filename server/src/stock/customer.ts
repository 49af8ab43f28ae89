import type pg from 'pg'
import { must } from '../platform/must.ts'
import { withTransaction } from '../platform/postgres/database.ts'
import { documentsOf } from './batch/read.ts'
import * as sql from './batch/sql.ts'
import { documentAnswer } from './core/document.ts'
import { lockSettings } from './settings.ts'

/** What some references of one customer claim now: live holds, and units in them. */
export async function readLiveHolds(
  pool: pg.Pool,
  customers: readonly string[],
): Promise<{ readonly holds: number; readonly units: number }> {
  const { rows } = await pool.query<{ holds: number; units: number }>({
    name: 'live-holds',
    text: `select count(distinct h.id)::int as holds, coalesce(sum(l.quantity), 0)::bigint as units
      from stock.holds h join stock.hold_lines l on l.hold_id = h.id
      where h.state = 'active' and h.customer is not null and h.customer = any($1)`,
    values: [customers],
  })
  return must(rows[0], 'a count')
}

/** Whether something was done for a caller under a key: asked again, it is answered again and nothing more is done. */
export async function isAnswered(
  pool: pg.Pool,
  { caller, kind, key }: { readonly caller: string; readonly kind: string; readonly key: string },
): Promise<boolean> {
  const { rowCount } = await pool.query(
    'select from stock.answers where key = $1 and caller = $2 and operation = $3 limit 1',
    [key, caller, kind],
  )
  return rowCount === 1
}

/** What is on record of a customer: what they may ask to be given. */
export interface CustomerRecord {
  readonly holds: readonly object[]
  readonly orders: readonly object[]
}

/** More than anybody has ordered of one merchant; beyond, somebody has to ask the database. */
const RECORDS_MAX = 10_000

/** All that is on record under some references of one customer: their holds, in short, and their orders whole. */
export async function readCustomer(pool: pg.Pool, customers: readonly string[]): Promise<CustomerRecord> {
  const { rows: holds } = await pool.query<{ id: string; state: string; created_at: Date; expires_at: Date }>(
    `select id, state, created_at, expires_at from stock.holds where customer = any($1) order by entry desc limit $2`,
    [customers, RECORDS_MAX],
  )
  const { rows } = await pool.query<{ id: string }>(
    `select id from stock.documents where kind = 'order' and body ->> 'customer' = any($1) order by entry desc limit $2`,
    [customers, RECORDS_MAX],
  )
  const documents = documentsOf(await pool.query(sql.readDocuments.text, [rows.map(({ id }) => id)]))
  return {
    holds: holds.map(({ id, state, created_at: at, expires_at: ends }) => ({
      id,
      state,
      createdAt: at.toISOString(),
      expiresAt: ends.toISOString(),
    })),
    orders: rows.flatMap(({ id }) => documents.get(id) ?? []).map(documentAnswer),
  }
}

/** What came of an erasure: how much was changed, or what is still under way. */
export type Erased =
  | { readonly kind: 'erased'; readonly orders: number; readonly holds: number }
  | { readonly kind: 'active'; readonly holds: number; readonly orders: number }

/** Orders of which nothing is to come any more. */
const ended = ['delivered', 'collected', 'cancelled', 'returned']

/**
 * Takes out of what stock keeps of a customer all that says who they are: the buyer, the card, the note and the postal code of their orders, in documents and in remembered answers, and the
 * reference itself. Bottles, prices, countries and times stay: the ledger balances as before. Refused as long as a hold lives or an order is not at its end.
 *
 * @param as what stands in place of the references
 */
export async function eraseCustomer(pool: pg.Pool, customers: readonly string[], as: string): Promise<Erased> {
  const { rows } = await pool.query<{ id: string }>('select id from stock.holds where customer = any($1)', [customers])
  const holds = rows.map(({ id }) => id)
  const erased = await withTransaction(pool, async (client): Promise<Erased> => {
    // No batch is under way while this is: none writes back what it read before.
    await lockSettings(client)
    const { rows: orders } = await client.query<{ id: string; state: string }>(
      `select id, state from stock.documents where kind = 'order' and body ->> 'customer' = any($1)`,
      [customers],
    )
    const { rows: live } = await client.query(`select 1 from stock.holds where id = any($1) and state = 'active'`, [
      holds,
    ])
    const open = orders.filter(({ state }) => !ended.includes(state))
    if (live.length + open.length > 0) return { kind: 'active', holds: live.length, orders: open.length }
    const ids = [...holds, ...orders.map(({ id }) => id)]
    for (const statement of erasures) await client.query(statement, [ids, as])
    return { kind: 'erased', orders: orders.length, holds: holds.length }
  })
  if (erased.kind === 'erased') {
    await withTransaction(pool, async (client) => {
      await client.query('set local statement_timeout = 0')
      await client.query(eraseAnswers, [customers, as])
    })
  }
  return erased
}

/** A document or an answer without what is personal in it. */
const redacted = (json: string) => `
  (${json} - '{buyer,gift,note}'::text[])
  || case when ${json} ? 'customer' then jsonb_build_object('customer', $2::text) else '{}' end
  || case when ${json} ? 'destination' then jsonb_build_object('destination', (${json} -> 'destination') - 'postcode') else '{}' end`

const erasures = [
  `update stock.documents set body = ${redacted('body')} where kind = 'order' and id = any($1)`,
  `update stock.holds set customer = $2 where id = any($1)`,
  `update stock.commitments set customer = $2 where id = any($1)`,
]

/** Answers never change, so nobody need wait while all that are remembered are looked through: some seconds for a million. */
const eraseAnswers = `update stock.answers a set answer = (${redacted('a.answer::jsonb')})::text
  where a.answer like any(select '%' || replace(replace(replace(to_json(one)::text, '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%' from unnest($1::text[]) one)
    and a.answer::jsonb ->> 'customer' = any($1)`
