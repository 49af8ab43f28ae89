-- Stock: settings, levels, journal, holds, commitments, prices. Written by the batcher alone (SYSTEM: "Stock").
-- No foreign keys: each would cost a look-up a row on the hot path; `verify` proves what they would enforce.
create schema stock;

-- A batch's number; an entry's id is its batch * 1024 + its index there. Gaps mean nothing.
create sequence stock.batches;

-- Moves with every change of a location or channel. Batches hold its advisory lock shared, changes hold it alone.
create table stock.settings (
  single boolean primary key default true check (single),
  version bigint not null default 1
);
insert into stock.settings default values;

create table stock.locations (
  id text collate "C" primary key,
  name text not null,
  kind text not null check (kind in ('shop', 'warehouse', 'cellar', 'bar', 'bonded')),
  duty text not null check (duty in ('paid', 'in_bond')),
  owner text not null default 'house'
);

create table stock.channels (
  id text collate "C" primary key,
  name text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  duty text not null check (duty in ('paid', 'in_bond')),
  -- in the order they are tried
  locations text[] collate "C" not null check (cardinality(locations) between 1 and 16),
  safety_stock int not null default 0 check (safety_stock between 0 and 1000000),
  show_max int not null check (show_max between 1 and 1000000),
  low_at int not null check (low_at between 0 and 1000000)
);

-- What a SKU is made of that is not bottles of one wine: [{ sku, quantity }]. Changed as locations and channels are.
create table stock.recipes (
  sku text collate "C" primary key,
  kind text not null check (kind in ('bundle', 'mixed_case', 'lot')),
  components jsonb not null,
  -- of one that is sold as a lot of its only component: which
  lot text collate "C" check ((kind = 'lot') = (lot is not null))
);
-- A lot is sold as one SKU.
create unique index recipes_lot on stock.recipes ((components -> 0 ->> 'sku'), lot) where kind = 'lot';

-- What other modules may read: what bundles and mixed cases are made of, in the order in which it was said.
create view stock.recipe_parts as
  select r.sku, r.kind, c.place, c.component ->> 'sku' as component, (c.component ->> 'quantity')::int as quantity
  from stock.recipes r cross join lateral jsonb_array_elements(r.components) with ordinality c (component, place)
  where r.kind <> 'lot';

create table stock.levels (
  sku text collate "C" not null,
  location text collate "C" not null,
  available int not null default 0 check (available between 0 and 1000000000),
  held int not null default 0 check (held between 0 and 1000000000),
  committed int not null default 0 check (committed between 0 and 1000000000),
  allocated int not null default 0 check (allocated between 0 and 1000000000),
  quarantined int not null default 0 check (quarantined between 0 and 1000000000),
  short int not null default 0 check (short between -1000000000 and 0),
  incoming int not null default 0 check (incoming between 0 and 1000000000),
  incoming_committed int not null default 0 check (incoming_committed between 0 and 1000000000),
  version bigint not null default 0,
  revision bigint not null default 0,
  -- the latest count: when it happened, and what breaks a tie with another of that instant
  counted_at timestamptz,
  counted_by text collate "C",
  -- the batch that last changed it
  batch bigint,
  primary key (sku, location)
) with (fillfactor = 70); -- room for HOT updates: no index names a column that changes

create table stock.entries (
  id bigint primary key,
  kind text not null,
  -- who asked, and who is said to have done it
  caller text not null,
  actor text not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  reference text,
  reason text,
  clamped boolean not null default false,
  rebased boolean not null default false,
  -- what it was about: a transfer, an order
  document uuid
);
create index entries_document on stock.entries (document, id) where document is not null;
create index entries_declared on stock.entries (id) where kind = 'openLot';

-- What entries were answered, and under which key: kept for so many days only (`CELLARHAND_KEY_RETENTION_DAYS`), by partitions of a period each.
-- Few: which one has a key is not known when it is asked for, so each of them costs every batch a look-up for each key.
create table stock.answers (
  entry bigint not null,
  period int not null,
  -- the scope of the key
  caller text not null,
  operation text not null,
  key text collate "C",
  -- the first 128 bits of the SHA-256 of the command as it was understood
  body_digest uuid,
  -- without the position, which the log knows
  status smallint not null,
  answer text not null
) partition by range (period);
-- The only index: one of entries as well took 2 to 7 % of what a batch of holds is written in.
create unique index answers_key on stock.answers (key, caller, operation, period) where key is not null;
create table stock.answers_1 partition of stock.answers for values from (1) to (2);

-- Periods that have begun; answers are written to the newest. One begins while no batch is under way, as settings change: each batch reads what
-- was written in those before it, so that a key has one effect over a boundary too.
create table stock.answer_periods (
  period int primary key,
  begun_at timestamptz not null default clock_timestamp()
);
insert into stock.answer_periods (period) values (1);

