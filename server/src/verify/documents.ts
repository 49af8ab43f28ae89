import type { Check } from './check.ts'

const checked = 'select count(*) as checked from stock.documents'

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
