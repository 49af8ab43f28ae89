import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { brand } from '@cellarhand/protocol/brand'
import type { Cleanup } from '../cleanup.ts'
import type { Say } from '../report/say.ts'
import { fillCellar, settleDatabase } from './fill.ts'
import { fillHistory } from './history.ts'
import { killPostgres, startServer } from './server.ts'

export interface CellarOptions {
  readonly skus: number
  /** Journal entries of the past. */
  readonly entries?: number
  /** Anything else that the database should hold, such as what baselines work on. */
  readonly also?: (client: pg.Client) => Promise<void>
}

/** A new temporary folder, removed in the end. */
export function temporaryFolder(what: string, cleanup: Cleanup): string {
  const folder = mkdtempSync(join(tmpdir(), `${brand.name}-bench-${what}-`))
  cleanup.add(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** A data folder with a filled database, and no server running on it. */
export async function makeCellar(cleanup: Cleanup, say: Say, options: CellarOptions): Promise<string> {
  const { skus, entries = 0 } = options
  const past = entries === 0 ? '' : ` and ${entries.toLocaleString('en')} journal entries`
  const dataDir = temporaryFolder('data', cleanup)
  // Where we are root, PostgreSQL runs as somebody else and has to pass through.
  chmodSync(dataDir, 0o711)
  cleanup.add(() => killPostgres(dataDir))
  await say.step(`a cellar of ${skus.toLocaleString('en')} SKUs${past}`, async () => {
    const server = await startServer(dataDir, cleanup)
    await withClient(server.databaseUrl, async (client) => {
      await client.query(`set max_parallel_workers_per_gather = 0; set work_mem = '64MB'`)
      await fillCellar(client, skus)
      await fillHistory(client, entries)
      await options.also?.(client)
      await settleDatabase(client)
    })
    await server.stop()
  })
  return dataDir
}

/** Runs work on a connection of its own, which is closed after it. */
async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'bench', connectionTimeoutMillis: 10_000 })
  // A connection that breaks fails the query that is under way; by itself it is no reason to end the process.
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Such as `18.4`. */
export function postgresVersion(url: string): Promise<string> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ version: string }>(`select current_setting('server_version') as version`)
    return rows[0]?.version ?? 'of unknown version'
  })
}