create table stock.movements (
  sku text collate "C" not null,
  entry bigint not null,
  line smallint not null,
  location text collate "C" not null,
  from_account text not null,
  to_account text not null,
  quantity int not null check (quantity between 1 and 1000000000),
  -- bottles came or went, other than by a count's variance
  physical boolean not null,
  occurred_at timestamptz not null,
  primary key (sku, entry, line)
);
create index movements_physical on stock.movements (sku, location, occurred_at) where physical;

-- What was counted, line by line: a count that found what the books said moves nothing, and one that came late is history, yet both say what
-- stood there then.
create table stock.counts (
  sku text collate "C" not null,
  location text collate "C" not null,
  entry bigint not null,
  line smallint not null,
  counted int not null check (counted between 0 and 1000000000),
  occurred_at timestamptz not null,
  -- what orders two counts of one instant
  source text collate "C" not null,
  primary key (sku, location, entry, line)
);

create table stock.holds (
  id uuid primary key,
  state text not null check (state in ('active', 'revoked', 'released', 'expired', 'committed')),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  customer text,
  entry bigint not null,
  ended_by bigint,
  -- revoked at one level, its lines elsewhere not yet freed
  loose boolean not null default false
) with (fillfactor = 80);
create index holds_expiry on stock.holds (expires_at) where state = 'active';
-- What a customer claims and has not bought: asked for before each further claim.
create index holds_customer on stock.holds (customer) where state = 'active' and customer is not null;
create index holds_loose on stock.holds (id) where loose;
-- Holds of customers and guests that ended, in the order of batches: what became of them speaks for or against who made them.
create index holds_ended on stock.holds (ended_by) where customer is not null and state in ('released', 'expired', 'committed');

-- Holds whose time has come, the longest ago first, and those a fact revoked whose other lines are to be freed: so many of each at
-- most. The time in a sub-select is read once and bounds the scan of the index; called for each row it could not. And without
-- statistics yet the planner takes the whole table, with all holds of a flash sale, four times a second.
create function stock.due_holds(most int) returns table (id uuid, kind text)
language sql volatile set enable_seqscan = off as $$
  (select h.id, 'expire' from stock.holds h
   where h.state = 'active' and h.expires_at <= (select clock_timestamp()) order by h.expires_at limit most)
  union all
  (select h.id, 'free' from stock.holds h where h.loose limit most)
$$;

-- A line never changes but for `freed`, which flips under its level's lock, and `pending`, which falls under it.
create table stock.hold_lines (
  hold_id uuid not null,
  line smallint not null,
  request_line smallint not null,
  sku text collate "C" not null,
  location text collate "C" not null,
  channel text collate "C" not null,
  quantity int not null check (quantity between 1 and 1000000),
  amount_minor bigint not null,
  currency text not null,
  tax_included boolean not null,
  duty_included boolean not null,
  entry bigint not null,
  freed boolean not null default false,
  -- what it was drawn from, where that is an allotment
  allotment text collate "C",
  -- bottles of it that are expected and not there yet
  pending int not null default 0 check (pending between 0 and quantity),
  -- the bundle that it is a component of, and how many of that were asked for
  bundle text collate "C",
  bundles int,
  primary key (hold_id, line)
) with (fillfactor = 80);
create index hold_lines_live on stock.hold_lines (sku, location, entry) where not freed;

create table stock.commitments (
  id uuid primary key,
  hold_id uuid not null unique,
  created_at timestamptz not null,
  customer text,
  reference text,
  entry bigint not null
);

create table stock.commitment_lines (
  commitment_id uuid not null,
  line smallint not null,
  sku text collate "C" not null,
  location text collate "C" not null,
  channel text collate "C" not null,
  quantity int not null check (quantity between 1 and 1000000),
  shipped int not null default 0 check (shipped >= 0),
  cancelled int not null default 0 check (cancelled >= 0),
  -- of what was shipped, what came back
  returned int not null default 0 constraint commitment_lines_returned_check check (returned between 0 and shipped),
  amount_minor bigint not null,
  currency text not null,
  tax_included boolean not null,
  duty_included boolean not null,
  allotment text collate "C",
  pending int not null default 0 check (pending >= 0),
  bundle text collate "C",
  bundles int,
  primary key (commitment_id, line),
  check (shipped + cancelled + pending <= quantity)
);
-- who waits for what is expected at a level; holds are few beside them, and have an index of the live ones
create index commitment_lines_waiting on stock.commitment_lines (sku, location) where pending > 0;

