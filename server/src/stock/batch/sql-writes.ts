import { at, type Statement } from './statement.ts'

// --- second round trip: write, append, commit -----------------------------------------------------------------------

/** Where answers go: a batch holds the lock that a new period begins under, so it is one for all of it. */
const period = '(select max(period) from stock.answer_periods)'

/** With their answers, which go after a time: the entry keeps what is journal. */
export const insertEntries: Statement = {
  name: 'insert-entries',
  text: `with n as materialized (
      select * from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::bigint[],
        $9::bigint[], $10::text[], $11::text[], $12::boolean[], $13::boolean[], $14::smallint[], $15::uuid[],
        string_to_array($16, E'\\x1f'))
        n(id, kind, caller, actor, operation, key, digest, occurred_us, recorded_us, reference, reason, clamped, rebased, status,
          document, answer)),
    answers as (
      insert into stock.answers (entry, period, caller, operation, key, body_digest, status, answer)
      select id, ${period}, caller, operation, key, digest, status, answer from n)
    insert into stock.entries (id, kind, caller, actor, occurred_at, recorded_at, reference, reason, clamped, rebased, document)
    select id, kind, caller, actor, ${at('occurred_us')}, ${at('recorded_us')}, reference, reason, clamped, rebased, document from n`,
}

export const insertMovements: Statement = {
  name: 'insert-movements',
  text: `insert into stock.movements (sku, entry, line, location, from_account, to_account, quantity, physical, occurred_at)
    select sku, entry, line, location, from_account, to_account, quantity, physical, ${at('occurred_us')}
    from unnest($1::text[], $2::bigint[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::int[], $8::boolean[],
      $9::bigint[]) n(sku, entry, line, location, from_account, to_account, quantity, physical, occurred_us)`,
}

