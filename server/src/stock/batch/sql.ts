/** A statement of the batcher: prepared once a connection under its name. */
export interface Statement {
  readonly name: string
  readonly text: string
}

const us = (column: string) => `(extract(epoch from ${column}) * 1000000)::bigint`
/** The other way round: numbers are written, sent and read in a third of the time that texts of instants took. Exact below 2^53. */
const at = (us: string) => `'epoch'::timestamptz + ${us} * interval '1 microsecond'`

// --- before the transaction -----------------------------------------------------------------------------------------

/** What named holds and commitments stand on. Never changes, so it is read without a lock: it says what to lock. */
export const readLinesOf: Statement = {
  name: 'lines-of',
  text: `select hold_id, sku, location from stock.hold_lines where hold_id = any($1::uuid[])`,
}

/** In key order, so that two processes that begin the same levels cannot wait for one another. */
export const insertMissingLevels: Statement = {
  name: 'insert-levels',
  text: `insert into stock.levels (sku, location)
    select sku, location from unnest($1::text[], $2::text[]) k(sku, location)
    order by sku collate "C", location collate "C" on conflict do nothing`,
}

// --- first round trip: lock, then read ------------------------------------------------------------------------------

export const begin: Statement = { name: 'begin', text: 'begin' }

/** Shared by all batches; who changes a location or channel takes it alone (settings.ts). */
export const lockSettings: Statement = {
  name: 'lock-settings',
  text: 'select pg_advisory_xact_lock_shared(1280262987, 2)',
}

export const lockLevels: Statement = {
  name: 'lock-levels',
  text: `select l.sku, l.location, l.available, l.held, l.committed, l.allocated, l.quarantined, l.short, l.incoming,
      l.version, l.revision, ${us('l.counted_at')} as counted_at_us, l.counted_by
    from unnest($1::text[], $2::text[]) k(sku, location)
    join stock.levels l on l.sku = k.sku and l.location = k.location
    order by l.sku, l.location for update of l`,
}

/** Which of some levels nobody else has locked. One that has no row yet is not locked: were it left out, it would wait for ever. */
export const probeLevels: Statement = {
  name: 'probe-levels',
  text: `with free as (
      select l.sku, l.location from unnest($1::text[], $2::text[]) k(sku, location)
      join stock.levels l on l.sku = k.sku and l.location = k.location
      for update of l skip locked)
    select sku, location from free
    union all
    select k.sku, k.location from unnest($1::text[], $2::text[]) k(sku, location)
    where not exists (select from stock.levels l where l.sku = k.sku and l.location = k.location)`,
}

/** The batch's number and time: never before the newest log row, so that time follows position. */
export const readHead: Statement = {
  name: 'read-head',
  text: `select nextval('stock.batches') as batch, l.head, s.version as settings_version,
      greatest(${us('clock_timestamp()')}, l.at_us + 1) as now_us
    from log.latest() l, stock.settings s`,
}

/** `lateral`, once each: prepared on an empty table, a join kept a plan that read the whole table. */
export const readKeys: Statement = {
  name: 'read-keys',
  text: `select k.ord::int as ord, e.id, e.body_digest, e.status, e.answer, e.position
    from unnest($1::text[], $2::text[], $3::text[]) with ordinality k(key, caller, operation, ord)
    cross join lateral (
      select e.id, e.body_digest, e.status, e.answer, log.position_of(e.id >> 10) as position from stock.entries e
      where e.key = k.key and e.caller = k.caller and e.operation = k.operation limit 1
    ) e`,
}

export const readPrices: Statement = {
  name: 'read-prices',
  text: `select p.sku, p.channel, p.amount_minor, p.currency, p.tax_included, p.duty_included
    from unnest($1::text[], $2::text[]) k(sku, channel)
    cross join lateral (select * from stock.prices p where p.sku = k.sku and p.channel = k.channel limit 1) p`,
}

const holdColumns = `h.id, h.state, ${us('h.created_at')} as created_at_us, ${us('h.expires_at')} as expires_at_us,
  h.customer, h.entry, h.loose`

/** Named holds need no lock of their own: all their levels are locked, and whoever changes a hold has locked one of them. */
export const readHolds: Statement = {
  name: 'read-holds',
  text: `select ${holdColumns} from stock.holds h where h.id = any($1::uuid[])`,
}

export const readHoldLines: Statement = {
  name: 'read-hold-lines',
  text: `select l.hold_id, l.line, l.request_line, l.sku, l.location, l.channel, l.quantity, l.amount_minor, l.currency,
      l.tax_included, l.duty_included, l.freed
    from stock.hold_lines l where l.hold_id = any($1::uuid[]) order by l.hold_id, l.line`,
}

