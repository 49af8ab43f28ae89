import { LEVEL_MAX, LINE_MAX } from '@cellarhand/protocol/primitives'
import { isPhysical, movementsOfKind, type Account } from '../stock/stock.ts'
import type { Check } from './check.ts'

const movements = 'select count(*) as checked from stock.movements'
const entries = 'select count(*) as checked from stock.entries'

const kinds = Object.keys(movementsOfKind)
/**
 * Kinds that need none: a count may find what the books said, an adjustment may be by nothing, what is sold may all have yet to arrive, which
 * bottles they are moves none, an order put off moves none, and what is in an open bottle is not stock any more.
 */
const mayMoveNothing = new Set([
  'extend',
  'setPrice',
  'commit',
  'count',
  'adjust',
  'move',
  'openLot',
  'order',
  'pour',
  'discard',
  'reschedulePurchase',
])
const needMovements = Object.entries(movementsOfKind).flatMap(([kind, allowed]) =>
  allowed.size > 0 && !mayMoveNothing.has(kind) ? [kind] : [],
)

const fitting = Object.entries(movementsOfKind).flatMap(([kind, allowed]) =>
  [...allowed].map((movement) => {
    const [from = '', to = ''] = movement.split('>')
    return { kind, from, to, physical: isPhysical(from as Account, to as Account) }
  }),
)
const distinctPairs = [...new Map(fitting.map((one) => [`${one.from}>${one.to}`, one])).values()]

/** The journal against the rules it was written by. */
export const journalChecks: readonly Check[] = [
  {
    name: "every movement fits its entry's kind",
    checked: movements,
    offending: `
      select m.entry, m.line, e.kind, m.sku, m.location, m.from_account, m.to_account, m.quantity
      from stock.movements m join stock.entries e on e.id = m.entry
      where not exists (
        select from unnest($1::text[], $2::text[], $3::text[]) f(kind, from_account, to_account)
        where f.kind = e.kind and f.from_account = m.from_account and f.to_account = m.to_account)`,
    values: [fitting.map((one) => one.kind), fitting.map((one) => one.from), fitting.map((one) => one.to)],
  },
  {
    name: 'every movement belongs to an entry and happened with it',
    checked: movements,
    offending: `
      select m.entry, m.line, m.sku, m.location, m.occurred_at, e.occurred_at as entry_occurred_at
      from stock.movements m left join stock.entries e on e.id = m.entry
      where e.id is null or e.occurred_at <> m.occurred_at`,
  },
  {
    name: 'every entry has the movements its kind needs, none missing',
    checked: entries,
    offending: `
      with lines as (
        select entry, count(*) as lines, min(line) as first, max(line) as last from stock.movements group by entry)
      select e.id as entry, e.kind, coalesce(l.lines, 0) as lines, l.first, l.last
      from stock.entries e left join lines l on l.entry = e.id
      where e.kind <> all($1::text[]) or (e.kind = any($2::text[]) and l.entry is null)
        or l.first <> 0 or l.last <> l.lines - 1
        or e.kind = 'setPrice' and not exists (select from stock.price_changes p where p.entry = e.id)`,
    values: [kinds, needMovements],
  },
  {
    name: 'movements are marked physical where bottles came or went',
    checked: movements,
    offending: `
      select m.entry, m.line, m.sku, m.location, m.from_account, m.to_account, m.physical
      from stock.movements m join unnest($1::text[], $2::text[], $3::boolean[]) p(from_account, to_account, physical)
        on p.from_account = m.from_account and p.to_account = m.to_account and p.physical <> m.physical`,
    values: [
      distinctPairs.map((one) => one.from),
      distinctPairs.map((one) => one.to),
      distinctPairs.map((one) => one.physical),
    ],
  },
  {
    name: 'quantities are within their bounds',
    checked: `select (select count(*) from stock.movements) + (select count(*) from stock.hold_lines)
      + (select count(*) from stock.commitment_lines) as checked`,
    offending: `
      select 'movement' as what, entry::text as id, line, sku, location, quantity from stock.movements
        where quantity not between 1 and ${LEVEL_MAX}
      union all select 'hold line', hold_id::text, line, sku, location, quantity from stock.hold_lines
        where quantity not between 1 and ${LINE_MAX}
      union all select 'commitment line', commitment_id::text, line, sku, location, quantity from stock.commitment_lines
        where quantity not between 1 and ${LINE_MAX}`,
  },
  {
    name: 'nothing happened after it was recorded',
    checked: entries,
    offending: `select id as entry, kind, occurred_at, recorded_at from stock.entries where occurred_at > recorded_at`,
  },
  {
    name: 'an idempotency key has one effect in its scope',
    checked: 'select count(*) as checked from stock.answers where key is not null',
    offending: `
      select caller, operation, key, count(*) as effects, min(entry) as first_entry, max(entry) as last_entry
      from stock.answers where key is not null group by caller, operation, key having count(*) > 1`,
  },
  {
    // Answers go by whole periods, and a period begins while no batch is under way: every entry from the first that is remembered on has its own.
    name: 'what a key did can be answered again, from the first that is remembered on',
    checked: 'select count(*) as checked from stock.answers',
    offending: `
      select coalesce(e.id, a.entry) as entry, e.kind, a.operation, a.caller, a.key, a.status, a.period
      from (select id, kind, caller from stock.entries where id >= (select min(entry) from stock.answers)) e
      full join stock.answers a on a.entry = e.id
      where (e.kind, e.caller) is distinct from (a.operation, a.caller) or (a.key is null) <> (a.body_digest is null)
        or not exists (select from stock.answer_periods p where p.period = a.period)`,
  },
]
