import { onHandAccounts } from '../stock/stock.ts'
import type { Check } from './check.ts'

/** The latest count of each level: when it happened decides, then who sent it under which key. */
const latestCounts = `
  latest as (
    select distinct on (sku, location) sku, location, entry, occurred_at, counted, source
    from stock.counts order by sku, location, occurred_at desc, source desc, entry desc, line desc)`

/** What counts were answered, level by level, as far as that is remembered. */
const answeredCounts = `
  answered as (
    select a.entry, a.caller || '|' || coalesce(a.key, '') as source, v.level ->> 'sku' as sku, v.level ->> 'location' as location,
      (v.level ->> 'onHand')::bigint as on_hand
    from stock.answers a cross join lateral json_array_elements(a.answer::json -> 'levels') v(level) where a.operation = 'count')`

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
    // On hand right after the count is what was found and what had come and gone since, as far as that was known. From there on only bottles that came
    // or went after the count's instant may change it, so that what is heard later of an earlier time (or the very same: the count has seen it) and
    // the variance correcting it cancel out.
    name: 'on hand is the latest count and what happened after it',
    checked: 'select count(*) as checked from stock.levels where counted_at is not null',
    offending: `
      with ${latestCounts}, ${answeredCounts}, moved as (
        select c.sku, c.location, c.entry, c.occurred_at, c.counted + coalesce(sum(m.delta)
            filter (where m.entry < c.entry and m.physical and m.occurred_at > c.occurred_at), 0) as found,
          coalesce(sum(m.delta) filter (where m.entry <= c.entry), 0) as books_then,
          coalesce(sum(m.delta) filter (where m.entry > c.entry and (not m.physical or m.occurred_at <= c.occurred_at)), 0) as astray
        from latest c left join (
          select m.sku, m.location, m.entry, m.physical, m.occurred_at,
            case when m.to_account = any(${states}) then m.quantity else -m.quantity end as delta
          from stock.movements m where (m.to_account = any(${states})) <> (m.from_account = any(${states}))
        ) m on m.sku = c.sku and m.location = c.location
        group by c.sku, c.location, c.entry, c.occurred_at, c.counted)
      select m.sku, m.location, m.entry as count_entry, m.occurred_at as counted_at, m.found, a.on_hand as answered, m.books_then,
        m.astray as moved_by_what_came_before
      from moved m left join answered a on a.entry = m.entry and a.sku = m.sku and a.location = m.location
      where m.found <> m.books_then or m.astray <> 0 or a.on_hand <> m.books_then`,
  },
  {
    name: 'what was counted is kept with its entry, line by line',
    checked: 'select count(*) as checked from stock.counts',
    offending: `
      with ${answeredCounts}, lines as (
        select c.*, e.kind, e.occurred_at as entry_occurred_at from stock.counts c left join stock.entries e on e.id = c.entry)
      select coalesce(a.entry, c.entry) as entry, coalesce(a.sku, c.sku) as sku, coalesce(a.location, c.location) as location,
        c.counted, c.occurred_at, c.entry_occurred_at
      from answered a full join lines c on c.entry = a.entry and c.sku = a.sku and c.location = a.location
      where (c.kind, c.occurred_at) is distinct from ('count', c.entry_occurred_at)
        or a.source is distinct from c.source and (a.entry is not null or c.entry in (select entry from answered))
      union all
      select e.id, null, null, null, null, e.occurred_at from stock.entries e
      where e.kind = 'count' and not exists (select from stock.counts c where c.entry = e.id)`,
  },
]
