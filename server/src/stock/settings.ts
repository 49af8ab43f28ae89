import type pg from 'pg'
import { appendLog, type ChannelState, type LocationState, type SettingsState } from '../log/log.ts'
import { withTransaction } from '../platform/postgres/database.ts'

/** Every location and channel, whole, as of one snapshot. */
export const readSettingsSql = {
  name: 'read-settings',
  text: `select s.version,
    (select coalesce(json_agg(json_build_object('id', l.id, 'name', l.name, 'kind', l.kind, 'duty', l.duty, 'owner', l.owner)
      order by l.id), '[]') from stock.locations l) as locations,
    (select coalesce(json_agg(json_build_object('id', c.id, 'name', c.name, 'currency', c.currency, 'duty', c.duty,
      'locations', c.locations, 'safetyStock', c.safety_stock, 'showMax', c.show_max, 'lowAt', c.low_at)
      order by c.id), '[]') from stock.channels c) as channels,
    (select coalesce(json_agg(json_strip_nulls(json_build_object('sku', r.sku, 'kind', r.kind, 'components', r.components, 'lot', r.lot))
      order by r.sku), '[]') from stock.recipes r) as recipes
    from stock.settings s`,
}

export async function readSettings(client: {
  query(statement: { text: string }): Promise<pg.QueryResult>
}): Promise<SettingsState> {
  const { rows } = await client.query(readSettingsSql)
  return settingsOf(rows)
}

export function settingsOf(rows: readonly unknown[]): SettingsState {
  return rows[0] as SettingsState
}

/**
 * Makes or changes a location. Waits for batches under way; those that come see it. Throws `SettingsError` for another owner or duty status as long
 * as bottles stand there, are expected or are on their way: they would change hands, or be released from bond, without a movement that says so.
 */
export async function putLocation(pool: pg.Pool, location: LocationState): Promise<void> {
  await changeSettings(pool, async (client) => {
    await refuseUnrecorded(client, location)
    await client.query(
      `insert into stock.locations (id, name, kind, duty, owner) values ($1, $2, $3, $4, $5)
       on conflict (id) do update set name = excluded.name, kind = excluded.kind, duty = excluded.duty, owner = excluded.owner`,
      [location.id, location.name, location.kind, location.duty, location.owner],
    )
    return true
  })
}

async function refuseUnrecorded(client: pg.ClientBase, { id, owner, duty }: LocationState): Promise<void> {
  const { rows: known } = await client.query<{ owner: string; duty: string }>(
    'select owner, duty from stock.locations where id = $1 and (owner <> $2 or duty <> $3)',
    [id, owner, duty],
  )
  if (!known[0]) return
  const stays = `Location ${id} stays ${known[0].owner}’s and ${known[0].duty}`
  const { rows: channels } = await client.query<{ id: string }>(
    'select id from stock.channels where $1 = any(locations) and (duty <> $2 or cardinality(locations) > 1) limit 1',
    [id, duty],
  )
  if (channels[0]) throw new SettingsError(`${stays} while channel ${channels[0].id} sells from it: map that first.`)
  const { rows: levels } = await client.query<{ sku: string }>(
    `select sku from stock.levels where location = $1 and (available, held, committed, allocated, quarantined, short, incoming, incoming_committed)
       <> (0, 0, 0, 0, 0, 0, 0, 0) limit 1`,
    [id],
  )
  if (levels[0]) {
    throw new SettingsError(
      `${stays} while bottles of ${levels[0].sku} stand or are expected there: move them by a transfer, or release them with /v1/clearances.`,
    )
  }
  const { rows: coming } = await client.query<{ id: string }>(
    `select id from stock.documents d where kind = 'transfer' and state = 'in_transit'
       and exists (select from unnest(d.levels) as level where split_part(level, '@', 2) = $1) limit 1`,
    [id],
  )
  if (coming[0]) throw new SettingsError(`${stays} while transfer ${coming[0].id} is on its way: receive it first.`)
}

/** A settings change that cannot be: the message says why. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

/**
 * Makes or changes a channel. Its currency cannot change once it has prices. Throws `SettingsError` for a location that does not
 * exist or whose duty status is another, and where the locations have not one owner.
 */
export async function putChannel(pool: pg.Pool, channel: ChannelState): Promise<void> {
  await changeSettings(pool, async (client) => {
    await refuseUnfit(client, channel)
    await client.query(
      `insert into stock.channels (id, name, currency, duty, locations, safety_stock, show_max, low_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8)
       on conflict (id) do update set name = excluded.name, currency = excluded.currency, duty = excluded.duty,
         locations = excluded.locations, safety_stock = excluded.safety_stock, show_max = excluded.show_max,
         low_at = excluded.low_at`,
      [
        channel.id,
        channel.name,
        channel.currency,
        channel.duty,
        channel.locations,
        channel.safetyStock,
        channel.showMax,
        channel.lowAt,
      ],
    )
    return true
  })
}

async function refuseUnfit(client: pg.ClientBase, channel: ChannelState): Promise<void> {
  const { rows: places } = await client.query<{ id: string; duty: string; owner: string }>(
    'select id, duty, owner from stock.locations where id = any($1)',
    [channel.locations],
  )
  for (const id of channel.locations) {
    const place = places.find((row) => row.id === id)
    if (!place) throw new SettingsError(`Channel ${channel.id} names the location ${id}, which does not exist.`)
    if (place.duty !== channel.duty) {
      throw new SettingsError(
        `Channel ${channel.id} is ${channel.duty} and location ${id} is ${place.duty}: one channel has one duty status.`,
      )
    }
  }
  const owners = new Set(places.map(({ owner }) => owner))
  if (owners.size > 1) {
    throw new SettingsError(
      `Channel ${channel.id} names locations of ${[...owners].toSorted().join(' and ')}: one channel sells one owner’s bottles.`,
    )
  }
  const { rows } = await client.query<{ currency: string }>(
    'select p.currency from stock.prices p where p.channel = $1 and p.currency <> $2 limit 1',
    [channel.id, channel.currency],
  )
  if (rows[0]) {
    throw new SettingsError(
      `Channel ${channel.id} has prices in ${rows[0].currency}: make another channel for ${channel.currency}.`,
    )
  }
}

/** Waits for batches under way, and keeps others from beginning until the transaction ends. */
export async function lockSettings(client: pg.ClientBase): Promise<void> {
  await client.query('select pg_advisory_xact_lock(1280262987, 2)')
}

/**
 * Changes locations, channels or recipes while no batch is under way in any process: batches hold the same lock shared. The new state, whole,
 * is appended to the log in the same transaction, unless `change` says that nothing is different. Resolves to the log's number of it.
 */
export async function changeSettings(
  pool: pg.Pool,
  change: (client: pg.ClientBase, before: SettingsState) => Promise<boolean>,
): Promise<number | undefined> {
  return withTransaction(pool, async (client) => {
    await lockSettings(client)
    if (!(await change(client, await readSettings(client)))) return undefined
    const { rows } = await client.query<{ now_ms: number }>(
      `update stock.settings set version = version + 1
       returning (extract(epoch from clock_timestamp()) * 1000)::bigint as now_ms`,
    )
    const settings = await readSettings(client)
    return appendLog(client, { atMs: rows[0]?.now_ms ?? 0, changes: { settings } })
  })
}
