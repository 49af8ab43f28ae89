import type pg from 'pg'
import { appendOnlyOfAccess } from '../access/access.ts'
import { appendOnlyOfLog } from '../log/log.ts'
import { assertDurable, connect } from '../platform/postgres/database.ts'
import { EMBEDDED_WORK_ROLE, embeddedWork, findEmbedded, startEmbedded } from '../platform/postgres/embedded.ts'
import { excessOf, letWork, type WorkRole } from '../platform/postgres/work-role.ts'
import { tlsTrouble, weaknessOf, withDatabaseCa } from '../platform/postgres/tls.ts'
import { migrate } from '../platform/postgres/migrate.ts'
import { SetupError } from '../platform/setup-error.ts'
import type { Config } from '../platform/config.ts'
import { appendOnlyOfStock } from '../stock/stock.ts'

/** A database that is up and fit, and at this release's schema. */
export interface OpenDatabase {
  readonly url: string
  /** The same as whoever may read and write its rows, and nothing else: for all that requests lead to. */
  readonly workUrl: string
  /** Where it is, for people: no password. */
  readonly where: string
  /** Resolves with a sentence when an embedded PostgreSQL ended for good. */
  readonly givenUp: Promise<string>
  /** what somebody could do to the line to it */
  readonly weakness: string | undefined
  close(): Promise<void>
}

const never = new Promise<string>(() => {})

/** Tables that nobody who works here changes a row of: what has happened has happened. */
const appendOnly = [...appendOnlyOfLog, ...appendOnlyOfStock, ...appendOnlyOfAccess]

/**
 * The database of the settings: `DATABASE_URL`; else the embedded PostgreSQL, beside a server that has it running already where
 * `shared`, or started here. Refuses one that could lose what it confirmed. Brings its schema up to date, unless it is wanted `asItIs`, and lets whoever servers work as do so.
 */
export async function openDatabase(
  config: Config,
  options: { say: (line: string) => void; shared: boolean; asItIs?: boolean },
): Promise<OpenDatabase> {
  const { role, ...found } = await findDatabase(config, options)
  try {
    await look(found.url, assertDurable)
    if (options.asItIs) return { ...found, workUrl: found.url }
    await migrate(found.url, options)
    if (role !== undefined) {
      await letWork(found.url, role, options.say)
      await look(found.workUrl, assertWorker)
    }
    return found
  } catch (error) {
    await found.close()
    throw error
  }
}

/** Looks at a database on a connection of its own. */
async function look(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = await connect(url, { applicationName: 'cellarhand start' }).catch((error: unknown) => {
    const trouble = tlsTrouble(url, error)
    throw trouble === undefined ? error : new SetupError(trouble, { cause: error })
  })
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

/** A role may have settings of its own, and rights that nobody thought of. */
async function assertWorker(client: pg.Client): Promise<void> {
  await assertDurable(client)
  const excess = await excessOf(client)
  if (excess !== undefined) throw new SetupError(excess)
}

type Found = OpenDatabase & { readonly role: WorkRole | undefined }

async function findDatabase(
  config: Config,
  { say, shared }: { say: (line: string) => void; shared: boolean },
): Promise<Found> {
  if (config.databaseUrl !== undefined) return givenDatabase(config, config.databaseUrl, say)
  const where = `embedded PostgreSQL in ${config.dataDir}`
  const running = shared ? await findEmbedded(config.dataDir) : undefined
  const ours = (url: string) => {
    const work = embeddedWork(config.dataDir, url)
    const role = { name: EMBEDDED_WORK_ROLE, password: work.password, appendOnly }
    return { url, workUrl: work.url, role, where, weakness: undefined }
  }
  if (running !== undefined) return { ...ours(running), givenUp: never, close: async () => {} }
  const postgres = await startEmbedded({ dataDir: config.dataDir, say })
  return { ...ours(postgres.url), givenUp: postgres.givenUp, close: () => postgres.stop() }
}

/** The one that the settings name. Without a role to work as, servers work as whoever owns it. */
function givenDatabase(config: Config, address: string, say: (line: string) => void): Found {
  const url = withDatabaseCa(address, config.databaseCa)
  const workUrl = config.databaseAppUrl === undefined ? url : withDatabaseCa(config.databaseAppUrl, config.databaseCa)
  const { host, pathname } = new URL(url)
  const weakness = weaknessOf(url) ?? weaknessOf(workUrl)
  if (weakness !== undefined) say(weakness)
  const name = decodeURIComponent(new URL(workUrl).username)
  const role = workUrl === url ? undefined : { name, password: undefined, appendOnly }
  const where = `PostgreSQL at ${host}${pathname}`
  return { url, workUrl, role, where, givenUp: never, weakness, close: async () => {} }
}
