import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { databaseOn, embedded, once, type PostgresEnd } from './place.ts'
import { createNode, freePort, type ServerNode } from './server-node.ts'

/** Where bottles stand in every storm, and the channels over them, in the order they are tried. */
export const channels = { web: ['shop', 'warehouse'], counter: ['shop'] } as const

/** Two servers on one database, and a way past them into it. */
export interface Cellar {
  readonly nodes: readonly [ServerNode, ServerNode]
  databaseUrl(): string
  /** Reads (or, in self-tests, damages) the database. Repeated while the database is away, so only for what may be repeated. */
  query<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>
  /** Makes SKUs known: they can be sold from then on. */
  addSkus(skus: readonly string[]): Promise<void>
  /** Ends PostgreSQL, where it is our own. Whoever runs it starts it again. */
  killPostgres(how?: PostgresEnd): void
  /** Stops all of it and removes what it wrote. */
  close(): Promise<void>
}

/**
 * Starts two servers and sets up locations, channels and a wine.
 *
 * @param options.postgresUrl a PostgreSQL to make a database on, dropped at the end; without it the first server runs the embedded
 * one in a folder of its own
 * @param options.apart the embedded one is run by a third server, which nobody asks anything: both others may come and go
 * @param options.env settings of both servers, as environment variables
 */
export async function openCellar(
  options: { postgresUrl?: string; apart?: boolean; env?: Readonly<Record<string, string>> } = {},
): Promise<Cellar> {
  const place = options.postgresUrl === undefined ? embedded() : await databaseOn(options.postgresUrl)
  const beside = () => ({ ...options.env, DATABASE_URL: place.databaseUrl() })
  const keeper = options.apart ? createNode('keeper', await freePort(), () => place.first) : undefined
  const nodes = [
    createNode('A', await freePort(), keeper ? beside : () => ({ ...options.env, ...place.first })),
    createNode('B', await freePort(), beside),
  ] as const
  const door = createDoor(place.databaseUrl)
  const close = async () => {
    await nodes[1].stop()
    await door.end()
    await nodes[0].stop()
    await keeper?.stop()
    await place.clear()
  }
  try {
    await keeper?.start()
    if (!keeper) await nodes[0].start()
    await furnish(place.databaseUrl())
    if (keeper) await nodes[0].start()
    await nodes[1].start()
  } catch (error) {
    await close()
    throw error
  }
  const { databaseUrl, killPostgres } = place
  return {
    nodes,
    databaseUrl,
    query: door.query,
    killPostgres,
    close,
    addSkus: (skus) => addSkus(databaseUrl(), skus),
  }
}

/** How long the database may be away before a look into it fails. */
const AWAY_MOST_MS = 30_000

function createDoor(url: () => string) {
  let pool: pg.Pool | undefined
  const connected = () => {
    pool ??= new pg.Pool({ connectionString: url(), max: 2, connectionTimeoutMillis: 2_000 }).on('error', () => {})
    return pool
  }
  return {
    query: async <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> => {
      const endsAt = performance.now() + AWAY_MOST_MS
      for (;;) {
        try {
          return (await connected().query<Row>(text, [...values])).rows
        } catch (error) {
          if (!isAway(error) || performance.now() > endsAt) throw error
          await sleep(50)
        }
      }
    },
    end: async () => pool?.end(),
  }
}

function isAway(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string }
  return /^(08|57)/.test(code ?? '') || /ECONN|terminated|timeout|EPIPE/.test(`${code} ${message}`)
}

/** The lock under which settings change: `stock.settings`. */
const SETTINGS_LOCK = 'select pg_advisory_xact_lock(1280262987, 2)'

/** All locations and channels, as the log has them. From `lowAt` bottles on a channel says that there are few. */
function settingsOf(lowAt: number) {
  const locations = ['shop', 'warehouse'].map((id) => ({ id, name: id, kind: id, duty: 'paid', owner: 'house' }))
  const sold = { currency: 'EUR', duty: 'paid', safetyStock: 0, showMax: 1_000_000, lowAt }
  const made = Object.entries(channels).map(([id, from]) => ({ id, name: id, ...sold, locations: from }))
  return { locations, channels: made, recipes: [] }
}

/** Changes all channels: from so many bottles on they say that there are few. Each of their offers is another then. */
export async function changeChannels(url: string, lowAt: number): Promise<void> {
  await once(url, async (client) => {
    await client.query('begin')
    await client.query(SETTINGS_LOCK)
    await client.query('update stock.channels set low_at = $1', [lowAt])
    const { rows } = await client.query('update stock.settings set version = version + 1 returning version::int')
    const settings = { version: (rows[0] as { version: number }).version, ...settingsOf(lowAt) }
    await client.query('select log.append(null, clock_timestamp(), $1)', [JSON.stringify({ settings })])
    await client.query('commit')
  })
}

async function furnish(url: string): Promise<void> {
  const { locations, channels: made, recipes } = settingsOf(6)
  await once(url, async (client) => {
    await client.query('begin')
    await client.query(SETTINGS_LOCK)
    await client.query(
      `insert into stock.locations (id, name, kind, duty, owner)
       select id, name, kind, duty, owner from json_populate_recordset(null::stock.locations, $1)`,
      [JSON.stringify(locations)],
    )
    await client.query(
      `insert into stock.channels (id, name, currency, duty, locations, safety_stock, show_max, low_at)
       select c->>'id', c->>'name', 'EUR', 'paid', array(select json_array_elements_text(c->'locations')), 0, 1000000, 6
       from json_array_elements($1) c`,
      [JSON.stringify(made)],
    )
    const { rows } = await client.query('update stock.settings set version = version + 1 returning version::int')
    const settings = { version: (rows[0] as { version: number }).version, locations, channels: made, recipes }
    await client.query(`insert into catalogue.wines (id, name) values ('storm', 'Storm')`)
    await client.query(`insert into catalogue.vintages (wine, vintage) values ('storm', 0)`)
    await client.query('select log.append(null, clock_timestamp(), $1)', [JSON.stringify({ settings })])
    await client.query('commit')
  })
}

async function addSkus(url: string, skus: readonly string[]): Promise<void> {
  await once(url, async (client) => {
    await client.query('begin')
    await client.query(
      `insert into catalogue.skus (sku, wine, vintage, format_ml, pack, packaging)
       select sku, 'storm', 0, 750, 1, 'bottle' from unnest($1::text[]) sku`,
      [skus],
    )
    const rows = skus.map((sku) => [sku, 'storm', 'NV', 750, 1])
    await client.query('select log.append(null, clock_timestamp(), $1)', [JSON.stringify({ skus: rows })])
    await client.query('commit')
  })
}
