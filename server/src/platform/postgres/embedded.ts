import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { brand } from '@cellarhand/protocol/brand'
import { sleep } from '../loop.ts'
import { codeOf, SetupError } from '../setup-error.ts'
import { findBinaries } from './binaries.ts'
import { explain } from './explain.ts'
import {
  ensurePassword,
  ensureWorkPassword,
  folderAt,
  hasCluster,
  openFolder,
  readPassword,
  readPidFile,
  urlOf,
  type Folder,
} from './folder.ts'
import { ensureCluster } from './init.ts'
import { lockFolder } from './lock.ts'
import { startPostmaster, type Postmaster, type Site } from './postmaster.ts'
import { clearOrphans, isPostgresOf, stopPostmaster } from './processes.ts'
import { chooseRunner } from './runner.ts'
import { embeddedSettings } from './settings.ts'
import { supervise, type Supervised } from './supervise.ts'

/** Whom servers work as on it. */
export const EMBEDDED_WORK_ROLE = `${brand.name}_app`

/** Whom servers work as on the embedded PostgreSQL of a folder, with a password of its own, and where they connect as such. */
export function embeddedWork(dataDir: string, url: string): { readonly url: string; readonly password: string } {
  const password = ensureWorkPassword(folderAt(dataDir))
  return { password, url: urlOf({ port: Number(new URL(url).port), password, user: EMBEDDED_WORK_ROLE }) }
}

/** The embedded PostgreSQL, running. */
export type EmbeddedPostgres = {
  /** Where to connect; stays the same when PostgreSQL has to be restarted. */
  readonly url: string
  /** The postmaster's process id at this moment. */
  readonly pid: number
  /** Whether it was found running, left behind by a server that was killed. */
  readonly adopted: boolean
  /** Resolves with a sentence if PostgreSQL ended and could not be brought back. Pending for ever otherwise. */
  readonly givenUp: Promise<string>
  /** Stops PostgreSQL: fast first, so that all is written, and harder after a bound. May be called more than once. */
  stop(): Promise<void>
}

/**
 * Starts the embedded PostgreSQL of a data folder and keeps it running until `stop`: makes the folder and the database on first use, adopts
 * an orphan, recovers from whatever was killed. fsync is on.
 *
 * @param options.dataDir the folder, made if missing; one process at a time may have it
 * @param options.say is told what takes long or needs to be known, one line at a time
 * @param options.settings PostgreSQL settings beside or in place of ours
 * @throws SetupError for what a person has to put right: the folder is in use, not permitted, on a full disk, of another version
 */
export async function startEmbedded(options: {
  dataDir: string
  say: (line: string) => void
  settings?: Record<string, string>
}): Promise<EmbeddedPostgres> {
  const folder = openFolder(options.dataDir)
  const unlock = await lockFolder(folder.dataDir)
  try {
    const binaries = findBinaries()
    const adopted = await adopt(folder, options.say)
    const runner = await chooseRunner(folder, binaries)
    const site: Site = {
      folder,
      binaries,
      runner,
      say: options.say,
      settings: { ...embeddedSettings(), ...options.settings },
    }
    const password = ensurePassword(folder)
    if (!adopted) await ensureCluster(folder, site)
    const first = adopted ?? (await startPostmaster(site))
    const supervised = supervise(first, { restart: ({ port }) => startPostmaster(site, port), say: options.say })
    const embedded = facade(folder, {
      supervised,
      unlock,
      url: urlOf({ port: first.port, password }),
      adopted: adopted !== undefined,
    })
    await ensureDatabase(urlOf({ port: first.port, password, database: 'postgres' }), folder).catch(
      async (error: unknown) => {
        await embedded.stop()
        throw error
      },
    )
    return embedded
  } catch (error) {
    await unlock()
    throw inWords(error)
  }
}

