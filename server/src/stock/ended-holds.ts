import type pg from 'pg'
import { withSnapshot } from './snapshot.ts'

/** How a hold of a customer or a guest ended, by whom it was made. Times are ms since 1970. */
export interface EndedHold {
  readonly id: string
  readonly subject: string
  readonly ending: 'lapsed' | 'released' | 'bought'
  readonly beganAtMs: number
  readonly endedAtMs: number
  /** of which SKU it took the most of what may be sold, and how much of that: 0 to 1 */
  readonly sku: string | undefined
  readonly share: number
}

/** Batches of one look. Each is asked for by the index, and most have ended nothing that somebody looks for. */
const BATCHES_MAX = 200
/** Entries of a batch: their numbers are its own times that, and more. */
const PER_BATCH = 1_024
/** Holds that are read back at once, the newest. */
const BACK_MAX = 5_000

/**
 * Holds that somebody made for themselves, and how they ended: what staff made or gave back for them says nothing of them, and what a fact revoked neither. What may be sold now is
 * taken for what might be then: the looks are half a second apart. Each row's entries are looked up by themselves: joined, the planner took the whole tables, and 8 s where this takes 10 ms.
 */
const endings = (which: string) => `
  with ended as materialized (
    select id, state, customer, entry, ended_by, created_at from stock.holds
    where customer is not null and state in ('released', 'expired', 'committed') and ${which}),
  told as materialized (
    select h.*, (select caller from stock.entries e where e.id = h.entry) as subject,
      (select caller from stock.entries e where e.id = h.ended_by) as ender,
      (select extract(epoch from recorded_at) * 1000 from stock.entries e where e.id = h.ended_by)::float8 as "endedAtMs"
    from ended h)
  select t.id, t.subject, most.sku, coalesce(most.share, 0)::float8 as share, t."endedAtMs",
    (extract(epoch from t.created_at) * 1000)::float8 as "beganAtMs",
    case t.state when 'committed' then 'bought' when 'expired' then 'lapsed' else 'released' end as ending
  from told t left join lateral (
    select l.sku, least(1, sum(l.quantity)::float8 / greatest(sum(l.quantity), (
      select sum(available + held) from stock.levels v where v.sku = l.sku), 1)) as share
    from stock.hold_lines l where l.hold_id = t.id group by l.sku order by 2 desc limit 1
  ) most on true
  where (t.customer = t.subject or (t.customer like 'guest:%' and t.subject like 'user:%'))
    and (t.state <> 'released' or t.ender = t.subject)`

/** Holds that ended in what became visible behind a position, a part at a time. Where the log is shorter than that, it is another one: it goes on from its end. */
export async function readEndedHolds(
  pool: pg.Pool,
  after: number,
): Promise<{ readonly holds: readonly EndedHold[]; readonly upTo: number; readonly more: boolean }> {
  const { value, position } = await withSnapshot(pool, async (client) => {
    const { rows: batches } = await client.query<{ position: number; batch: number }>(
      'select position, batch from log.batches where position > $1 order by position limit $2',
      [after, BATCHES_MAX],
    )
    if (batches.length === 0) return { holds: [], batches }
    const numbers = batches.map(({ batch }) => batch)
    // Batches nearly follow one another: one range of the index has them all.
    const { rows: holds } = await client.query<EndedHold>(
      `${endings('ended_by >= $1 and ended_by < $2 and ended_by >> 10 = any($3::bigint[])')} order by "endedAtMs"`,
      [Math.min(...numbers) * PER_BATCH, (Math.max(...numbers) + 1) * PER_BATCH, numbers],
    )
    return { holds, batches }
  })
  const more = value.batches.length === BATCHES_MAX
  return { holds: value.holds, upTo: (more ? value.batches.at(-1)?.position : undefined) ?? position, more }
}

/** Holds that ended within so many seconds, in the order of their ends, and the position behind which others follow. */
export async function readLastEndedHolds(
  pool: pg.Pool,
  seconds: number,
): Promise<{ readonly holds: readonly EndedHold[]; readonly upTo: number }> {
  const { value, position } = await withSnapshot(pool, async (client) => {
    const { rows } = await client.query<EndedHold>(
      `select * from (${endings('true order by ended_by desc limit $2')}) e
        where to_timestamp("endedAtMs" / 1000) > clock_timestamp() - make_interval(secs => $1) order by "endedAtMs"`,
      [seconds, BACK_MAX],
    )
    return rows
  })
  return { holds: value, upTo: position }
}
