import { columnOf, onHandAccounts } from '../stock/stock.ts'
import type { Check } from './check.ts'

const checked = 'select count(*) as checked from stock.parcels'
const onHand = onHandAccounts.map((state) => `l.${columnOf(state)}`).join(' + ')

/** Lots and bins: which bottles a level has, and where they lie. */
export const parcelChecks: readonly Check[] = [
  {
    name: 'parcels equal the sums of their moves',
    checked,
    offending: `
      with moved as (
        select m.sku, m.location, m.lot, m.bin, sum(m.delta) as quantity from stock.parcel_moves m group by 1, 2, 3, 4)
      select sku, location, lot, bin, p.quantity, m.quantity as moves
      from stock.parcels p full join moved m using (sku, location, lot, bin)
      where coalesce(p.quantity, 0) <> coalesce(m.quantity, 0)`,
  },
  {
    name: 'parcels have no more bottles than are on hand',
    checked,
    offending: `
      select p.sku, p.location, sum(p.quantity) as parcels, max(${onHand}) as on_hand
      from stock.parcels p left join stock.levels l on l.sku = p.sku and l.location = p.location
      group by p.sku, p.location having sum(p.quantity) > greatest(0, coalesce(max(${onHand}), 0))`,
  },
  {
    name: 'a lot is opened once, by an entry, before bottles come to it',
    checked: 'select count(*) as checked from stock.lots',
    offending: `
      select coalesce(l.sku, m.sku) as sku, coalesce(l.id, m.lot) as lot, l.entry, m.first
      from stock.lots l full join (
        select sku, lot, min(entry) as first from stock.parcel_moves where lot <> '' group by sku, lot) m
        on m.sku = l.sku and m.lot = l.id
      where l.id is null or m.first < l.entry or not exists (select from stock.entries e where e.id = l.entry)`,
  },
]
