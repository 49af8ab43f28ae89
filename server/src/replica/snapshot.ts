import type pg from 'pg'
import type {
  ChannelState,
  ExpectedRow,
  LevelRow,
  LocationState,
  PriceRow,
  RecipeState,
  SettingsState,
} from '../log/log.ts'
import { readEpoch } from '../log/log.ts'
import { must } from '../platform/must.ts'
import { connect } from '../platform/postgres/database.ts'
import {
  createState,
  createTouched,
  putExpected,
  putLevel,
  putPrice,
  putSettings,
  putSku,
  type State,
} from './state.ts'

/** Rows fetched at once: some 20 ms of work, so that a rebuild does not hold up those who are still served from before. */
const fetchRows = 2_000
/** One fetch takes milliseconds; the first may have to plan and read cold pages of a million SKUs. */
const statementTimeoutMs = 60_000
/** Reads the whole visible state, of every schema, as of one position: in one repeatable-read transaction, a page at a time. */
export async function readSnapshot(url: string): Promise<State> {
  const client = await connect(url, {
    applicationName: 'cellarhand snapshot',
    statementTimeoutMs,
    idleInTransactionTimeoutMs: statementTimeoutMs,
  })
  try {
    const epoch = await readEpoch(client)
    await client.query('begin transaction isolation level repeatable read, read only')
    const bounds = await readBounds(client)
    const state = createState({ epoch, position: bounds.head, horizon: bounds.horizon })
    putSettings(state, await readSettings(client), bounds.settings, createTouched())
    await readSkus(client, state)
    await readLevels(client, state, bounds.floor)
    await readPrices(client, state, bounds.floor)
    await readExpected(client, state, bounds.floor)
    return state
  } finally {
    await client.end().catch(() => {})
  }
}

interface Bounds {
  /** the snapshot's position */
  readonly head: number
  /** the last position whose row is gone from the log */
  readonly floor: number
  /** the last change of settings */
  readonly settings: number
  /** the last change that may have removed an offer: what left before leaves no row to be found in the tables */
  readonly horizon: number
}

/**
 * Changes of settings and withdrawn prices are appended without a batch, so that an index of such rows finds them: reading the last 10,000 rows whole in
 * search of them took 0.9 s. Materialised, or the planner walks the whole log backwards.
 */
const removalsSql = `
  with without_batch as materialized (select position, changes from log.log where batch is null)
  select coalesce(max(position) filter (where changes::text like '%"settings"%'), $1) as settings,
         coalesce(max(position) filter (where changes::text like '%"withdrawn"%'), $1) as withdrawn
  from without_batch`

async function readBounds(client: pg.ClientBase): Promise<Bounds> {
  const { rows: heads } = await client.query<{ head: number; floor: number }>(
    'select log.head() as head, (select coalesce(min(position), 1) - 1 from log.log) as floor',
  )
  const { head, floor } = must(heads[0], 'the head of the log')
  const { rows } = await client.query<{ settings: number; withdrawn: number }>(removalsSql, [floor])
  const last = must(rows[0], 'a row of two maxima')
  return { head, floor, settings: last.settings, horizon: Math.max(last.settings, last.withdrawn) }
}

async function readSettings(client: pg.ClientBase): Promise<SettingsState> {
  const { rows: versions } = await client.query<{ version: number }>('select version from stock.settings')
  const { rows: locations } = await client.query<LocationState>(
    'select id, name, kind, duty, owner from stock.locations order by id',
  )
  const { rows: channels } = await client.query<ChannelState>(
    `select id, name, currency, duty, locations, safety_stock as "safetyStock", show_max as "showMax", low_at as "lowAt"
     from stock.channels order by id`,
  )
  const { rows } = await client.query<{ recipe: RecipeState }>(
    `select json_strip_nulls(json_build_object('sku', sku, 'kind', kind, 'components', components, 'lot', lot)) as recipe
     from stock.recipes order by sku`,
  )
  const recipes = rows.map(({ recipe }) => recipe)
  return { version: versions[0]?.version ?? 0, locations, channels, recipes }
}

/** A level that no command has changed yet (made so that it can be locked) is not on the log, and is not seen. */
const levelsSql = `
  select coalesce(l.position, $1::bigint),
         v.sku, v.location, v.available, v.held, v.committed, v.allocated, v.quarantined, v.short, v.incoming,
         v.incoming_committed, v.version, v.revision
  from stock.levels v left join log.batches l on l.batch = v.batch
  where v.revision > 0 order by v.sku, v.location`

const pricesSql = `
  select coalesce(l.position, $1::bigint),
         p.sku, p.channel, p.amount_minor, p.currency, p.tax_included, p.duty_included
  from stock.prices p left join log.batches l on l.batch = p.batch
  order by p.sku, p.channel`

/** Orders that are open, by the index of those. */
const expectedSql = `
  select d.id::text, l ->> 'sku', d.body ->> 'location',
         sum((l ->> 'quantity')::bigint - (l ->> 'received')::bigint - (l ->> 'cancelled')::bigint)::bigint,
         (d.body ->> 'expectedAtMs')::bigint
  from stock.documents d cross join lateral jsonb_array_elements(d.body -> 'lines') l
  where d.kind = 'purchaseOrder' and d.state = 'open' group by 1, 2, 3, 5`

async function readSkus(client: pg.ClientBase, state: State) {
  for await (const page of readPages<[string]>(client, 'select sku from catalogue.skus order by sku', 0)) {
    for (const [sku] of page) putSku(state, sku)
  }
}

async function readLevels(client: pg.ClientBase, state: State, floor: number) {
  const touched = createTouched()
  for await (const page of readPages<[number, ...LevelRow]>(client, levelsSql, floor)) {
    for (const [position, ...level] of page) putLevel(state, level, position, touched)
  }
}

async function readPrices(client: pg.ClientBase, state: State, floor: number) {
  for await (const page of readPages<[number, ...PriceRow]>(client, pricesSql, floor)) {
    const touched = createTouched()
    for (const [position, ...price] of page) putPrice(state, price, position, touched)
  }
}

async function readExpected(client: pg.ClientBase, state: State, floor: number) {
  for await (const page of readPages<ExpectedRow & unknown[]>(client, expectedSql, floor)) {
    for (const row of page) putExpected(state, row)
  }
}

/** The rows of a query through a cursor: one plan, one pass, and the next page on its way while this one is turned into columns. */
async function* readPages<Row extends unknown[]>(
  client: pg.ClientBase,
  sql: string,
  floor: number,
): AsyncGenerator<Row[]> {
  await client.query(`declare page no scroll cursor for ${sql.replace('$1', String(floor))}`)
  const fetch = () => client.query<Row>({ text: `fetch ${fetchRows} from page`, rowMode: 'array' })
  let coming = fetch()
  for (;;) {
    const { rows } = await coming
    if (rows.length < fetchRows) {
      yield rows
      break
    }
    coming = fetch()
    // Where the reader gives up, nobody is left to hear of it.
    coming.catch(() => {})
    yield rows
  }
  await client.query('close page')
}
