import type { Check } from './check.ts'

const checked = 'select count(*) as checked from stock.documents'

const repacks = `select count(*) as checked from stock.documents where kind = 'repack'`

/** Transfers and the like, against the journal. */
export const documentChecks: readonly Check[] = [
  {
    name: 'what is in transit is what transfers have on their way',
    checked: `select count(*) as checked from stock.documents where kind = 'transfer'`,
    offending: `
      with lines as (
        select d.id, l ->> 'sku' as sku, (l ->> 'quantity')::bigint - (l ->> 'received')::bigint - (l ->> 'missing')::bigint
          - (l ->> 'returned')::bigint as left
        from stock.documents d cross join lateral jsonb_array_elements(d.body -> 'lines') l where d.kind = 'transfer'),
      moved as (
        select e.document as id, m.sku,
          sum(case when m.to_account = 'transit' then m.quantity else -m.quantity end) as left
        from stock.movements m join stock.entries e on e.id = m.entry
        where m.to_account = 'transit' or m.from_account = 'transit' group by 1, 2)
      select coalesce(l.id, m.id) as document, coalesce(l.sku, m.sku) as sku, l.left as on_its_way, m.left as moved
      from lines l full join moved m on m.id = l.id and m.sku = l.sku
      where coalesce(l.left, 0) <> coalesce(m.left, 0) or l.left < 0`,
  },
  {
    name: 'a transfer is open as long as something of it is on its way',
    checked,
    offending: `
      select d.id as document, d.state from stock.documents d
      where d.kind = 'transfer' and (d.state = 'in_transit') <> exists (
        select from jsonb_array_elements(d.body -> 'lines') l
        where (l ->> 'quantity')::bigint > (l ->> 'received')::bigint + (l ->> 'missing')::bigint + (l ->> 'returned')::bigint)`,
  },
  {
    name: 'what is expected, promised or not, is what purchase orders expect',
    checked: `select count(*) as checked from stock.documents where kind = 'purchaseOrder'`,
    offending: `
      with lines as (
        select l ->> 'sku' as sku, d.body ->> 'location' as location,
          sum((l ->> 'quantity')::bigint - (l ->> 'received')::bigint - (l ->> 'cancelled')::bigint) as expected
        from stock.documents d cross join lateral jsonb_array_elements(d.body -> 'lines') l
        where d.kind = 'purchaseOrder' group by 1, 2)
      select coalesce(v.sku, l.sku) as sku, coalesce(v.location, l.location) as location, v.incoming, v.incoming_committed,
        l.expected
      from stock.levels v full join lines l on l.sku = v.sku and l.location = v.location
      where coalesce(v.incoming, 0) + coalesce(v.incoming_committed, 0) <> coalesce(l.expected, 0)`,
  },
  {
    name: 'a purchase order is open as long as something of it is expected, and never expects less than nothing',
    checked: `select count(*) as checked from stock.documents where kind = 'purchaseOrder'`,
    offending: `
      with orders as (
        select d.id, d.state, max(left_over) as most, min(left_over) as least
        from stock.documents d cross join lateral jsonb_array_elements(d.body -> 'lines') l
        cross join lateral (select (l ->> 'quantity')::bigint - (l ->> 'received')::bigint - (l ->> 'cancelled')::bigint
          as left_over) o
        where d.kind = 'purchaseOrder' group by d.id, d.state)
      select id as document, state, most, least from orders where (state = 'open') <> (most > 0) or least < 0`,
  },
  {
    name: 'a repack moved what it says it broke, built and lost',
    checked: repacks,
    offending: `
      with lines as (
        select d.entry, 'available' as from_account, 'repack' as to_account, l ->> 'sku' as sku, (l ->> 'quantity')::bigint as said
        from stock.documents d cross join lateral jsonb_array_elements(d.body -> 'break') l where d.kind = 'repack'
        union all
        select d.entry, 'repack', 'available', l ->> 'sku', (l ->> 'quantity')::bigint
        from stock.documents d cross join lateral jsonb_array_elements(d.body -> 'build') l where d.kind = 'repack'
        union all
        select d.entry, 'repack', 'loss:' || (l ->> 'reason'), l ->> 'sku', (l ->> 'quantity')::bigint
        from stock.documents d cross join lateral jsonb_array_elements(d.body -> 'losses') l where d.kind = 'repack'
        union all
        select m.entry, m.from_account, case m.to_account when 'short' then 'available' else m.to_account end, m.sku, -m.quantity
        from stock.movements m where 'repack' in (m.from_account, m.to_account))
      select entry, from_account, to_account, sku, sum(said) as said_less_moved
      from lines group by entry, from_account, to_account, sku having sum(said) <> 0`,
  },
  {
    name: 'of each wine, as many bottles came out of a repack as went in',
    checked: repacks,
    offending: `
      select m.entry, c ->> 'wine' as wine, c ->> 'vintage' as vintage, c ->> 'formatMl' as format_ml,
        sum(case m.to_account when 'repack' then m.quantity else -m.quantity end * (c ->> 'bottles')::bigint) as left
      from stock.movements m
      left join stock.documents d on d.entry = m.entry and d.kind = 'repack'
      left join lateral jsonb_path_query(d.body, '$.contents[*] ? (@.sku == $sku).bottles[*]', jsonb_build_object('sku', m.sku)) c on true
      where 'repack' in (m.from_account, m.to_account)
      group by 1, 2, 3, 4
      having sum(case m.to_account when 'repack' then m.quantity else -m.quantity end * (c ->> 'bottles')::bigint) is distinct from 0`,
  },
  {
    name: 'a document was made and last changed by entries about it, one for each version',
    checked,
    offending: `
      select d.id as document, d.kind, d.version, d.entry, d.changed_by, e.entries, e.first, e.last
      from stock.documents d left join (
        select document, count(*) as entries, min(id) as first, max(id) as last
        from stock.entries where document is not null group by document) e on e.document = d.id
      where (d.version, d.entry, d.changed_by) is distinct from (e.entries, e.first, e.last)
      union all
      select e.document, null, null, null, null, count(*), min(e.id), max(e.id) from stock.entries e
      where e.document is not null and not exists (select from stock.documents d where d.id = e.document) group by e.document`,
  },
]