-- Bottles set aside for a purpose: what `allocated` of a level consists of. A row stays when it comes to zero.
create table stock.allotments (
  allotment text collate "C" not null,
  sku text collate "C" not null,
  location text collate "C" not null,
  quantity int not null check (quantity between 0 and 1000000000),
  primary key (sku, location, allotment)
);

-- Bottles of a SKU that came together. Never changes.
create table stock.lots (
  sku text collate "C" not null,
  id text collate "C" not null,
  opened_at timestamptz not null,
  entry bigint not null,
  supplier text,
  -- of one bottle, or one case of a SKU that is a case
  cost_minor bigint check (cost_minor >= 0),
  currency text,
  condition text,
  provenance text,
  drink_by int,
  primary key (sku, id)
);

-- What other modules may read: what customers may know of lots that are sold by themselves, by the SKU they are sold as.
create view stock.sold_lots as
  select r.sku, l.sku as of_sku, l.id as lot, l.condition, l.provenance, l.drink_by
  from stock.recipes r join stock.lots l on l.sku = r.components -> 0 ->> 'sku' and l.id = r.lot where r.kind = 'lot';

-- Which bottles of a level lie where: so many of a lot in a bin. Empty texts: of no lot, in no bin. What a level has beyond its parcels is neither.
create table stock.parcels (
  sku text collate "C" not null,
  location text collate "C" not null,
  lot text collate "C" not null,
  bin text collate "C" not null,
  quantity int not null check (quantity between 0 and 1000000000),
  primary key (sku, location, lot, bin),
  check (lot <> '' or bin <> '')
);
create index parcels_bin on stock.parcels (location, bin) where quantity > 0;

-- The journal of parcels: a parcel is the sum of its moves.
create table stock.parcel_moves (
  sku text collate "C" not null,
  entry bigint not null,
  line smallint not null,
  location text collate "C" not null,
  lot text collate "C" not null,
  bin text collate "C" not null,
  delta int not null check (delta <> 0),
  primary key (sku, entry, line)
);

-- What was seen of bottles that an entry set aside or put back.
create table stock.notes (
  entry bigint not null,
  line smallint not null,
  sku text collate "C" not null,
  location text collate "C" not null,
  condition text,
  -- addresses; the photos themselves are kept elsewhere
  photos jsonb not null,
  primary key (entry, line)
);

-- What goes on for longer than one entry: transfers, clearances, orders, purchase orders. Written whole by the core, under the locks of its levels.
create table stock.documents (
  id uuid primary key,
  kind text collate "C" not null,
  state text collate "C" not null,
  reference text collate "C",
  created_at timestamptz not null,
  -- what made it, and what changed it last
  entry bigint not null,
  changed_by bigint not null,
  version int not null check (version > 0),
  -- keys of what it stands on, which never changes and says what to lock
  levels text[] collate "C" not null,
  body jsonb not null
);
create index documents_kind on stock.documents (kind, entry);
create index documents_expected on stock.documents (id) where kind = 'purchaseOrder' and state = 'open';
-- A reference names one order for ever: a till asks for it by that.
create unique index documents_order_reference on stock.documents (reference) where kind = 'order';
create index documents_order_customer on stock.documents ((body ->> 'customer'), entry) where kind = 'order';
-- what a bar looks at all day: the few bottles that are open, of all that ever were
create index documents_open_bottles on stock.documents (entry) where kind = 'openBottle' and state = 'open';

create table stock.prices (
  sku text collate "C" not null,
  channel text collate "C" not null,
  amount_minor bigint not null check (amount_minor between 0 and 1000000000000),
  currency text not null,
  tax_included boolean not null,
  duty_included boolean not null,
  revision bigint not null default 1,
  batch bigint not null,
  primary key (sku, channel)
);

create table stock.price_changes (
  sku text collate "C" not null,
  channel text collate "C" not null,
  entry bigint not null,
  line smallint not null,
  amount_minor bigint not null,
  currency text not null,
  tax_included boolean not null,
  duty_included boolean not null,
  primary key (sku, channel, entry, line)
);

create table stock.shortfalls (
  entry bigint not null,
  sku text collate "C" not null,
  location text collate "C" not null,
  delta int not null check (delta <> 0),
  short int not null check (short <= 0),
  at timestamptz not null,
  primary key (entry, sku, location)
);
create index shortfalls_level on stock.shortfalls (sku, location, entry);

-- What other modules may read: the price of a SKU in a channel, for search by price.
create view stock.listed_prices as select sku, channel, amount_minor, currency from stock.prices;

-- For reports: which levels there are, their journal and their counts, with the position at which each line became visible. Entries stand apart:
-- most sums need none of them.
create view stock.level_keys as select sku, location from stock.levels;
create view stock.journal as
  select m.sku, m.location, m.entry, m.line, m.from_account, m.to_account, m.quantity, m.physical, m.occurred_at,
    coalesce(l.position, 0) as position
  from stock.movements m left join log.batches l on l.batch = m.entry >> 10;
