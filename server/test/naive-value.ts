import type pg from 'pg'
import { buy, find, openRow, say, sell, takeBack, type Row } from './naive-costs.ts'

type Database = Pick<pg.Pool, 'query'>

interface Line {
  readonly sku: string
  readonly entry: number
  /** what came to the house's locations and to transit: from customers, of what the books had missed, and from anywhere else */
  readonly returned: number
  readonly found: number
  readonly bought: number
  readonly gone: number
  /** lots that bottles came to without any movement: they stood there already */
  readonly isSaid: boolean
  readonly lots: readonly { delta: number; cost: number | null; currency: string | null }[] | null
}

/**
 * Goes through all entries up to a position by the accounts of their movements, bottle by bottle, by a look at the tables: what a SKU's bottles have cost.
 * Every location is the house's.
 */
export async function replayCosts(database: Database, position: number): Promise<Map<string, Row>> {
  const { rows } = await database.query<Line>(
    `with there as (select unnest('{available,held,committed,allocated,quarantined,short,transit}'::text[]) as account),
     moves as (
       select m.sku, m.entry, m.quantity, m.from_account as origin, m.from_account in (select account from there) as was,
         m.to_account in (select account from there) as becomes
       from stock.movements m),
     lines as (
       select sku, entry, sum(quantity) filter (where becomes and not was and origin = 'customer') as returned,
         sum(quantity) filter (where becomes and not was and origin in ('variance', 'adjustment')) as found,
         sum(quantity) filter (where becomes and not was and origin not in ('customer', 'variance', 'adjustment')) as bought,
         sum(quantity) filter (where was and not becomes) as gone, false as said
       from moves group by 1, 2
       union all
       select p.sku, p.entry, 0, 0, 0, 0, sum(p.delta) filter (where p.lot <> '') > 0
         and not exists (select from stock.movements m where m.sku = p.sku and m.entry = p.entry)
       from stock.parcel_moves p group by 1, 2)
     select l.sku, l.entry, coalesce(sum(returned), 0)::int as returned, coalesce(sum(found), 0)::int as found,
       coalesce(sum(bought), 0)::int as bought, coalesce(sum(gone), 0)::int as gone,
       coalesce(bool_or(said), false) as "isSaid", (
       select json_agg(json_build_object('delta', p.delta, 'cost', o.cost_minor, 'currency', o.currency) order by p.line)
       from stock.parcel_moves p join stock.lots o on o.sku = p.sku and o.id = p.lot
       where p.sku = l.sku and p.entry = l.entry and p.delta > 0) as lots
     from lines l join log.log g on g.batch = l.entry >> 10
     where g.position <= $1 group by l.sku, l.entry order by l.sku, l.entry`,
    [position],
  )
  const found = new Map<string, Row>()
  for (const line of rows) {
    const row = found.get(line.sku) ?? openRow()
    found.set(line.sku, row)
    replay(row, line)
  }
  return found
}

/** What the books had missed is the first to be gone again within an entry. */
function replay(row: Row, { returned, found, bought, gone, isSaid, lots }: Line): void {
  if (isSaid) return (lots ?? []).forEach((lot) => lot.cost !== null && say(row, lot.delta, paid(lot)))
  const more = returned + found + bought - gone
  if (more <= 0) return sell(row, -more)
  const explained = Math.min(found, gone)
  find(row, found - explained)
  const leftOver = gone - explained
  takeBack(row, Math.max(0, returned - leftOver))
  let left = Math.max(0, bought - Math.max(0, leftOver - returned))
  for (const lot of lots ?? []) {
    const part = Math.min(left, lot.delta)
    left -= part
    buy(row, part, lot.cost === null ? undefined : paid(lot))
  }
  buy(row, left)
}

const paid = ({ cost, currency }: { cost: number | null; currency: string | null }) => ({
  currency: currency ?? '',
  amountMinor: cost ?? 0,
})

/** What bottles of each SKU cost by their lots now, as `6 EUR 9600`, at locations and in transit: from what the server keeps, not from its journal. */
export async function lotsNow(database: Database): Promise<{ position: number; worth: Record<string, string[]> }> {
  const { rows } = await database.query<{ sku: string; worth: string[] }>(
    `with transit as (
       select line ->> 'sku' as sku, sent.lot ->> 'lot' as lot, greatest(0, least((sent.lot ->> 'quantity')::int,
         sum((sent.lot ->> 'quantity')::int) over (partition by d.id, line ->> 'sku' order by sent.nr)
           - (line ->> 'received')::int - (line ->> 'missing')::int - (line ->> 'returned')::int)) as quantity
       from stock.documents d, jsonb_array_elements(d.body -> 'lines') line, jsonb_array_elements(line -> 'lots') with ordinality sent(lot, nr)
       where d.kind = 'transfer'),
     bottles as (select sku, lot, quantity from stock.parcels union all select sku, lot, quantity from transit),
     worth as (
       select b.sku, o.currency, sum(b.quantity) as bottles, sum(b.quantity * o.cost_minor) as amount
       from bottles b join stock.lots o on o.sku = b.sku and o.id = b.lot where o.cost_minor is not null and b.quantity > 0
       group by 1, 2)
     select sku, array_agg(bottles || ' ' || currency || ' ' || amount order by currency) as worth from worth group by sku`,
  )
  const { rows: heads } = await database.query<{ head: number }>('select log.head() as head')
  return { position: heads[0]?.head ?? 0, worth: Object.fromEntries(rows.map(({ sku, worth }) => [sku, worth])) }
}
