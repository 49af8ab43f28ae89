import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { connect } from '../src/platform/postgres/database.ts'
import { startEmbedded, type EmbeddedPostgres } from '../src/platform/postgres/embedded.ts'
import { folderAt, readPidFile } from '../src/platform/postgres/folder.ts'
import { lockOwner } from '../src/platform/postgres/lock.ts'
import { stopPostmaster } from '../src/platform/postgres/processes.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL for this run, of which tests make databases of their own. */
    postgresUrl: string
    /** Whom servers work as in tests: may read and write rows. */
    postgresWorker: { readonly name: string; readonly password: string }
  }
}

let running: { postgres: EmbeddedPostgres; dataDir: string } | undefined

/** Starts one PostgreSQL for the whole run, in a folder of its own; or uses the one that CELLARHAND_TEST_DATABASE_URL names. */
export async function setup(project: TestProject): Promise<void> {
  const given = process.env.CELLARHAND_TEST_DATABASE_URL
  if (given) return provide(project, given)
  await clearAbandoned()
  const dataDir = mkdtempSync(join(tmpdir(), 'cellarhand-test-'))
  const postgres = await startEmbedded({ dataDir, say: () => {} })
  running = { postgres, dataDir }
  await provide(project, postgres.url)
}

/** Servers work in tests as they do for people: as a role that owns nothing. */
async function provide(project: TestProject, url: string): Promise<void> {
  const name = 'cellarhand_tests_worker'
  const password = randomBytes(12).toString('hex')
  const client = await connect(url, { applicationName: 'tests' })
  const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [name])
  await client.query(`${rowCount === 0 ? 'create' : 'alter'} role ${name} login password '${password}'`)
  await client.end()
  project.provide('postgresUrl', url)
  project.provide('postgresWorker', { name, password })
}

/** Stops it and removes all that it wrote. */
export async function teardown(): Promise<void> {
  await running?.postgres.stop()
  if (running) rmSync(running.dataDir, { recursive: true, force: true })
}

const ours = /^cellarhand-(test|private)-\w{6}$/
/** Between the making of a folder and the taking of its lock. */
const youngMs = 60_000

/** A run that was killed leaves its PostgreSQL running and its files in place: the next run clears away after it. */
async function clearAbandoned(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => ours.test(entry))) {
    const folder = folderAt(join(tmpdir(), name))
    const { uid, mtimeMs } = statSync(folder.dataDir)
    if (uid !== process.getuid?.() || Date.now() - mtimeMs < youngMs || (await lockOwner(folder.dataDir))) continue
    const file = readPidFile(folder)
    if (file) await stopPostmaster(file.pid, folder.cluster)
    rmSync(folder.dataDir, { recursive: true, force: true })
  }
}
