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
/** Holds that are read back at once, the newest. */
const BACK_MAX = 5_000

/**
 * Holds that somebody made for themselves, and how they ended: what staff made or gave back for them says nothing of them, and what a fact revoked neither. What may be sold now is
 * taken for what might be then: the looks are half a second apart.
 */
const endings = `
  select h.id, made.caller as subject, most.sku, coalesce(most.share, 0)::float8 as share,
    case h.state when 'committed' then 'bought' when 'expired' then 'lapsed' else 'released' end as ending,
    (extract(epoch from h.created_at) * 1000)::float8 as "beganAtMs",
    (extract(epoch from ended.recorded_at) * 1000)::float8 as "endedAtMs"
  from stock.holds h
  join stock.entries ended on ended.id = h.ended_by
  join stock.entries made on made.id = h.entry
  left join lateral (
    select l.sku, least(1, sum(l.quantity)::float8 / greatest(sum(l.quantity), max(v.there), 1)) as share
    from stock.hold_lines l
    left join lateral (
      select sum(available + held) as there from stock.levels v where v.sku = l.sku
    ) v on true
    where l.hold_id = h.id group by l.sku order by 2 desc limit 1
  ) most on true
  where h.customer is not null and h.state in ('released', 'expired', 'committed')
    and (h.customer = made.caller or (h.customer like 'guest:%' and made.caller like 'user:%'))
    and (h.state <> 'released' or ended.caller = made.caller)`

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
    const { rows: holds } = await client.query<EndedHold>(
      `select * from unnest($1::bigint[]) with ordinality b (batch, place)
        cross join lateral (${endings} and h.ended_by >= b.batch * 1024 and h.ended_by < (b.batch + 1) * 1024) e
        order by b.place, e."endedAtMs"`,
      [batches.map(({ batch }) => batch)],
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
      `select * from (${endings} order by h.ended_by desc limit $2) e
        where to_timestamp(e."endedAtMs" / 1000) > clock_timestamp() - make_interval(secs => $1)
        order by e."endedAtMs"`,
      [seconds, BACK_MAX],
    )
    return rows
  })
  return { holds: value, upTo: position }
}
