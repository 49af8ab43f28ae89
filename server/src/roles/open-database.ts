import { assertDurable, connect } from '../platform/postgres/database.ts'
import { findEmbedded, startEmbedded } from '../platform/postgres/embedded.ts'
import { tlsTrouble, weaknessOf, withDatabaseCa } from '../platform/postgres/tls.ts'
import { migrate } from '../platform/postgres/migrate.ts'
import { SetupError } from '../platform/setup-error.ts'
import type { Config } from '../platform/config.ts'

/** A database that is up and fit, and at this release's schema. */
export interface OpenDatabase {
  readonly url: string
  /** Where it is, for people: no password. */
  readonly where: string
  /** Resolves with a sentence when an embedded PostgreSQL ended for good. */
  readonly givenUp: Promise<string>
  /** what somebody could do to the line to it */
  readonly weakness: string | undefined
  close(): Promise<void>
}

const never = new Promise<string>(() => {})

/**
 * The database of the settings: `DATABASE_URL`; else the embedded PostgreSQL, beside a server that has it running already where
 * `shared`, or started here. Refuses one that could lose what it confirmed. Brings its schema up to date, unless it is wanted `asItIs`.
 */
export async function openDatabase(
  config: Config,
  options: { say: (line: string) => void; shared: boolean; asItIs?: boolean },
): Promise<OpenDatabase> {
  const found = await findDatabase(config, options)
  try {
    const client = await connect(found.url, { applicationName: 'cellarhand start' }).catch((error: unknown) => {
      const trouble = tlsTrouble(found.url, error)
      throw trouble === undefined ? error : new SetupError(trouble, { cause: error })
    })
    try {
      await assertDurable(client)
    } finally {
      await client.end()
    }
    if (!options.asItIs) await migrate(found.url, options)
    return found
  } catch (error) {
    await found.close()
    throw error
  }
}

async function findDatabase(
  config: Config,
  { say, shared }: { say: (line: string) => void; shared: boolean },
): Promise<OpenDatabase> {
  if (config.databaseUrl !== undefined) {
    const url = withDatabaseCa(config.databaseUrl, config.databaseCa)
    const { host, pathname } = new URL(url)
    const weakness = weaknessOf(url)
    if (weakness !== undefined) say(weakness)
    return { url, where: `PostgreSQL at ${host}${pathname}`, givenUp: never, weakness, close: async () => {} }
  }
  const where = `embedded PostgreSQL in ${config.dataDir}`
  const running = shared ? await findEmbedded(config.dataDir) : undefined
  const ours = { where, weakness: undefined }
  if (running !== undefined) return { url: running, ...ours, givenUp: never, close: async () => {} }
  const postgres = await startEmbedded({ dataDir: config.dataDir, say })
  return { url: postgres.url, ...ours, givenUp: postgres.givenUp, close: () => postgres.stop() }
}
