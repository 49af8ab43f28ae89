import type { Check } from './check.ts'

const priced = 'amount_minor, currency, tax_included, duty_included'

/** Commitments against the holds they were, and the journal. */
export const commitmentChecks: readonly Check[] = [
  {
    name: 'a committed hold has its commitment, and a commitment its hold',
    checked: 'select count(*) as checked from stock.commitments',
    offending: `
      select coalesce(h.id, c.hold_id) as hold, h.state, c.id as commitment, h.ended_by, c.entry
      from (select * from stock.holds where state = 'committed') h full join stock.commitments c on c.hold_id = h.id
      where h.id is null or c.id is null or h.ended_by is distinct from c.entry`,
  },
  {
    name: 'a commitment has the lines of its hold, at its prices',
    checked: 'select count(*) as checked from stock.commitment_lines',
    offending: `
      with held as (
        select c.id, l.line, l.sku, l.location, l.channel, l.quantity, l.allotment, l.bundle, l.bundles, ${priced}
        from stock.commitments c join stock.hold_lines l on l.hold_id = c.hold_id),
      sold as (select commitment_id as id, line, sku, location, channel, quantity, allotment, bundle, bundles, ${priced}
        from stock.commitment_lines)
      (select 'only in the hold' as line_is, x.* from (select * from held except all select * from sold) x)
      union all
      (select 'only in the commitment', x.* from (select * from sold except all select * from held) x)`,
  },
  {
    name: 'what was shipped and cancelled equals what moved, and is not more than was sold',
    checked: 'select count(*) as checked from stock.commitment_lines',
    offending: `
      with lines as (
        select sku, location, sum(shipped) as shipped, sum(cancelled) as cancelled,
          count(*) filter (where shipped < 0 or cancelled < 0 or pending < 0 or shipped + cancelled + pending > quantity) as beyond
        from stock.commitment_lines group by sku, location),
      moved as (
        select m.sku, m.location, sum(m.quantity) filter (where m.to_account = 'customer') as shipped,
          sum(m.quantity) filter (where m.to_account <> 'customer') as cancelled
        from stock.movements m
        where m.from_account = 'committed'
          or m.from_account = 'incomingCommitted'
            and exists (select from stock.entries e where e.id = m.entry and e.kind in ('cancel', 'cancelOrder'))
        group by m.sku, m.location)
      select sku, location, l.shipped, l.cancelled, m.shipped as moved_shipped, m.cancelled as moved_cancelled, l.beyond
      from lines l full join moved m using (sku, location)
      where coalesce(l.shipped, 0) <> coalesce(m.shipped, 0) or coalesce(l.cancelled, 0) <> coalesce(m.cancelled, 0)
        or l.beyond > 0`,
  },
]
