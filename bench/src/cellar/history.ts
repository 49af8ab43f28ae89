import type pg from 'pg'
import { batchesOfLog, bottlesEach } from './fill.ts'

/** Commands of a batch of the past, each of another SKU. */
const perBatch = 500
/** SKUs that have a past: the first thousand, in two groups that take turns. */
const groups = 2

/**
 * A past: so many journal entries (rounded up to whole batches), half of them holds of one bottle and half their releases, on the first thousand SKUs
 * of a filled cellar: entries under keys with answers, movements, holds, lines, levels, log. `verify` finds nothing.
 */
export async function fillHistory(client: pg.Client, entries: number): Promise<void> {
  if (entries === 0) return
  const { rows } = await client.query<{ first: number; head: number }>(
    `select nextval('stock.batches')::int as first, log.head()::int as head`,
  )
  const { first = 1, head = 0 } = rows[0] ?? {}
  const pairs = Math.ceil(entries / (2 * perBatch))
  for (const sql of historySql(pairs, first, head)) await client.query(sql)
  await client.query(`select setval('stock.batches', $1)`, [first + 2 * pairs])
}

/**
 * Pair `p` of batches: 2p holds, 2p + 1 releases the SKUs of group `p % 2`; each of them had `p / 2` pairs before. Ids of holds begin with their
 * number, since real ones begin with their time; keys are scattered, as random ones are.
 */
function historySql(pairs: number, first: number, head: number): string[] {
  const held = `(p.hold_batch * 1024 + p.j)`
  const released = `(p.hold_batch * 1024 + 1024 + p.j)`
  const price = `p.amount, 'EUR', true, true`
  return [
    `create temp table bench_past as
     select p, j, ${first} + 2 * p as hold_batch, p / ${groups} as before, x.sku, x.amount_minor as amount,
       (lpad(to_hex(p * ${perBatch} + j), 8, '0') || '00007000a000' || substr(md5(p || '-' || j), 1, 12))::uuid as id,
       clock_timestamp() - interval '12 hours' + p * interval '2 milliseconds' + j * interval '1 microsecond' as at
     from generate_series(0, ${pairs - 1}) p cross join generate_series(0, ${perBatch - 1}) j
     join stock.prices x on x.sku = 'W' || lpad((p % ${groups} * ${perBatch} + j)::text, 7, '0') and x.channel = 'web'`,
    `create temp table bench_past_lines as
     select p.*, k.kind, p.at + k.later * interval '1 millisecond' as done_at, p.hold_batch * 1024 + k.later * 1024 + p.j as entry
     from bench_past p cross join (values ('hold', 0), ('release', 1)) k(kind, later)`,
    `insert into stock.entries (id, kind, caller, actor, occurred_at, recorded_at)
     select entry, kind, 'local', 'unknown', done_at, done_at from bench_past_lines order by entry`,
    `insert into stock.answers (entry, period, caller, operation, key, body_digest, status, answer)
     select entry, 1, 'local', kind, md5(entry || 'key'), md5(entry::text)::uuid, case kind when 'hold' then 201 else 200 end, json_build_object('id', id, 'state', case kind when 'hold' then 'active' else 'released' end,
         'expiresAt', at + interval '10 minutes', 'lines', json_build_array(json_build_object('line', 0, 'sku', sku, 'location', 'shop',
         'channel', 'web', 'quantity', 1, 'price', json_build_object('amountMinor', amount, 'currency', 'EUR', 'taxIncluded', true,
         'dutyIncluded', true))))
     from bench_past_lines order by entry`,
    `insert into stock.movements (sku, entry, line, location, from_account, to_account, quantity, physical, occurred_at)
     select sku, entry, 0, 'shop', case kind when 'hold' then 'available' else 'held' end, case kind when 'hold' then 'held' else 'available' end,
       1, false, done_at from bench_past_lines order by entry`,
    `insert into stock.holds (id, state, created_at, expires_at, entry, ended_by)
     select p.id, 'released', p.at, p.at + interval '10 minutes', ${held}, ${released} from bench_past p order by 1`,
    `insert into stock.hold_lines (hold_id, line, request_line, sku, location, channel, quantity, amount_minor, currency, tax_included,
       duty_included, entry, freed)
     select p.id, 0, 0, p.sku, 'shop', 'web', 1, ${price}, ${held}, true from bench_past p order by 1`,
    `update stock.levels l set revision = l.revision + 2 * n.pairs, batch = n.last
     from (select sku, count(*) as pairs, max(hold_batch) + 1 as last from bench_past group by sku) n
     where l.sku = n.sku and l.location = 'shop'`,
    `insert into log.log (position, batch, at, changes)
     select ${head} + 1 + batch - ${first}, batch, max(done_at), json_build_object('levels', json_agg(row order by sku))
     from (select sku, done_at, entry / 1024 as batch, case kind
         when 'hold' then json_build_array(sku, 'shop', ${bottlesEach - 1}, 1, 0, 0, 0, 0, 0, 0, 1, 2 + 2 * before)
         else json_build_array(sku, 'shop', ${bottlesEach}, 0, 0, 0, 0, 0, 0, 0, 1, 3 + 2 * before) end as row
       from bench_past_lines) rows group by batch order by batch`,
    batchesOfLog(head),
    'drop table bench_past, bench_past_lines',
  ]
}
