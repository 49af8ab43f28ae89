import { onHandAccounts } from '../stock/stock.ts'
import type { Check } from './check.ts'

/**
 * The latest count of each level: when it happened decides, then who sent it under which key. Which levels a count looked at stands in its answer
 * alone, since one that found what the books said moved nothing.
 */
const latestCounts = `
  latest as (
    select distinct on (1, 2) v.level ->> 'sku' as sku, v.level ->> 'location' as location, e.id as entry, e.occurred_at,
      (v.level ->> 'onHand')::bigint as on_hand, e.caller || '|' || coalesce(e.key, '') as source
    from stock.entries e cross join lateral json_array_elements(e.answer::json -> 'levels') v(level)
    where e.kind = 'count'
    order by 1, 2, e.occurred_at desc, (e.caller || '|' || coalesce(e.key, '')) collate "C" desc, e.id desc)`

const states = `'{${onHandAccounts.join(',')}}'::text[]`

/** Facts in time: on hand is the latest count and what happened after it. */
export const countChecks: readonly Check[] = [
  {
    name: 'a level knows its latest count',
    checked: 'select count(*) as checked from stock.levels where counted_at is not null',
    offending: `
      with ${latestCounts}
      select coalesce(l.sku, c.sku) as sku, coalesce(l.location, c.location) as location, l.counted_at, l.counted_by,
        c.occurred_at as latest_count, c.source as latest_by, c.entry
      from (select * from stock.levels where counted_at is not null) l
      full join latest c on c.sku = l.sku and c.location = l.location
      where l.counted_at is distinct from c.occurred_at or l.counted_by is distinct from c.source`,
  },
  {
    // On hand right after the count is what it answered. From there on only bottles that came or went after the count's instant may change it, so
    // that what is heard later of an earlier time (or the very same: the count has seen it) and the variance correcting it cancel out.
    name: 'on hand is the latest count and what happened after it',
    checked: 'select count(*) as checked from stock.levels where counted_at is not null',
    offending: `
      with ${latestCounts}, moved as (
        select c.sku, c.location, c.entry, c.occurred_at, c.on_hand,
          coalesce(sum(m.delta) filter (where m.entry <= c.entry), 0) as books_then,
          coalesce(sum(m.delta) filter (where m.entry > c.entry and (not m.physical or m.occurred_at <= c.occurred_at)), 0) as astray
        from latest c left join (
          select m.sku, m.location, m.entry, m.physical, m.occurred_at,
            case when m.to_account = any(${states}) then m.quantity else -m.quantity end as delta
          from stock.movements m where (m.to_account = any(${states})) <> (m.from_account = any(${states}))
        ) m on m.sku = c.sku and m.location = c.location
        group by c.sku, c.location, c.entry, c.occurred_at, c.on_hand)
      select sku, location, entry as count_entry, occurred_at as counted_at, on_hand as answered, books_then,
        astray as moved_by_what_came_before
      from moved where on_hand <> books_then or astray <> 0`,
  },
  {
    name: 'what was counted is kept with its entry, line by line',
    checked: 'select count(*) as checked from stock.counts',
    offending: `
      with answered as (
        select e.id as entry, e.occurred_at, e.caller || '|' || coalesce(e.key, '') as source, v.level ->> 'sku' as sku,
          v.level ->> 'location' as location
        from stock.entries e cross join lateral json_array_elements(e.answer::json -> 'levels') v(level) where e.kind = 'count')
      select coalesce(a.entry, c.entry) as entry, coalesce(a.sku, c.sku) as sku, coalesce(a.location, c.location) as location,
        c.counted, c.occurred_at, a.occurred_at as entry_occurred_at
      from answered a full join stock.counts c on c.entry = a.entry and c.sku = a.sku and c.location = a.location
      where (a.occurred_at, a.source) is distinct from (c.occurred_at, c.source)`,
  },
]
