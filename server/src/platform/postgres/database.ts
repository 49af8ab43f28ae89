import pg from 'pg'
import { SetupError, codeOf } from '../setup-error.ts'
import { tlsOf } from './tls.ts'

const oid = { int8: 20, date: 1082, int8Array: 1016, dateArray: 1182, textArray: 1009 }

/** A bigint column as a number. Positions, versions and sums are kept far below 2^53; one beyond is a broken promise, not a rounding. */
function parseInt8(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`the bigint ${text} does not fit a number exactly`)
  return value
}

const parseArray = (text: string, parse: (item: string) => number): (number | null)[] =>
  (pg.types.getTypeParser(oid.int8Array, 'text')(text) as (string | null)[]).map((item) =>
    item === null ? null : parse(item),
  )

/**
 * How columns become values: bigint a number (exactly, or it throws), numeric a string, timestamptz a Date, date its text (a day has no time
 * zone). Given to each connection; the driver's global table stays as it is.
 */
const types: pg.CustomTypesConfig = {
  // The driver's overloads cannot be met by one function; what it calls is (oid, format).
  getTypeParser: ((id: number, format?: 'text' | 'binary') => {
    if (format === 'binary') return pg.types.getTypeParser(id, 'binary')
    if (id === oid.int8) return parseInt8
    if (id === oid.int8Array) return (text: string) => parseArray(text, parseInt8)
    if (id === oid.date) return (text: string) => text
    if (id === oid.dateArray) return pg.types.getTypeParser(oid.textArray, 'text')
    return pg.types.getTypeParser(id, 'text')
  }) as pg.CustomTypesConfig['getTypeParser'],
}

/** What a connection may be given. All times in milliseconds; 0 turns a bound off. */
export type ConnectionOptions = {
  /** Shown in pg_stat_activity. */
  applicationName: string
  /** How long to wait for a connection: to be made, or to come free in a pool. */
  connectTimeoutMs?: number
  statementTimeoutMs?: number
  lockTimeoutMs?: number
  idleInTransactionTimeoutMs?: number
  /** Told of connections that were lost; each is replaced, so this is for the log. */
  onError?: (error: Error) => void
}

/** Nobody waits longer for a page; and a server that cannot connect has to say so while its caller still listens. */
const defaultConnectTimeoutMs = 5_000
const defaultStatementTimeoutMs = 30_000
/** A process that is stopped with locks held must not stop the others: measured, they go on after these 2 s. */
const defaultLockTimeoutMs = 2_000
const defaultIdleInTransactionTimeoutMs = 2_000
/** A connection whose other side is gone without a word is noticed by this much over the statement's own bound. */
const silenceMs = 5_000

function clientConfig(url: string, options: ConnectionOptions): pg.ClientConfig {
  const statementTimeoutMs = options.statementTimeoutMs ?? defaultStatementTimeoutMs
  const { url: connectionString, ssl } = tlsOf(url)
  return {
    connectionString,
    ssl,
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeoutMs ?? defaultConnectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs === 0 ? 0 : statementTimeoutMs + silenceMs,
    lock_timeout: options.lockTimeoutMs ?? defaultLockTimeoutMs,
    idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs ?? defaultIdleInTransactionTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types,
  }
}

/**
 * A pool of connections for queries whose latency matters less than their number. A connection that is lost, idle or checked out, ends its own
 * query and never the process.
 *
 * @param options.max connections; callers beyond wait for `connectTimeoutMs`
 */
export function createPool(url: string, options: ConnectionOptions & { max: number }): pg.Pool {
  const onError = options.onError ?? (() => {})
  const pool = new pg.Pool({ ...clientConfig(url, options), max: options.max, idleTimeoutMillis: 30_000 })
  pool.on('error', onError)
  // The pool listens to idle clients only: one that is lost while checked out would end the process.
  pool.on('connect', (client) => client.on('error', onError))
  return pool
}