create view stock.journal_entries as select id, kind, reason, reference, actor, occurred_at, recorded_at from stock.entries;
create view stock.counted as
  select c.sku, c.location, c.entry, c.line, c.counted, c.occurred_at, c.source, coalesce(l.position, 0) as position
  from stock.counts c left join log.batches l on l.batch = c.entry >> 10;

-- For the value of stock: which lots bottles were of as they came and went, what these cost, which were made of bottles that stood there, which entries
-- are of which journey, and the lots that were sent on one, in the order in which they come.
create view stock.lot_moves as
  select p.sku, p.location, p.entry, p.line, p.lot, p.delta from stock.parcel_moves p where p.lot <> '';
create view stock.priced_lots as
  select o.sku, o.id, o.cost_minor, o.currency, coalesce(l.position, 0) as position
  from stock.lots o left join log.batches l on l.batch = o.entry >> 10
  where o.cost_minor is not null and o.currency is not null;
create view stock.declared_lots as
  select p.* from stock.lot_moves p join stock.entries e on e.id = p.entry where e.kind = 'openLot' and p.delta > 0;
create view stock.journeys as
  select e.id as entry, d.id as document, d.body ->> 'from' as sent_from
  from stock.entries e join stock.documents d on d.id = e.document where d.kind in ('transfer', 'clearance');
create view stock.sent_lots as
  select d.id as document, line ->> 'sku' as sku, sent.nr, o.id as lot, (sent.lot ->> 'quantity')::int as quantity, o.cost_minor, o.currency
  from stock.documents d
  cross join lateral jsonb_array_elements(d.body -> 'lines') line
  cross join lateral jsonb_array_elements(line -> 'lots') with ordinality sent(lot, nr)
  left join stock.lots o on o.sku = line ->> 'sku' and o.id = sent.lot ->> 'lot'
  where d.kind = 'transfer';
create view stock.owners as select id as location, owner from stock.locations;

-- How bottles came, went or were on their way: what the next so many lines of the journal say of it, in the order of SKUs and entries, whole entries
-- only. What is on hand is in `states`. With `fold`, what follows one another and only left `homes` is one line with the last entry's number: a year of
-- a shop comes to a third of the rows. All entries below `settled` had become visible by `up_to`: to look each up in the log took half the time. Without
-- these settings the planner sorts all that is left of a SKU for each piece of it.
create function stock.came_and_went(
  after_sku text, after_entry bigint, last_sku text, settled bigint, up_to bigint, states text[], homes text[], fold boolean, most int)
returns table (sku text, entry bigint, location text, from_account text, to_account text, quantity bigint, more boolean)
language sql stable set enable_bitmapscan = off set enable_seqscan = off as $$
  with read as materialized (
    select m.sku, m.entry, m.line, m.location, m.from_account, m.to_account, m.quantity,
      fold and m.from_account = any (states) and m.to_account <> 'transit' and m.location = any (homes) as leaves
    from stock.movements m
    where (m.sku, m.entry) > (after_sku, after_entry) and m.sku <= last_sku
      and ((m.from_account = any (states)) <> (m.to_account = any (states)) or 'transit' in (m.from_account, m.to_account))
      and (m.entry < settled or coalesce((select l.position from log.batches l where l.batch = m.entry >> 10), 0) <= up_to)
    order by m.sku, m.entry, m.line limit most),
  cut as (select r.sku, r.entry from read r order by r.sku desc, r.entry desc limit 1),
  bounds as (select (select count(*) from read) = most as more),
  marked as (
    select r.*, b.more, bool_and(r.leaves) over (partition by r.sku, r.entry) as only_leaves
    from read r cross join bounds b
    where not b.more or (r.sku, r.entry) < (select c.sku, c.entry from cut c)),
  numbered as (
    select k.*, count(*) filter (where not k.only_leaves) over (partition by k.sku order by k.entry, k.line) as nr from marked k)
  select n.sku, max(n.entry), max(n.location), max(n.from_account), max(n.to_account), sum(n.quantity), bool_or(n.more)
  from numbered n group by n.sku, n.nr, n.only_leaves order by n.sku, max(n.entry), n.nr
$$;

-- Aborts the transaction unless a statement wrote the rows it had to: in a pipeline nobody else would stop the COMMIT behind it.
create function stock.expect(actual bigint, wanted bigint, what text) returns void
language plpgsql as $$
begin
  if actual <> wanted then
    raise exception 'guard: % of % rows written: %', actual, wanted, what using errcode = 'CH001';
  end if;
end
$$;
