import { assertDurable, connect } from '../platform/postgres/database.ts'
import { findEmbedded, startEmbedded } from '../platform/postgres/embedded.ts'
import { migrate } from '../platform/postgres/migrate.ts'
import type { Config } from '../platform/config.ts'

/** A database that is up and fit, and at this release's schema. */
export interface OpenDatabase {
  readonly url: string
  /** Where it is, for people: no password. */
  readonly where: string
  /** Resolves with a sentence when an embedded PostgreSQL ended for good. */
  readonly givenUp: Promise<string>
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
    const client = await connect(found.url, { applicationName: 'cellarhand start' })
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
    const { host, pathname } = new URL(config.databaseUrl)
    return { url: config.databaseUrl, where: `PostgreSQL at ${host}${pathname}`, givenUp: never, close: async () => {} }
  }
  const where = `embedded PostgreSQL in ${config.dataDir}`
  const running = shared ? await findEmbedded(config.dataDir) : undefined
  if (running !== undefined) return { url: running, where, givenUp: never, close: async () => {} }
  const postgres = await startEmbedded({ dataDir: config.dataDir, say })
  return { url: postgres.url, where, givenUp: postgres.givenUp, close: () => postgres.stop() }
}