/**
 * One connection in pipeline mode: statements are sent without waiting for the answers to those before. Nagle's delay is off (the driver's default).
 * A lost connection rejects what is under way, and `end` is emitted; connect again then. A pipelined COMMIT of a failed
 * transaction resolves, with the tag ROLLBACK: read `command`.
 */
export async function connectPipelined(url: string, options: ConnectionOptions): Promise<pg.Client> {
  const client = new pg.Client({ ...clientConfig(url, options), pipeline: true })
  client.on('error', options.onError ?? (() => {}))
  await client.connect()
  return client
}

/** One plain connection with an error listener, for a command, a migration, a check. The caller ends it. */
export async function connect(url: string, options: ConnectionOptions): Promise<pg.Client> {
  const client = new pg.Client(clientConfig(url, options))
  client.on('error', options.onError ?? (() => {}))
  await client.connect()
  return client
}

/** Ends a transaction. Throws where the database rolled back instead, which it reports in the tag and not as an error. */
export async function commit(client: pg.ClientBase): Promise<void> {
  const { command } = await client.query('commit')
  if (command !== 'COMMIT') throw new Error(`the transaction was not committed: the database answered ${command}`)
}

/**
 * Runs `work` in a transaction: committed when it resolves, rolled back when it throws. A connection whose state is in doubt is closed, not
 * reused. Rejects with what `work` threw, or with why the commit failed; after a connection lost during the commit it is unknown whether it
 * happened.
 */
export async function withTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let poison: Error | undefined
  try {
    await client.query('begin')
    const result = await work(client)
    await commit(client)
    return result
  } catch (error) {
    poison = await client.query('rollback').then(
      // After a query timeout the answer is still to come, and the next borrower would read it.
      () => (codeOf(error) === undefined && isDriverError(error) ? error : undefined),
      (failure: unknown) => (failure instanceof Error ? failure : new Error(String(failure))),
    )
    throw error
  } finally {
    client.release(poison)
  }
}

/** What the driver itself reports, without a code from PostgreSQL: timeouts and lost connections. */
const isDriverError = (error: unknown): error is Error =>
  error instanceof Error && /timeout|connection|not queryable/i.test(error.message)

const leastVersion = 150_000

/** Why each setting has to be on. A sentence for whoever runs the database. */
const durable: Record<string, string> = {
  fsync:
    'fsync is off on this database, so a power cut can lose confirmed sales: set fsync = on in its configuration and restart it.',
  full_page_writes:
    'full_page_writes is off on this database, so a power cut can damage it: set full_page_writes = on in its configuration and reload it.',
  synchronous_commit:
    'synchronous_commit is off on this database, so a crash can lose confirmed sales: set synchronous_commit = on (or remote_apply, remote_write) for the database and its user.',
}

/** What makes the database unfit to keep stock, a sentence each; empty if nothing does. */
export async function durabilityProblems(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string; setting: string }>(
    `select name, setting from pg_settings where name in ('fsync', 'full_page_writes', 'synchronous_commit', 'server_version_num')`,
  )
  const settings = new Map(rows.map((row) => [row.name, row.setting]))
  const problems = Object.entries(durable)
    .filter(([name]) => settings.get(name) === 'off')
    .map(([, sentence]) => sentence)
  const version = Number(settings.get('server_version_num') ?? 0)
  if (version < leastVersion) {
    problems.push(
      `This database is PostgreSQL ${Math.trunc(version / 10_000)} and at least 15 is needed: upgrade it, or leave DATABASE_URL empty to use the embedded one.`,
    )
  }
  return problems
}

/** Refuses a database that could lose what it confirmed, or is too old. Throws SetupError with a sentence for each reason. */
export async function assertDurable(client: pg.ClientBase): Promise<void> {
  const problems = await durabilityProblems(client)
  if (problems.length > 0) throw new SetupError(problems.join('\n'))
}