function inWords(error: unknown): unknown {
  const code = codeOf(error)
  if (error instanceof SetupError || code === undefined || !/^E[A-Z]+$/.test(code)) return error
  return new SetupError(explain('The embedded database could not be set up', String(error)), { cause: error })
}

function facade(
  folder: Folder,
  parts: { supervised: Supervised; unlock: () => Promise<void>; url: string; adopted: boolean },
): EmbeddedPostgres {
  let stopping: Promise<void> | undefined
  async function stop(): Promise<void> {
    const postmaster = await parts.supervised.release()
    if (postmaster) await stopPostmaster(postmaster.pid, folder.cluster)
    await clearOrphans(folder.cluster)
    await parts.unlock()
  }
  return {
    url: parts.url,
    adopted: parts.adopted,
    givenUp: parts.supervised.givenUp,
    get pid() {
      return parts.supervised.current().pid
    },
    stop: () => (stopping ??= stop()),
  }
}

/** How long one that is found may take for its recovery before it is stopped and started by us. */
const adoptWithinMs = 30_000
const lookEveryMs = 50

/** Takes over a postmaster that runs on the folder and answers to its password; stops one that does not. */
async function adopt(folder: Folder, say: (line: string) => void): Promise<Postmaster | undefined> {
  const known = readPidFile(folder)
  if (!known || !isPostgresOf(known.pid, folder.cluster)) return undefined
  const endsAt = performance.now() + adoptWithinMs
  while (performance.now() < endsAt && isPostgresOf(known.pid, folder.cluster)) {
    const { port, status } = readPidFile(folder) ?? known
    if (status === 'stopping') break
    if (status === 'ready') {
      if (port === undefined || !(await answers(folder, port))) break
      say(`Found PostgreSQL still running (process ${known.pid}) and took it over.`)
      return { pid: known.pid, port, ended: endOf(known.pid, folder.cluster) }
    }
    await sleep(lookEveryMs)
  }
  say(`Found PostgreSQL still running (process ${known.pid}) without an answer; stopping it.`)
  if (await stopPostmaster(known.pid, folder.cluster)) return undefined
  throw new SetupError(
    `PostgreSQL (process ${known.pid}) runs on ${folder.dataDir} and does not stop: end it with \`kill ${known.pid}\` as the user who started it.`,
  )
}

const watchEveryMs = 250

/** The end of a process that is not our child can only be looked for. */
async function endOf(pid: number, clusterDir: string): Promise<string> {
  while (isPostgresOf(pid, clusterDir)) await setTimeout(watchEveryMs, undefined, { ref: false })
  return 'its process is gone'
}

const answerWithinMs = 3_000

async function answers(folder: Folder, port: number): Promise<boolean> {
  const password = readPassword(folder)
  if (password === undefined) return false
  const client = new pg.Client({
    connectionString: urlOf({ port, password, database: 'postgres' }),
    connectionTimeoutMillis: answerWithinMs,
    query_timeout: answerWithinMs,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

async function ensureDatabase(adminUrl: string, folder: Folder): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: answerWithinMs })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [brand.name])
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(brand.name)}`)
  } catch (error) {
    if (codeOf(error) !== '28P01') throw error
    throw new SetupError(
      `The database in ${folder.cluster} has another password than ${folder.password} says: put the file back that belongs to it, or choose another folder with ${brand.envPrefix}DATA.`,
      { cause: error },
    )
  } finally {
    await client.end().catch(() => {})
  }
}

/**
 * The address of the embedded PostgreSQL that runs on a folder now, for a command beside a running server; undefined where none runs or it does
 * not answer.
 */
export async function findEmbedded(dataDir: string): Promise<string | undefined> {
  const folder = folderAt(dataDir)
  const known = hasCluster(folder) ? readPidFile(folder) : undefined
  const password = known && readPassword(folder)
  if (!known?.port || password === undefined || !isPostgresOf(known.pid, folder.cluster)) return undefined
  if (!(await answers(folder, known.port))) return undefined
  return urlOf({ port: known.port, password })
}
