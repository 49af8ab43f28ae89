-- The log: one row a transaction, gapless positions in commit order (SYSTEM: "The log").
create schema log;

-- One incarnation of the log, bound to the PostgreSQL it was written by: checked on every connection.
create table log.epoch (
  single boolean primary key default true check (single),
  id text not null,
  bound_to text not null,
  since timestamptz not null default clock_timestamp(),
  -- What processes seal what they tell one another with, by ways that others may write to: 244 random bits.
  secret text not null default gen_random_uuid()::text || gen_random_uuid()::text
);

create table log.log (
  position bigint primary key check (position > 0),
  -- the stock batch that wrote it; null for other writers
  batch bigint,
  at timestamptz not null,
  -- new absolute states, never differences; only ever read whole, so json and not jsonb
  changes json not null
) partition by range (position);
-- Other writers are few, and are looked for at each start.
create index log_without_batch on log.log (position) where batch is null;

-- How many positions a partition has. Others than those of before may have another number: their bounds are what counts.
create function log.part_positions() returns bigint language sql immutable as 'select 1000000';

-- The first ones; those behind them are made ahead by every server. There is none for the rest, which could not be detached without a stop:
-- a row that has no partition fails its transaction.
create table log.log_1 partition of log.log for values from (1) to (1000001);
create table log.log_1000001 partition of log.log for values from (1000001) to (2000001);
create table log.log_2000001 partition of log.log for values from (2000001) to (3000001);

-- Which batch became visible where, without what it changed: kept for ever, as the journal is, whose order it is. Some 100 bytes a batch.
create table log.batches (
  position bigint primary key,
  batch bigint not null,
  at timestamptz not null,
  -- The position beside it: the journal is read with positions, for a year of batches without touching a row (30 ms where it took 120).
  constraint batches_batch_key unique (batch) include (position)
);

-- For who tells the journal by positions: where each batch became visible, and which SKUs it touched.
create view log.touched as
  select l.position, l.batch,
    array(select v ->> 0 from json_array_elements(l.changes -> 'levels') v union select json_array_elements_text(l.changes -> 'moved')) as skus
  from log.log l where l.batch is not null;

-- The first position that is kept; null for an empty log.
create function log.first_kept() returns bigint language sql stable as 'select min(position) from log.log';

-- Appends at the head. The lock makes writers queue from here to the end of their commit, so that positions are gapless and in
-- commit order. Must be the last statement of its transaction. Volatile: its insert sees what committed while it waited.
create function log.append(batch bigint, at timestamptz, changes json) returns bigint
language plpgsql volatile as $$
declare
  appended bigint;
begin
  perform pg_advisory_xact_lock(1280262987, 1);
  insert into log.log (position, batch, at, changes)
  select coalesce(max(l.position), 0) + 1, append.batch, append.at, append.changes from log.log l
  returning log.position into appended;
  if append.batch is not null then
    insert into log.batches (position, batch, at) values (appended, append.batch, append.at);
  end if;
  return appended;
end
$$;

-- The newest position visible to the caller; 0 for an empty log.
create function log.head() returns bigint
language sql stable as 'select coalesce(max(position), 0) from log.log';

-- The newest row visible to the caller, its time in microseconds since 1970; zeros for an empty log.
create function log.latest(out head bigint, out at_us bigint)
language sql stable as $$
  select coalesce(max(position), 0), coalesce(max((extract(epoch from at) * 1000000)::bigint), 0)
  from (select position, at from log.log order by position desc limit 1) newest
$$;

-- The position at which a stock batch became visible.
create function log.position_of(batch bigint) returns bigint
language sql stable as 'select b.position from log.batches b where b.batch = position_of.batch';

-- The newest position before a moment: what lies up to it had been recorded then, and what lies behind it had not. A reading of the past has
-- to come out the same for ever, so it ends before the first batch that is not earlier, whatever came after that one. Batches are numbered when
-- they take their time, so times nearly follow numbers, and the border is found by halves along the index; two processes' batches that
-- overlapped may stand the other way round. A batch may idle for 2 s: four thousand others cannot have passed it, and so many are looked at.
-- Only batches count: nothing else in the log moves a bottle, and other writers have clocks of their own.
create function log.position_before(at timestamptz) returns bigint
language plpgsql stable as $$
declare
  low bigint := 0;
  high bigint := (select max(l.batch) + 1 from log.batches l);
  middle bigint;
  candidate bigint;
  first bigint;
begin
  while low < high loop
    middle := (low + high) / 2;
    if coalesce((select l.at < position_before.at from log.batches l where l.batch <= middle order by l.batch desc limit 1), true) then
      low := middle + 1;
    else
      high := middle;
    end if;
  end loop;
  candidate := coalesce((select l.position from log.batches l where l.batch = low), log.head());
  select min(l.position) into first from log.batches l
  where l.position > candidate - 4096 and l.position <= candidate and l.at >= position_before.at;
  return coalesce(first - 1, log.head());
end
$$;
