import type { Check } from './check.ts'

const checked = 'select count(*) as checked from stock.holds'

/** Which kinds of entry may end a hold in which state. */
const endings = `(values ('released', '{release}'::text[]), ('expired', '{expire}'), ('committed', '{commit,order}'),
  ('revoked', '{sale,writeOff,quarantine,count,receivePurchase,openBottle,returnOrder}')) as ending (state, kinds)`

/** Holds against their lines and their entries. */
export const holdChecks: readonly Check[] = [
  {
    name: 'only active holds, and revoked ones not yet freed, keep bottles',
    checked,
    offending: `
      with lines as (
        select hold_id, count(*) as lines, count(*) filter (where not freed) as unfreed, min(entry) as first, max(entry) as last
        from stock.hold_lines group by hold_id)
      select coalesce(h.id, l.hold_id) as hold, h.state, h.loose, coalesce(l.lines, 0) as lines, l.unfreed, h.entry, l.last as lines_entry
      from stock.holds h full join lines l on l.hold_id = h.id
      where h.id is null or l.hold_id is null
        or l.unfreed <> l.lines and h.state = 'active'
        or l.unfreed <> 0 and h.state in ('released', 'expired', 'committed')
        or h.loose <> (h.state = 'revoked' and l.unfreed > 0)
        or l.first <> h.entry or l.last <> h.entry`,
  },
  {
    name: 'a hold ends once, by an entry that ends holds so',
    checked,
    offending: `
      select h.id as hold, h.state, h.ended_by, e.kind as ended_by_kind
      from stock.holds h left join stock.entries e on e.id = h.ended_by left join ${endings} on ending.state = h.state
      where case when h.state = 'active' then h.ended_by is not null else not coalesce(e.kind = any(ending.kinds), false) end`,
  },
  {
    name: "a hold's lines are what its entry took",
    checked: 'select count(*) as checked from stock.hold_lines',
    offending: `
      select entry, sku, location, sum(taken) as lines_less_movements from (
        select l.entry, l.sku, l.location, l.quantity as taken from stock.hold_lines l
        union all
        select m.entry, m.sku, m.location, -m.quantity from stock.movements m
        join stock.entries e on e.id = m.entry and e.kind = 'hold') taken
      group by entry, sku, location having sum(taken) <> 0`,
  },
  {
    name: 'what ended a hold gave back or committed all of it',
    checked: `select count(*) as checked from stock.holds where state in ('released', 'expired', 'committed')`,
    offending: `
      select entry, sku, location, sum(ended) as lines_less_movements from (
        select h.ended_by as entry, l.sku, l.location,
          case h.state when 'committed' then l.quantity - l.pending else l.quantity end as ended
        from stock.holds h join stock.hold_lines l on l.hold_id = h.id where h.state in ('released', 'expired', 'committed')
        union all
        select m.entry, m.sku, m.location, -m.quantity from stock.movements m
        join stock.entries e on e.id = m.entry and e.kind in ('release', 'expire', 'commit', 'order')
        where m.from_account in ('held', 'incomingCommitted')) ended
      group by entry, sku, location having sum(ended) <> 0`,
  },
]
