-- The log: one row a transaction, gapless positions in commit order (SYSTEM: "The log").
create schema log;

-- One incarnation of the log, bound to the PostgreSQL it was written by: checked on every connection.
create table log.epoch (
  single boolean primary key default true check (single),
  id text not null,
  bound_to text not null,
  since timestamptz not null default clock_timestamp()
);

create table log.log (
  position bigint primary key check (position > 0),
  -- the stock batch that wrote it; null for other writers
  batch bigint unique,
  at timestamptz not null,
  -- new absolute states, never differences; only ever read whole, so json and not jsonb
  changes json not null
);

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
language sql stable as 'select position from log.log l where l.batch = position_of.batch';