export const readCommitments: Statement = {
  name: 'read-commitments',
  text: `select c.id, c.hold_id, ${us('c.created_at')} as created_at_us, c.customer, c.reference
    from stock.commitments c where c.id = any($1::uuid[])`,
}

export const readCommitmentLines: Statement = {
  name: 'read-commitment-lines',
  text: `select l.commitment_id, l.line, l.sku, l.location, l.channel, l.quantity, l.shipped, l.cancelled, l.amount_minor,
      l.currency, l.tax_included, l.duty_included
    from stock.commitment_lines l where l.commitment_id = any($1::uuid[]) order by l.commitment_id, l.line`,
}

/** Physical changes of a level after an instant, summed: what brings a count of the past forward. */
export const sumAfter: Statement = {
  name: 'sum-after',
  text: `select c.ord::int as ord, m.delta::bigint as delta
    from unnest($1::text[], $2::text[], $3::timestamptz[]) with ordinality c(sku, location, at, ord)
    cross join lateral (
      select coalesce(sum(case when m.to_account = any('{available,short,committed,quarantined,held,allocated}')
        then m.quantity else -m.quantity end), 0) as delta
      from stock.movements m
      where m.sku = c.sku and m.location = c.location and m.physical and m.occurred_at > c.at
    ) m`,
}

// --- only where a fact needs more than is available -----------------------------------------------------------------

/** The newest live holds at levels that are locked: as many lines as bottles are wanted, since each line has one at least. */
export const newestHolds: Statement = {
  name: 'newest-holds',
  text: `select distinct h.hold_id
    from unnest($1::text[], $2::text[], $3::bigint[]) n(sku, location, need)
    cross join lateral (
      select l.hold_id from stock.hold_lines l
      where l.sku = n.sku and l.location = n.location and not l.freed order by l.entry desc limit n.need
    ) h`,
}

/** Two facts at different levels of one hold meet here, in id order. */
export const lockHolds: Statement = {
  name: 'lock-holds',
  text: `select ${holdColumns} from stock.holds h where h.id = any($1::uuid[]) order by h.id for update`,
}

// --- second round trip: write, append, commit -----------------------------------------------------------------------

export const insertEntries: Statement = {
  name: 'insert-entries',
  text: `insert into stock.entries (id, kind, caller, actor, operation, key, body_digest, occurred_at, recorded_at, reference,
      reason, clamped, rebased, status, answer)
    select id, kind, caller, actor, operation, key, digest, ${at('occurred_us')}, ${at('recorded_us')}, reference, reason, clamped,
      rebased, status, answer
    from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::bigint[], $9::bigint[],
      $10::text[], $11::text[], $12::boolean[], $13::boolean[], $14::smallint[], string_to_array($15, E'\\x1f'))
      n(id, kind, caller, actor, operation, key, digest, occurred_us, recorded_us, reference, reason, clamped, rebased, status,
        answer)`,
}

export const insertMovements: Statement = {
  name: 'insert-movements',
  text: `insert into stock.movements (sku, entry, line, location, from_account, to_account, quantity, physical, occurred_at)
    select sku, entry, line, location, from_account, to_account, quantity, physical, ${at('occurred_us')}
    from unnest($1::text[], $2::bigint[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::int[], $8::boolean[],
      $9::bigint[]) n(sku, entry, line, location, from_account, to_account, quantity, physical, occurred_us)`,
}

export const insertHolds: Statement = {
  name: 'insert-holds',
  text: `insert into stock.holds (id, state, created_at, expires_at, customer, entry)
    select id, 'active', ${at('created_us')}, ${at('expires_us')}, customer, entry
    from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[])
      n(id, created_us, expires_us, customer, entry)`,
}

export const insertHoldLines: Statement = {
  name: 'insert-hold-lines',
  text: `insert into stock.hold_lines (hold_id, line, request_line, sku, location, channel, quantity, amount_minor, currency,
      tax_included, duty_included, entry)
    select * from unnest($1::uuid[], $2::smallint[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::int[],
      $8::bigint[], $9::text[], $10::boolean[], $11::boolean[], $12::bigint[])`,
}

