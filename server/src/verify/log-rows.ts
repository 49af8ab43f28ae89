import { columnOf, stateAccounts } from '../stock/stock.ts'
import type { Check } from './check.ts'

const rows = 'select count(*) as checked from log.log'

const levelColumns = [...stateAccounts.map(columnOf), 'version', 'revision']

/** The log against the tables it tells of, as far back as it is kept. */
export const logChecks: readonly Check[] = [
  {
    name: 'positions are gapless from the least one kept',
    checked: rows,
    offending: `
      select position, before from (
        select position, lag(position) over (order by position) as before from log.log) p
      where position <> before + 1 or position < 1`,
  },
  {
    name: 'every entry became visible with its batch, at the time it was recorded',
    checked: 'select count(*) as checked from stock.entries',
    offending: `
      with batches as (
        select id >> 10 as batch, count(*) as entries, max(recorded_at) as recorded_at from stock.entries group by 1)
      select b.batch, b.entries, b.recorded_at, l.position, l.at
      from batches b left join log.batches l on l.batch = b.batch
      where l.at is distinct from b.recorded_at`,
  },
  {
    name: 'every batch of the log has entries',
    checked: 'select count(*) as checked from log.batches',
    offending: `
      select l.position, l.batch, l.at
      from log.batches l
      left join (select distinct id >> 10 as batch from stock.entries) b on b.batch = l.batch where b.batch is null`,
  },
  {
    // Numbers of batches come from a sequence, and no index over partitions could tell that one is there twice: the batches themselves are one table.
    name: 'every row of the log is of the batch that stands for its position, and none is there twice',
    checked: 'select count(*) as checked from log.log where batch is not null',
    offending: `
      select coalesce(l.position, b.position) as position, l.batch, l.at, b.batch as batch_of_position, b.at as batch_at
      from (select position, batch, at from log.log where batch is not null) l
      full join (select * from log.batches where position >= (select min(position) from log.log)) b on b.position = l.position
      where (l.batch, l.at) is distinct from (b.batch, b.at)`,
  },
  {
    // Where each level was told last is found first, by its key alone: to read the numbers of every row took four times as long.
    name: 'levels are as the log last told them',
    checked: 'select count(*) as checked from stock.levels',
    offending: `
      with last as (
        select s.level ->> 0 as sku, s.level ->> 1 as location, max(l.position) as position
        from log.log l cross join lateral json_array_elements(l.changes -> 'levels') s(level) group by 1, 2),
      told as (
        select t.sku, t.location, t.position, r.batch, r.state
        from last t join (
          select l.position, l.batch, s.level ->> 0 as sku, s.level ->> 1 as location,
            array[l.batch, ${levelColumns.map((_, at) => `(s.level ->> ${at + 2})::bigint`).join(', ')}] as state
          from log.log l cross join lateral json_array_elements(l.changes -> 'levels') s(level)
          where l.position in (select position from last)
        ) r on r.position = t.position and r.sku = t.sku and r.location = t.location)
      select coalesce(l.sku, t.sku) as sku, coalesce(l.location, t.location) as location, t.position,
        json_build_array(l.batch, ${levelColumns.map((column) => `l.${column}`).join(', ')}) as level, t.state as log
      from (select * from stock.levels where revision > 0) l full join told t on t.sku = l.sku and t.location = l.location
      where case
        when t.sku is null then (select coalesce(min(position), 1) from log.log) = 1
        else array[l.batch, ${levelColumns.map((column) => `l.${column}`).join(', ')}]::bigint[] is distinct from t.state end`,
  },
  {
    name: 'what orders expect is as the log last told it',
    checked: `select count(*) as checked from stock.documents where kind = 'purchaseOrder'`,
    offending: `
      with told as (
        select distinct on (1, 2) e.row ->> 0 as id, e.row ->> 1 as sku, e.row ->> 2 as location, (e.row ->> 3)::bigint as bottles,
          (e.row ->> 4)::bigint as expected_at_ms, l.position
        from log.log l cross join lateral json_array_elements(l.changes -> 'expected') e(row)
        order by 1, 2, l.position desc),
      orders as (
        select d.id::text, l ->> 'sku' as sku, d.body ->> 'location' as location, (d.body ->> 'expectedAtMs')::bigint as expected_at_ms,
          sum((l ->> 'quantity')::bigint - (l ->> 'received')::bigint - (l ->> 'cancelled')::bigint)::bigint as bottles
        from stock.documents d cross join lateral jsonb_array_elements(d.body -> 'lines') l
        where d.kind = 'purchaseOrder' group by 1, 2, 3, 4)
      select coalesce(o.id, t.id) as document, coalesce(o.sku, t.sku) as sku, o.bottles, t.bottles as told, t.position
      from orders o full join told t on t.id = o.id and t.sku = o.sku
      where case
        when t.id is null then (select coalesce(min(position), 1) from log.log) = 1
        else (o.location, o.bottles, o.expected_at_ms) is distinct from (t.location, t.bottles, t.expected_at_ms) end`,
  },
  {
    name: 'prices are as the log last told them',
    checked: 'select count(*) as checked from stock.prices',
    offending: `
      with told as (
        select distinct on (1, 2) p.price ->> 0 as sku, p.price ->> 1 as channel, (p.price ->> 2)::bigint as amount_minor,
          p.price ->> 3 as currency, (p.price ->> 4)::boolean as tax_included, (p.price ->> 5)::boolean as duty_included,
          l.position, l.batch
        from log.log l cross join lateral json_array_elements(l.changes -> 'prices') p(price)
        order by 1, 2, l.position desc)
      select coalesce(p.sku, t.sku) as sku, coalesce(p.channel, t.channel) as channel, p.amount_minor, p.currency, t.position,
        t.amount_minor as told, t.currency as told_currency
      from stock.prices p full join told t on t.sku = p.sku and t.channel = p.channel
      where case
        when t.sku is null then (select coalesce(min(position), 1) from log.log) = 1
        else (p.batch, p.amount_minor, p.currency, p.tax_included, p.duty_included) is distinct from
          (t.batch, t.amount_minor, t.currency, t.tax_included, t.duty_included) end`,
  },
  {
    // On a standby the timeline cannot be asked for: there the system and the database have to be the same.
    name: 'the epoch belongs to this database',
    checked: 'select count(*) as checked from log.epoch',
    offending: `
      select e.id as epoch, e.bound_to, b.binding as database_is
      from (
        select c.system_identifier::text || '/' as system, '/' || d.oid::text as database,
          case when pg_is_in_recovery() then null else
            c.system_identifier::text || '/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) || '/' || d.oid::text end as binding
        from pg_control_system() c, pg_database d where d.datname = current_database()) b
      left join log.epoch e on true
      where case
        when e.id is null then exists (select from log.log where batch is not null)
        when b.binding is not null then e.bound_to <> b.binding
        else not (starts_with(e.bound_to, b.system) and right(e.bound_to, length(b.database)) = b.database) end`,
  },
]
