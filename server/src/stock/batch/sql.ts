import { us, type Statement } from './statement.ts'

// --- before the transaction -----------------------------------------------------------------------------------------

/** What named holds, commitments and documents stand on. Never changes, so it is read without a lock: it says what to lock. */
export const readLinesOf: Statement = {
  name: 'lines-of',
  text: `select hold_id, sku, location from stock.hold_lines where hold_id = any($1::uuid[])
    union all
    select d.id, split_part(key, '@', 1), split_part(key, '@', 2)
    from stock.documents d cross join lateral unnest(d.levels) key where d.id = any($1::uuid[])`,
}

/** Orders by the caller's reference, which never changes. Read before a batch to say what to lock, and under its locks to see that it has not come up since. */
export const readOrders: Statement = {
  name: 'orders-of',
  text: `select d.reference, d.id from unnest($1::text[]) k(reference)
    cross join lateral (
      select d.reference, d.id from stock.documents d where d.kind = 'order' and d.reference = k.reference limit 1) d`,
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
      l.incoming_committed, l.version, l.revision, ${us('l.counted_at')} as counted_at_us, l.counted_by
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
  text: `select k.ord::int as ord, a.id, a.body_digest, a.status, a.answer, a.position
    from unnest($1::text[], $2::text[], $3::text[]) with ordinality k(key, caller, operation, ord)
    cross join lateral (
      select a.entry as id, a.body_digest, a.status, a.answer, log.position_of(a.entry >> 10) as position from stock.answers a
      where a.key = k.key and a.caller = k.caller and a.operation = k.operation limit 1
    ) a`,
}

export const readPrices: Statement = {
  name: 'read-prices',
  text: `select p.sku, p.channel, p.amount_minor, p.currency, p.tax_included, p.duty_included
    from unnest($1::text[], $2::text[]) k(sku, channel)
    cross join lateral (select * from stock.prices p where p.sku = k.sku and p.channel = k.channel limit 1) p`,
}

/** What is left of allotments that commands draw on. Their levels are locked, and whoever changes one has locked its level. */
export const readAllotments: Statement = {
  name: 'read-allotments',
  text: `select a.allotment, a.sku, a.location, a.quantity
    from unnest($1::text[], $2::text[], $3::text[]) k(allotment, sku, location)
    cross join lateral (
      select * from stock.allotments a
      where a.sku = k.sku and a.location = k.location and a.allotment = k.allotment limit 1) a`,
}

/** Parcels of levels where bottles may come or go, with what orders their lots. */
export const readParcels: Statement = {
  name: 'read-parcels',
  text: `select p.sku, p.location, p.lot, p.bin, p.quantity, l.drink_by, ${us('l.opened_at')} as opened_at_us
    from unnest($1::text[], $2::text[]) k(sku, location)
    cross join lateral (
      select * from stock.parcels p where p.sku = k.sku and p.location = k.location and p.quantity > 0) p
    left join stock.lots l on l.sku = p.sku and l.id = p.lot`,
}

const lotColumns = `l.id, l.sku, ${us('l.opened_at')} as opened_at_us, l.supplier, l.cost_minor, l.currency, l.condition,
  l.provenance, l.drink_by`

/** Lots that commands name. Whoever opens one has locked a level of its SKU; two at different locations are told apart by the key. */
export const readLots: Statement = {
  name: 'read-lots',
  text: `select ${lotColumns}
    from unnest($1::text[], $2::text[]) k(id, sku)
    cross join lateral (select * from stock.lots l where l.sku = k.sku and l.id = k.id limit 1) l`,
}

/** Lots that stand at levels, and those that commands of the batch name, under each SKU of these levels: what is carried from one SKU to another keeps its number. */
export const readCarriedLots: Statement = {
  name: 'read-carried-lots',
  text: `select ${lotColumns} from stock.lots l
    where l.sku = any($1::text[]) and l.id = any($3::text[] || array(
      select p.lot from unnest($1::text[], $2::text[]) k(sku, location)
      cross join lateral (
        select p.lot from stock.parcels p where p.sku = k.sku and p.location = k.location and p.quantity > 0) p))`,
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
      l.tax_included, l.duty_included, l.freed, l.allotment, l.pending, l.bundle, l.bundles
    from stock.hold_lines l where l.hold_id = any($1::uuid[]) order by l.hold_id, l.line`,
}

export const readCommitments: Statement = {
  name: 'read-commitments',
  text: `select c.id, c.hold_id, ${us('c.created_at')} as created_at_us, c.customer, c.reference
    from stock.commitments c where c.id = any($1::uuid[])`,
}

export const readCommitmentLines: Statement = {
  name: 'read-commitment-lines',
  text: `select l.commitment_id, l.line, l.sku, l.location, l.channel, l.quantity, l.shipped, l.cancelled, l.returned,
      l.amount_minor, l.currency, l.tax_included, l.duty_included, l.allotment, l.pending, l.bundle, l.bundles
    from stock.commitment_lines l where l.commitment_id = any($1::uuid[]) order by l.commitment_id, l.line`,
}

/** As named holds: all levels of a document are locked, and whoever changes it has locked them. */
export const readDocuments: Statement = {
  name: 'read-documents',
  text: `select d.id, d.kind, d.state, d.reference, ${us('d.created_at')} as created_at_us, d.version, d.levels, d.body
    from stock.documents d where d.id = any($1::uuid[])`,
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
      where l.sku = n.sku and l.location = n.location and not l.freed and l.pending < l.quantity order by l.entry desc limit n.need
    ) h`,
}

/**
 * Holds and commitments that wait for what is expected at levels that are locked. All of them: how many lines so many bottles serve is not known before
 * what the batch does ahead of it, and a closed order begins at the other end. Where 10,000 buyers wait, six bottles take 0.2 s and 9,000 0.8 s.
 */
export const waitingClaims: Statement = {
  name: 'waiting-claims',
  text: `select distinct c.claim, c.sold
    from unnest($1::text[], $2::text[]) n(sku, location)
    cross join lateral (
      select l.hold_id as claim, false as sold from stock.hold_lines l
      where l.sku = n.sku and l.location = n.location and not l.freed and l.pending > 0
      union all
      select l.commitment_id, true from stock.commitment_lines l
      where l.sku = n.sku and l.location = n.location and l.pending > 0
    ) c`,
}

/** Two facts at different levels of one hold meet here, in id order. */
export const lockHolds: Statement = {
  name: 'lock-holds',
  text: `select ${holdColumns} from stock.holds h where h.id = any($1::uuid[]) order by h.id for update`,
}

// --- append and end -----------------------------------------------------------------------------------------------

export const appendLog: Statement = {
  name: 'append-log',
  text: `select log.append($1::bigint, $2::timestamptz, $3::json) as position`,
}

export const commit: Statement = { name: 'commit', text: 'commit' }
export const rollback: Statement = { name: 'rollback', text: 'rollback' }