export const updateHolds: Statement = {
  name: 'update-holds',
  text: `with written as (
      update stock.holds h set state = n.state, expires_at = n.expires_at, loose = n.loose,
        ended_by = coalesce(h.ended_by, n.ended_by)
      from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::boolean[], $5::bigint[], $6::text[])
        n(id, state, expires_at, loose, ended_by, was)
      where h.id = n.id and h.state = n.was returning 1)
    select stock.expect((select count(*) from written), $7::bigint, 'holds')`,
}

export const freeHoldLines: Statement = {
  name: 'free-hold-lines',
  text: `with written as (
      update stock.hold_lines l set freed = true
      from unnest($1::uuid[], $2::smallint[]) n(hold_id, line)
      where l.hold_id = n.hold_id and l.line = n.line and not l.freed returning 1)
    select stock.expect((select count(*) from written), $3::bigint, 'hold lines')`,
}

export const insertCommitments: Statement = {
  name: 'insert-commitments',
  text: `insert into stock.commitments (id, hold_id, created_at, customer, reference, entry)
    select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::bigint[])`,
}

export const insertCommitmentLines: Statement = {
  name: 'insert-commitment-lines',
  text: `insert into stock.commitment_lines (commitment_id, line, sku, location, channel, quantity, amount_minor, currency,
      tax_included, duty_included)
    select * from unnest($1::uuid[], $2::smallint[], $3::text[], $4::text[], $5::text[], $6::int[], $7::bigint[], $8::text[],
      $9::boolean[], $10::boolean[])`,
}

export const updateCommitmentLines: Statement = {
  name: 'update-commitment-lines',
  text: `with written as (
      update stock.commitment_lines l set shipped = l.shipped + n.shipped, cancelled = l.cancelled + n.cancelled
      from unnest($1::uuid[], $2::smallint[], $3::int[], $4::int[], $5::int[], $6::int[])
        n(id, line, shipped, cancelled, was_shipped, was_cancelled)
      where l.commitment_id = n.id and l.line = n.line and l.shipped = n.was_shipped and l.cancelled = n.was_cancelled
      returning 1)
    select stock.expect((select count(*) from written), $7::bigint, 'commitment lines')`,
}

export const upsertPrices: Statement = {
  name: 'upsert-prices',
  text: `insert into stock.prices (sku, channel, amount_minor, currency, tax_included, duty_included, batch)
    select * from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::boolean[], $6::boolean[], $7::bigint[])
    on conflict (sku, channel) do update set amount_minor = excluded.amount_minor, currency = excluded.currency,
      tax_included = excluded.tax_included, duty_included = excluded.duty_included, revision = prices.revision + 1,
      batch = excluded.batch`,
}

export const insertPriceChanges: Statement = {
  name: 'insert-price-changes',
  text: `insert into stock.price_changes (sku, channel, entry, line, amount_minor, currency, tax_included, duty_included)
    select * from unnest($1::text[], $2::text[], $3::bigint[], $4::smallint[], $5::bigint[], $6::text[], $7::boolean[],
      $8::boolean[])`,
}

export const insertShortfalls: Statement = {
  name: 'insert-shortfalls',
  text: `insert into stock.shortfalls (entry, sku, location, delta, short, at)
    select * from unnest($1::bigint[], $2::text[], $3::text[], $4::int[], $5::int[], $6::timestamptz[])`,
}

/** Guarded twice: by the revision each level was decided on, and by the CHECKs of the table. */
export const updateLevels: Statement = {
  name: 'update-levels',
  text: `with written as (
      update stock.levels l set available = l.available + d.available, held = l.held + d.held,
        committed = l.committed + d.committed, allocated = l.allocated + d.allocated,
        quarantined = l.quarantined + d.quarantined, short = l.short + d.short, incoming = l.incoming + d.incoming,
        version = l.version + d.version, revision = l.revision + d.revision, counted_at = d.counted_at,
        counted_by = d.counted_by, batch = $15
      from unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::int[], $6::int[], $7::int[], $8::int[], $9::int[],
        $10::bigint[], $11::bigint[], $12::timestamptz[], $13::text[], $14::bigint[])
        d(sku, location, available, held, committed, allocated, quarantined, short, incoming, version, revision,
          counted_at, counted_by, was)
      where l.sku = d.sku and l.location = d.location and l.revision = d.was returning 1)
    select stock.expect((select count(*) from written), $16::bigint, 'levels')`,
}

export const appendLog: Statement = {
  name: 'append-log',
  text: `select log.append($1::bigint, $2::timestamptz, $3::json) as position`,
}

export const commit: Statement = { name: 'commit', text: 'commit' }
export const rollback: Statement = { name: 'rollback', text: 'rollback' }
