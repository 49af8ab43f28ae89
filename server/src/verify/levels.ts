import { LEVEL_MAX } from '@cellarhand/protocol/primitives'
import { columnOf, stateAccounts, type StateAccount } from '../stock/stock.ts'
import type { Check } from './check.ts'

const checked = 'select count(*) as checked from stock.levels'
const columns = (of: string) => stateAccounts.map((state) => `coalesce(${of}.${columnOf(state)}, 0)`).join(', ')

const sums = stateAccounts
  .map(
    (state) =>
      `sum(case when m.to_account = '${state}' then m.quantity else 0 end
         - case when m.from_account = '${state}' then m.quantity else 0 end) as ${columnOf(state)}`,
  )
  .join(', ')

const isOut = (state: StateAccount) =>
  state === 'short' ? `l.short not between -${LEVEL_MAX} and 0` : `l.${columnOf(state)} not between 0 and ${LEVEL_MAX}`

/** Levels against the journal and against themselves. */
export const levelChecks: readonly Check[] = [
  {
    name: 'levels equal the sums of their movements',
    checked,
    offending: `
      with summed as (select m.sku, m.location, ${sums} from stock.movements m group by m.sku, m.location)
      select coalesce(l.sku, s.sku) as sku, coalesce(l.location, s.location) as location,
        json_build_array(${columns('l')}) as level, json_build_array(${columns('s')}) as movements
      from stock.levels l full join summed s on s.sku = l.sku and s.location = l.location
      where (${columns('l')}) is distinct from (${columns('s')})`,
  },
  {
    name: 'nothing of a level but short is below zero, and nothing beyond its bound',
    checked,
    offending: `
      select l.sku, l.location, ${stateAccounts.map((state) => `l.${columnOf(state)}`).join(', ')}
      from stock.levels l where ${stateAccounts.map(isOut).join(' or ')}`,
  },
  {
    name: 'a level that is short has nothing available, and nothing held but of allotments and of what was expected',
    checked,
    offending: `
      select l.sku, l.location, l.available, l.held, l.short
      from stock.levels l where l.short < 0 and (l.available <> 0 or l.held <> (
        select coalesce(sum(h.quantity - h.pending), 0) from stock.hold_lines h
        where h.sku = l.sku and h.location = l.location and not h.freed and (h.allotment is not null or exists (
          select from stock.movements m where m.sku = h.sku and m.entry = h.entry and m.location = h.location
            and m.to_account = 'incomingCommitted'))))`,
  },
  {
    name: 'levels stand at a location that exists',
    checked,
    offending: `
      select l.sku, l.location from stock.levels l
      where not exists (select from stock.locations p where p.id = l.location)`,
  },
  {
    name: 'a bundle stands nowhere, and no component is made of others',
    checked: 'select count(*) as checked from stock.recipes',
    offending: `
      select r.sku, r.kind, l.location, null as component from stock.recipes r join stock.levels l on l.sku = r.sku
      where r.kind = 'bundle' and (l.available, l.held, l.committed, l.allocated, l.quarantined, l.short, l.incoming,
        l.incoming_committed) <> (0, 0, 0, 0, 0, 0, 0, 0)
      union all
      select r.sku, r.kind, null, c ->> 'sku' from stock.recipes r cross join lateral jsonb_array_elements(r.components) c
      join stock.recipes made on made.sku = c ->> 'sku' and (made.kind <> 'lot' or r.kind = 'lot')`,
  },
  {
    name: 'what is sold as a lot is one that was opened',
    checked: `select count(*) as checked from stock.recipes where kind = 'lot'`,
    offending: `
      select r.sku, r.components, r.lot from stock.recipes r
      where r.kind = 'lot' and not exists (
        select from stock.lots l where l.sku = r.components -> 0 ->> 'sku' and l.id = r.lot)`,
  },
  {
    name: 'held equals what live holds have not given back',
    checked,
    offending: `
      with lines as (
        select h.sku, h.location, sum(h.quantity - h.pending) as held from stock.hold_lines h where not h.freed group by h.sku, h.location)
      select coalesce(l.sku, h.sku) as sku, coalesce(l.location, h.location) as location, l.held, h.held as hold_lines
      from stock.levels l full join lines h on h.sku = l.sku and h.location = l.location
      where coalesce(l.held, 0) <> coalesce(h.held, 0)`,
  },
  {
    name: 'committed equals what commitments have outstanding',
    checked,
    offending: `
      with lines as (
        select c.sku, c.location, sum(c.quantity - c.shipped - c.cancelled - c.pending) as committed
        from stock.commitment_lines c group by c.sku, c.location)
      select coalesce(l.sku, c.sku) as sku, coalesce(l.location, c.location) as location, l.committed,
        c.committed as commitment_lines
      from stock.levels l full join lines c on c.sku = l.sku and c.location = l.location
      where coalesce(l.committed, 0) <> coalesce(c.committed, 0)`,
  },
  {
    name: 'allocated equals what is left in allotments',
    checked,
    offending: `
      with lines as (select a.sku, a.location, sum(a.quantity) as allocated from stock.allotments a group by a.sku, a.location)
      select coalesce(l.sku, a.sku) as sku, coalesce(l.location, a.location) as location, l.allocated, a.allocated as allotments
      from stock.levels l full join lines a on a.sku = l.sku and a.location = l.location
      where coalesce(l.allocated, 0) <> coalesce(a.allocated, 0)`,
  },
  {
    name: 'what is promised of the expected equals what holds and commitments wait for',
    checked,
    offending: `
      with lines as (
        select sku, location, sum(pending) as pending from (
          select h.sku, h.location, h.pending from stock.hold_lines h where not h.freed
          union all select c.sku, c.location, c.pending from stock.commitment_lines c) waiting
        group by sku, location)
      select coalesce(l.sku, w.sku) as sku, coalesce(l.location, w.location) as location, l.incoming_committed, w.pending
      from stock.levels l full join lines w on w.sku = l.sku and w.location = l.location
      where coalesce(l.incoming_committed, 0) <> coalesce(w.pending, 0)`,
  },
  {
    name: 'short equals the sum of its shortfalls',
    checked,
    offending: `
      with summed as (select s.sku, s.location, sum(s.delta) as short from stock.shortfalls s group by s.sku, s.location)
      select coalesce(l.sku, s.sku) as sku, coalesce(l.location, s.location) as location, l.short, s.short as shortfalls
      from stock.levels l full join summed s on s.sku = l.sku and s.location = l.location
      where coalesce(l.short, 0) <> coalesce(s.short, 0)`,
  },
  {
    name: 'each shortfall says what the level was after it, and belongs to an entry',
    checked: 'select count(*) as checked from stock.shortfalls',
    offending: `
      with run as (
        select s.*, sum(s.delta) over (partition by s.sku, s.location order by s.entry) as running from stock.shortfalls s)
      select r.entry, r.sku, r.location, r.delta, r.short, r.running, e.id is not null as has_entry
      from run r left join stock.entries e on e.id = r.entry where r.short <> r.running or e.id is null`,
  },
]
