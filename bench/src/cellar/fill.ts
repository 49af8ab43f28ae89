import type pg from 'pg'

/** How many bottles of each SKU there are at first: what one line may bring. */
export const bottlesEach = 1_000_000
/** SKUs of one transaction, as the server itself would have bundled them. */
const perBatch = 500

/**
 * A merchant's cellar in bulk: so many SKUs, each with a level and a price, received and priced through journal and log just as the server would
 * have written it, so that `verify` finds nothing. For an empty, migrated database; the server has to be started anew after it.
 */
export async function fillCellar(client: pg.Client, skus: number): Promise<void> {
  await client.query(settingsSql)
  for (const sql of catalogueSql(skus)) await client.query(sql)
  const { rows } = await client.query<{ first: number; head: number }>(
    `select nextval('stock.batches')::int as first, log.head()::int as head`,
  )
  const { first = 1, head = 0 } = rows[0] ?? {}
  for (const sql of stockSql(skus, first, head)) await client.query(sql)
  await client.query(`select setval('stock.batches', $1)`, [first + Math.ceil(skus / perBatch)])
}

/** Settles what was loaded, as a database that has run for a while has: statistics, visibility, all on disk. */
export async function settleDatabase(client: pg.Client): Promise<void> {
  await client.query('vacuum analyze')
  await client.query('checkpoint')
}

const settingsSql = `
  insert into stock.locations (id, name, kind, duty) values ('shop', 'Shop', 'shop', 'paid');
  insert into stock.channels (id, name, currency, duty, locations, show_max, low_at)
    values ('web', 'Web', 'EUR', 'paid', '{shop}', 1000000, 6);
  update stock.settings set version = version + 1`

/** Ten vintages of each wine. */
function catalogueSql(skus: number): string[] {
  const numbers = `generate_series(0, ${skus - 1}) n`
  return [
    `insert into catalogue.wines (id, producer, name, region, country, colour)
     select 'w' || n, 'Domaine ' || n % 997, 'Cuvée ' || n, 'Bordeaux', 'France', 'red'
     from generate_series(0, ${Math.ceil(skus / 10) - 1}) n`,
    `insert into catalogue.vintages (wine, vintage) select 'w' || n / 10, 2010 + n % 10 from ${numbers}`,
    `insert into catalogue.skus (sku, wine, vintage, format_ml, pack, packaging)
     select 'W' || lpad(n::text, 7, '0'), 'w' || n / 10, 2010 + n % 10, 750, 1, 'bottle' from ${numbers}`,
  ]
}

/** What stands beside the log's rows of batches that were written behind a position. */
export const batchesOfLog = (head: number): string =>
  `insert into log.batches (position, batch, at) select position, batch, at from log.log where position > ${head} order by 1`

/** Batch `n / 500` of SKU `n`; there, five receipts of a hundred lines each, then five lists of a hundred prices. */
function stockSql(skus: number, first: number, head: number): string[] {
  const last = first + Math.ceil(skus / perBatch) - 1
  const at = (index: string) => `b.at + ${index} * interval '1 microsecond'`
  return [
    `create temp table bench_skus as
     select n, 'W' || lpad(n::text, 7, '0') as sku, ${first} + n / ${perBatch} as batch, n % ${perBatch} / 100 as part, 1000 + n % 9000 as amount
     from generate_series(0, ${skus - 1}) n`,
    `create temp table bench_batches as
     select batch, clock_timestamp() - interval '1 day' + batch * interval '1 millisecond' as at from generate_series(${first}, ${last}) batch`,
    `insert into stock.levels (sku, location, available, version, revision, batch)
     select sku, 'shop', ${bottlesEach}, 1, 1, batch from bench_skus order by n`,
    `insert into stock.prices (sku, channel, amount_minor, currency, tax_included, duty_included, batch)
     select sku, 'web', amount, 'EUR', true, true, batch from bench_skus order by n`,
    `insert into stock.entries (id, kind, caller, actor, occurred_at, recorded_at)
     select s.batch * 1024 + k.first + s.part, k.kind, 'bench', 'bench', ${at('(k.first + s.part)')}, ${at('(k.first + s.part)')}
     from (select distinct batch, part from bench_skus) s join bench_batches b using (batch)
     cross join (values ('receive', 0), ('setPrice', 5)) k(kind, first) order by 1`,
    `insert into stock.answers (entry, period, caller, operation, status, answer)
     select id, 1, caller, kind, 201, '{}' from stock.entries where id >> 10 between ${first} and ${last} order by 1`,
    `insert into stock.movements (sku, entry, line, location, from_account, to_account, quantity, physical, occurred_at)
     select s.sku, s.batch * 1024 + s.part, s.n % 100, 'shop', 'supplier', 'available', ${bottlesEach}, true, ${at('s.part')}
     from bench_skus s join bench_batches b using (batch) order by s.n`,
    `insert into stock.price_changes (sku, channel, entry, line, amount_minor, currency, tax_included, duty_included)
     select sku, 'web', batch * 1024 + 5 + part, n % 100, amount, 'EUR', true, true from bench_skus order by n`,
    `insert into log.log (position, batch, at, changes)
     select ${head} + 1 + b.batch - ${first}, b.batch, ${at('max(5 + s.part)')}, json_build_object(
       'levels', json_agg(json_build_array(s.sku, 'shop', ${bottlesEach}, 0, 0, 0, 0, 0, 0, 0, 1, 1) order by s.n),
       'prices', json_agg(json_build_array(s.sku, 'web', s.amount, 'EUR', true, true) order by s.n))
     from bench_skus s join bench_batches b using (batch) group by b.batch, b.at order by b.batch`,
    batchesOfLog(head),
    'drop table bench_skus, bench_batches',
  ]
}
