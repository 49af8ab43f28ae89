import type { Check } from './check.ts'

const same = (a: string, b: string) =>
  ['amount_minor', 'currency', 'tax_included', 'duty_included']
    .map((column) => `${a}.${column} = ${b}.${column}`)
    .join(' and ')

/** Prices against the journal, and holds against prices. */
export const priceChecks: readonly Check[] = [
  {
    name: 'prices equal their last change',
    checked: 'select count(*) as checked from stock.prices',
    offending: `
      with last as (
        select distinct on (sku, channel) * from stock.price_changes order by sku, channel, entry desc, line desc)
      select coalesce(p.sku, c.sku) as sku, coalesce(p.channel, c.channel) as channel, p.amount_minor, p.currency,
        c.amount_minor as changed_to, c.currency as changed_to_currency, c.entry
      from stock.prices p full join last c on c.sku = p.sku and c.channel = p.channel
      where not coalesce(${same('p', 'c')} and p.batch = c.entry >> 10, false)`,
  },
  {
    name: 'prices are in a channel that exists, in its currency, and come from an entry that sets prices',
    checked: 'select count(*) as checked from stock.price_changes',
    offending: `
      select c.sku, c.channel, c.entry, c.currency, n.currency as channel_currency, e.kind
      from stock.price_changes c
      left join stock.channels n on n.id = c.channel left join stock.entries e on e.id = c.entry
      where n.currency is distinct from c.currency or e.kind is distinct from 'setPrice'`,
  },
  {
    // Promise 7: entries are numbered under the locks of their levels, so the price current at a hold is the last one set before its entry.
    name: 'holds keep the price that was current when they were made',
    checked: 'select count(*) as checked from stock.hold_lines where bundle is null',
    offending: `
      select l.hold_id as hold, l.line, l.sku, l.channel, l.entry, l.amount_minor, l.currency,
        c.amount_minor as current_then, c.currency as current_currency, c.entry as set_by
      from stock.hold_lines l left join lateral (
        select * from stock.price_changes c
        where c.sku = l.sku and c.channel = l.channel and c.entry < l.entry order by c.entry desc, c.line desc limit 1
      ) c on true
      where l.bundle is null and not coalesce(${same('l', 'c')}, false)`,
  },
  {
    name: 'the shares of a held bundle come to the price that was current when it was held',
    checked: 'select count(*) as checked from stock.hold_lines where bundle is not null',
    offending: `
      select l.hold_id as hold, l.request_line, l.bundle, l.bundles, l.channel, l.entry, l.shares,
        c.amount_minor as current_then, c.currency as current_currency, c.entry as set_by
      from (
        select hold_id, request_line, bundle, bundles, channel, currency, tax_included, duty_included, entry,
          sum(quantity * amount_minor) as shares
        from stock.hold_lines where bundle is not null group by 1, 2, 3, 4, 5, 6, 7, 8, 9) l
      left join lateral (
        select * from stock.price_changes c
        where c.sku = l.bundle and c.channel = l.channel and c.entry < l.entry order by c.entry desc, c.line desc limit 1
      ) c on true
      where not coalesce(l.shares = c.amount_minor * l.bundles and c.currency = l.currency
        and c.tax_included = l.tax_included and c.duty_included = l.duty_included, false)`,
  },
]
