import type { Cellar } from './cellar.ts'

/** A rule of the ledger, and the rows that break it: none where all is well. */
interface Rule {
  readonly says: string
  readonly offenders: string
}

/** Accounts that are states of a level, with their columns. */
const states = [
  ...['available', 'held', 'committed', 'allocated', 'quarantined', 'short', 'incoming'].map((name) => [name, name]),
  ['incomingCommitted', 'incoming_committed'],
] as const

/** Written once more and from scratch: what the product's own `verify` overlooks is found here. */
const rules: readonly Rule[] = [
  {
    says: 'a level is the sum of its movements',
    offenders: `with sums as (
        select sku, location, account, sum(quantity)::bigint as quantity from (
          select sku, location, to_account as account, quantity from stock.movements
          union all select sku, location, from_account, -quantity from stock.movements) both_sides
        group by sku, location, account),
      seen as (
        select l.sku, l.location, s.account, s.quantity::bigint from stock.levels l
        cross join lateral (values ${states.map(([account, column]) => `('${account}', l.${column})`).join(', ')}) s(account, quantity))
      select coalesce(seen.sku, sums.sku) as sku, coalesce(seen.location, sums.location) as location, account,
        seen.quantity as level, sums.quantity as movements
      from seen full join sums using (sku, location, account)
      where coalesce(seen.quantity, 0) <> coalesce(sums.quantity, 0)
        and account in (${states.map(([account]) => `'${account}'`).join(', ')})`,
  },
  {
    says: 'held is what live holds hold',
    offenders: `select sku, location, coalesce(l.held, 0) as level, coalesce(h.quantity, 0) as holds
      from (select sku, location, held from stock.levels) l
      full join (select sku, location, sum(quantity)::int as quantity from stock.hold_lines where not freed group by 1, 2) h
        using (sku, location)
      where coalesce(l.held, 0) <> coalesce(h.quantity, 0)`,
  },
  {
    says: 'committed is what is sold and neither shipped nor cancelled',
    offenders: `select sku, location, coalesce(l.committed, 0) as level, coalesce(c.quantity, 0) as commitments
      from (select sku, location, committed from stock.levels) l
      full join (select sku, location, sum(quantity - shipped - cancelled)::int as quantity
        from stock.commitment_lines group by 1, 2) c using (sku, location)
      where coalesce(l.committed, 0) <> coalesce(c.quantity, 0)`,
  },
  {
    says: 'a hold that has ended holds nothing, and a live one all of its lines',
    offenders: `select h.id, h.state, l.sku, l.freed from stock.holds h join stock.hold_lines l on l.hold_id = h.id
      where (h.state = 'active' and l.freed) or (h.state in ('released', 'expired', 'committed') and not l.freed)
        or (h.state = 'revoked' and not l.freed and not h.loose)`,
  },
  {
    says: 'a hold ends once',
    offenders: `select answer::json->>'id' as hold, count(*)::int as ends from stock.answers
      where operation in ('release', 'expire', 'commit') group by 1 having count(*) > 1`,
  },
  {
    says: 'only short is below zero',
    offenders: `select sku, location from stock.levels
      where least(available, held, committed, allocated, quarantined, incoming, incoming_committed) < 0 or short > 0`,
  },
  {
    says: 'positions have no gap',
    offenders: `select max(position) as newest, count(*) as rows from log.log having max(position) <> count(*)`,
  },
  {
    says: 'a journal entry is in the log',
    offenders: `select e.id, e.kind from stock.entries e
      where not exists (select from log.batches b where b.batch = e.id >> 10)`,
  },
  {
    says: 'every hold is of an entry',
    offenders: `select h.id from stock.holds h where not exists (select from stock.entries e where e.id = h.entry)`,
  },
]

/** Rows of an offence that are shown. */
const SHOWN = 3

/** What is wrong with the books, a sentence each with the first offending rows. */
export async function auditLedger(cellar: Cellar): Promise<string[]> {
  const complaints: string[] = []
  for (const { says, offenders } of rules) {
    const rows = await cellar.query<Record<string, unknown>>(offenders)
    if (rows.length === 0) continue
    complaints.push(
      `not so: ${says} (${rows.length} rows: ${rows
        .slice(0, SHOWN)
        .map((row) => JSON.stringify(row))
        .join(' ')})`,
    )
  }
  return complaints
}