export const insertCounts: Statement = {
  name: 'insert-counts',
  text: `insert into stock.counts (sku, location, entry, line, counted, occurred_at, source)
    select sku, location, entry, line, counted, ${at('occurred_us')}, source
    from unnest($1::text[], $2::text[], $3::bigint[], $4::smallint[], $5::int[], $6::bigint[], $7::text[])
      n(sku, location, entry, line, counted, occurred_us, source)`,
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
      tax_included, duty_included, entry, allotment, pending, bundle, bundles)
    select * from unnest($1::uuid[], $2::smallint[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::int[],
      $8::bigint[], $9::text[], $10::boolean[], $11::boolean[], $12::bigint[], $13::text[], $14::int[],
      $15::text[], $16::int[])`,
}

/**
 * All that a hold of one line from one level writes, in one statement: most holds are such. Beside the five it stands for it took three
 * quarters of a batch's time in the database, and as much less of ours: 18 columns are sent, where they take 42. Each is unnested in the select
 * list, side by side: one `unnest` of them all in `from` keeps every column aside first, which took a twelfth of the statement.
 */
export const insertPlainHolds: Statement = {
  name: 'insert-plain-holds',
  text: `with n as materialized (
      select entry, id, caller, actor, key, digest, ${at('at_us')} as at, ${at('expires_us')} as expires, customer, sku, location,
        channel, quantity, amount, currency, tax, duty, answer
      from (select unnest($1::bigint[]) as entry, unnest($2::uuid[]) as id, unnest($3::text[]) as caller, unnest($4::text[]) as actor,
        unnest($5::text[]) as key, unnest($6::uuid[]) as digest, unnest($7::bigint[]) as at_us, unnest($8::bigint[]) as expires_us,
        unnest($9::text[]) as customer, unnest($10::text[]) as sku, unnest($11::text[]) as location, unnest($12::text[]) as channel,
        unnest($13::int[]) as quantity, unnest($14::bigint[]) as amount, unnest($15::text[]) as currency, unnest($16::boolean[]) as tax,
        unnest($17::boolean[]) as duty, unnest(string_to_array($18, E'\\x1f')) as answer) n),
    entries as (
      insert into stock.entries (id, kind, caller, actor, occurred_at, recorded_at)
      select entry, 'hold', caller, actor, at, at from n),
    answers as (
      insert into stock.answers (entry, period, caller, operation, key, body_digest, status, answer)
      select entry, ${period}, caller, 'hold', key, digest, 201, answer from n),
    movements as (
      insert into stock.movements (sku, entry, line, location, from_account, to_account, quantity, physical, occurred_at)
      select sku, entry, 0, location, 'available', 'held', quantity, false, at from n),
    holds as (
      insert into stock.holds (id, state, created_at, expires_at, customer, entry)
      select id, 'active', at, expires, customer, entry from n)
    insert into stock.hold_lines (hold_id, line, request_line, sku, location, channel, quantity, amount_minor, currency,
      tax_included, duty_included, entry)
    select id, 0, 0, sku, location, channel, quantity, amount, currency, tax, duty, entry from n`,
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

export const updateHoldLines: Statement = {
  name: 'update-hold-lines',
  text: `with written as (
      update stock.hold_lines l set pending = n.pending
      from unnest($1::uuid[], $2::smallint[], $3::int[], $4::int[]) n(hold_id, line, pending, was)
      where l.hold_id = n.hold_id and l.line = n.line and l.pending = n.was returning 1)
    select stock.expect((select count(*) from written), $5::bigint, 'hold lines that wait')`,
}

export const insertCommitments: Statement = {
  name: 'insert-commitments',
  text: `insert into stock.commitments (id, hold_id, created_at, customer, reference, entry)
    select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::bigint[])`,
}

export const insertCommitmentLines: Statement = {
  name: 'insert-commitment-lines',
  text: `insert into stock.commitment_lines (commitment_id, line, sku, location, channel, quantity, amount_minor, currency,
      tax_included, duty_included, allotment, pending, bundle, bundles)
    select * from unnest($1::uuid[], $2::smallint[], $3::text[], $4::text[], $5::text[], $6::int[], $7::bigint[], $8::text[],
      $9::boolean[], $10::boolean[], $11::text[], $12::int[], $13::text[], $14::int[])`,
}

export const updateCommitmentLines: Statement = {
  name: 'update-commitment-lines',
  text: `with written as (
      update stock.commitment_lines l set shipped = l.shipped + n.shipped, cancelled = l.cancelled + n.cancelled,
        pending = l.pending + n.pending, returned = l.returned + n.returned
      from unnest($1::uuid[], $2::smallint[], $3::int[], $4::int[], $5::int[], $6::int[], $7::int[], $8::int[], $9::int[],
        $10::int[])
        n(id, line, shipped, cancelled, pending, returned, was_shipped, was_cancelled, was_pending, was_returned)
      where l.commitment_id = n.id and l.line = n.line and l.shipped = n.was_shipped and l.cancelled = n.was_cancelled
        and l.pending = n.was_pending and l.returned = n.was_returned
      returning 1)
    select stock.expect((select count(*) from written), $11::bigint, 'commitment lines')`,
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

/** As differences, over the CHECK that an allotment is not below zero. An insert of one would be checked before its conflict is found. */
export const updateAllotments: Statement = {
  name: 'update-allotments',
  text: `with n as materialized (
      select * from unnest($1::text[], $2::text[], $3::text[], $4::int[]) n(allotment, sku, location, delta)),
    written as (
      update stock.allotments a set quantity = a.quantity + n.delta
      from n where a.sku = n.sku and a.location = n.location and a.allotment = n.allotment
      returning a.allotment, a.sku, a.location)
    insert into stock.allotments (allotment, sku, location, quantity)
    select n.allotment, n.sku, n.location, n.delta from n
    where not exists (
      select from written w where w.sku = n.sku and w.location = n.location and w.allotment = n.allotment)`,
}

export const insertDocuments: Statement = {
  name: 'insert-documents',
  text: `insert into stock.documents (id, kind, state, reference, created_at, entry, changed_by, version, levels, body)
    select id, kind, state, reference, ${at('created_us')}, entry, entry, 1, string_to_array(levels, ' '), body::jsonb
    from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[])
      n(id, kind, state, reference, created_us, entry, levels, body)`,
}

/** Whole, guarded by the version it was decided on. */
export const updateDocuments: Statement = {
  name: 'update-documents',
  text: `with written as (
      update stock.documents d set state = n.state, changed_by = n.entry, version = n.version, body = n.body::jsonb
      from unnest($1::uuid[], $2::text[], $3::bigint[], $4::int[], $5::int[], $6::text[]) n(id, state, entry, version, was, body)
      where d.id = n.id and d.version = n.was returning 1)
    select stock.expect((select count(*) from written), $7::bigint, 'documents')`,
}

export const insertLots: Statement = {
  name: 'insert-lots',
  text: `insert into stock.lots (sku, id, opened_at, entry, supplier, cost_minor, currency, condition, provenance, drink_by)
    select sku, id, ${at('opened_us')}, entry, supplier, cost, currency, condition, provenance, drink_by
    from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[], $7::text[], $8::text[], $9::text[],
      $10::int[]) n(sku, id, opened_us, entry, supplier, cost, currency, condition, provenance, drink_by)`,
}

export const insertParcelMoves: Statement = {
  name: 'insert-parcel-moves',
  text: `insert into stock.parcel_moves (sku, entry, line, location, lot, bin, delta)
    select * from unnest($1::text[], $2::bigint[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::int[])`,
}

/** As allotments are: differences, over the CHECK that a parcel is not below zero. */
export const updateParcels: Statement = {
  name: 'update-parcels',
  text: `with n as materialized (
      select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[]) n(sku, location, lot, bin, delta)),
    written as (
      update stock.parcels p set quantity = p.quantity + n.delta
      from n where p.sku = n.sku and p.location = n.location and p.lot = n.lot and p.bin = n.bin
      returning p.sku, p.location, p.lot, p.bin)
    insert into stock.parcels (sku, location, lot, bin, quantity)
    select n.sku, n.location, n.lot, n.bin, n.delta from n
    where not exists (
      select from written w where w.sku = n.sku and w.location = n.location and w.lot = n.lot and w.bin = n.bin)`,
}

export const insertNotes: Statement = {
  name: 'insert-notes',
  text: `insert into stock.notes (entry, line, sku, location, condition, photos)
    select entry, line, sku, location, condition, photos::jsonb
    from unnest($1::bigint[], $2::smallint[], $3::text[], $4::text[], $5::text[], $6::text[])
      n(entry, line, sku, location, condition, photos)`,
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
        incoming_committed = l.incoming_committed + d.incoming_committed, version = l.version + d.version, revision = l.revision + d.revision, counted_at = d.counted_at,
        counted_by = d.counted_by, batch = $16
      from unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::int[], $6::int[], $7::int[], $8::int[], $9::int[],
        $10::int[], $11::bigint[], $12::bigint[], $13::timestamptz[], $14::text[], $15::bigint[])
        d(sku, location, available, held, committed, allocated, quarantined, short, incoming, incoming_committed, version,
          revision, counted_at, counted_by, was)
      where l.sku = d.sku and l.location = d.location and l.revision = d.was returning 1)
    select stock.expect((select count(*) from written), $17::bigint, 'levels')`,
}
