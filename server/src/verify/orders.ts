import type { Check } from './check.ts'

const checked = `select count(*) as checked from stock.documents where kind = 'order'`

/** The lines of orders, in the order of their commitments' lines. */
const lines = `
  select d.id, n - 1 as line, l ->> 'sku' as sku, l ->> 'location' as location, l ->> 'channel' as channel,
    (l ->> 'quantity')::int as quantity, (l ->> 'shipped')::int as shipped, (l ->> 'collected')::int as collected,
    (l ->> 'cancelled')::int as cancelled, (l ->> 'returned')::int as returned,
    (l #>> '{price,amountMinor}')::bigint as amount_minor
  from stock.documents d cross join lateral jsonb_array_elements(d.body -> 'lines') with ordinality l(l, n)
  where d.kind = 'order'`

/** Bottles of a list of an order (shipments, returns), by SKU and where they left or came to. */
const within = (list: 'shipments' | 'returns') => `
  select d.id, l ->> 'sku' as sku, l ->> 'location' as location, (l ->> 'quantity')::bigint as quantity
  from stock.documents d cross join lateral jsonb_array_elements(d.body -> '${list}') part
    cross join lateral jsonb_array_elements(part -> 'lines') l
  where d.kind = 'order'`

/** Orders against their commitments and the journal. */
export const orderChecks: readonly Check[] = [
  {
    name: 'an order says of its lines what its commitment says',
    checked,
    offending: `
      with lines as (${lines}),
      sold as (
        select commitment_id as id, line, sku, location, channel, quantity, shipped, cancelled, returned, amount_minor
        from stock.commitment_lines
        where commitment_id in (select id from stock.documents where kind = 'order')),
      said as (
        select id, line, sku, location, channel, quantity, shipped + collected, cancelled, returned, amount_minor from lines)
      (select 'only in the order' as line_is, x.* from (select * from said except all select * from sold) x)
      union all
      (select 'only in the commitment', x.* from (select * from sold except all select * from said) x)`,
  },
  {
    name: 'what an order has shipped is in its shipments, and what came back in its returns',
    checked,
    offending: `
      with said as (
        select id, sku, location, sum(shipped) as shipped, 0 as returned from (${lines}) l group by 1, 2, 3
        union all select id, sku, '', 0, sum(returned) from (${lines}) l group by 1, 2
        union all select id, sku, location, -sum(quantity), 0 from (${within('shipments')}) s group by 1, 2, 3
        union all select id, sku, '', 0, -sum(quantity) from (${within('returns')}) r group by 1, 2)
      select id as document, sku, location, sum(shipped) as shipped_less_shipments, sum(returned) as returned_less_returns
      from said group by 1, 2, 3 having sum(shipped) <> 0 or sum(returned) <> 0`,
  },
  {
    name: 'what came back of an order equals what moved, and is not more than was handed over',
    checked,
    offending: `
      with back as (
        select id, sku, location, sum(quantity) as quantity from (${within('returns')}) r group by 1, 2, 3),
      moved as (
        select e.document as id, m.sku, m.location, sum(m.quantity) as quantity
        from stock.movements m join stock.entries e on e.id = m.entry where m.from_account = 'customer' group by 1, 2, 3)
      select coalesce(b.id, m.id) as document, coalesce(b.sku, m.sku) as sku, b.quantity as returned, m.quantity as moved
      from back b full join moved m on m.id = b.id and m.sku = b.sku and m.location = b.location
      where coalesce(b.quantity, 0) <> coalesce(m.quantity, 0)
      union all
      select commitment_id, sku, returned, shipped from stock.commitment_lines where returned > shipped or returned < 0`,
  },
  {
    name: 'an order stands as its lines and shipments say',
    checked,
    offending: `
      with sums as (
        select id, sum(quantity - shipped - collected - cancelled) as open, sum(shipped + collected) as out, sum(returned) as back
        from (${lines}) l group by id),
      stands as (
        select d.id, d.state, case
          when s.open > 0 and d.body ? 'readyAt' then 'ready'
          when s.open > 0 and jsonb_array_length(d.body -> 'picks') > 0 then 'picking'
          when s.open > 0 and d.body ? 'paid' then 'paid'
          when s.open > 0 then 'placed'
          when s.out = 0 then 'cancelled'
          when s.out = s.back then 'returned'
          when exists (select from jsonb_array_elements(d.body -> 'shipments') p where not p ? 'deliveredAt') then 'shipped'
          when jsonb_array_length(d.body -> 'shipments') > 0 then 'delivered'
          else 'collected' end as should
        from stock.documents d left join sums s on s.id = d.id where d.kind = 'order')
      select id as document, state, should from stands where state <> should`,
  },
]
