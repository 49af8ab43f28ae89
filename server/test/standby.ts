import { cpSync, mkdtempSync, openSync, closeSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { connect } from '../src/platform/postgres/database.ts'
import { findBinaries } from '../src/platform/postgres/binaries.ts'
import { startEmbedded, type EmbeddedPostgres } from '../src/platform/postgres/embedded.ts'
import { folderAt, readPassword } from '../src/platform/postgres/folder.ts'
import { freePort } from '../src/platform/postgres/postmaster.ts'
import { stopPostmaster, until } from '../src/platform/postgres/processes.ts'
import { chooseRunner, giveTo, launch } from '../src/platform/postgres/runner.ts'

/** A primary, and a standby that follows it. */
export interface Pair {
  readonly primaryUrl: string
  readonly standbyUrl: string
  /** Resolves when the standby has everything that the primary has written by now. */
  caughtUp(): Promise<void>
  /** Ends the primary for good. */
  stopPrimary(): Promise<void>
  /** Makes the standby the primary. */
  promote(): Promise<void>
  stop(): Promise<void>
}

const withinMs = 20_000
const asTest = { applicationName: 'tests' }

async function onceOn<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connect(url, asTest)
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Starts both, on folders of their own. The standby is made as a base backup is, by hand: the package brings no pg_basebackup. */
export async function startPair(): Promise<Pair> {
  // Named so that the next run clears away what a killed one left behind.
  const [primaryDir = '', standbyDir = ''] = [1, 2].map(() => mkdtempSync(join(tmpdir(), 'cellarhand-private-')))
  const remove = () => [primaryDir, standbyDir].forEach((dir) => rmSync(dir, { recursive: true, force: true }))
  const primary = await startEmbedded({ dataDir: primaryDir, say: () => {}, settings: { shared_buffers: '32MB' } })
  try {
    await onceOn(primary.url, (client) => backUp(client, primaryDir, standbyDir))
    const standby = await startStandby(primary, { primaryDir, standbyDir })
    return pairOf(primary, standby, remove)
  } catch (error) {
    await primary.stop()
    remove()
    throw error
  }
}

async function backUp(client: pg.Client, primaryDir: string, standbyDir: string): Promise<void> {
  const from = folderAt(primaryDir).cluster
  const to = folderAt(standbyDir).cluster
  await client.query(`select pg_backup_start('standby', true)`)
  cpSync(from, to, {
    recursive: true,
    preserveTimestamps: true,
    filter: (path) => !/postmaster\.(pid|opts)$|pg_wal\/(?!archive_status$)[^/]+$/.test(path),
  })
  const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)')
  writeFileSync(join(to, 'backup_label'), rows[0]?.labelfile ?? '')
  writeFileSync(join(to, 'standby.signal'), '')
}

interface Standby {
  readonly url: string
  readonly pid: number
  readonly cluster: string
}

async function startStandby(
  primary: EmbeddedPostgres,
  dirs: { primaryDir: string; standbyDir: string },
): Promise<Standby> {
  const folder = folderAt(dirs.standbyDir)
  const binaries = findBinaries()
  const runner = await chooseRunner(folder, binaries)
  // The copy was made by this process, which may be root's.
  giveTo(runner, folder.cluster)
  const { hostname, port: primaryPort, username } = new URL(primary.url)
  const password = readPassword(folderAt(dirs.primaryDir)) ?? ''
  const port = await freePort()
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    shared_buffers: '32MB',
    // No fewer than the primary's, or it does not follow.
    max_connections: '200',
    primary_conninfo: `host=${hostname} port=${primaryPort} user=${username} password=${password}`,
  }
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const log = openSync(folder.log, 'a', 0o600)
  const child = launch(runner, binaries.postgres, ['-D', folder.cluster, ...args], log)
  closeSync(log)
  const url = new URL(primary.url)
  url.port = String(port)
  const standby = { url: url.toString(), pid: child.pid ?? 0, cluster: folder.cluster }
  const answers = () => onceOn(standby.url, async () => true).catch(() => false)
  if (await until(answers, { withinMs, everyMs: 50 })) return standby
  await stopPostmaster(standby.pid, standby.cluster)
  throw new Error(`the standby did not start: see ${folder.log}`)
}

function pairOf(primary: EmbeddedPostgres, standby: Standby, remove: () => void): Pair {
  return {
    primaryUrl: primary.url,
    standbyUrl: standby.url,
    caughtUp: async () => {
      const written = await onceOn(primary.url, async (client) => {
        const { rows } = await client.query<{ lsn: string }>('select pg_current_wal_lsn()::text as lsn')
        return rows[0]?.lsn
      })
      const isThere = () =>
        onceOn(standby.url, async (client) => {
          const { rows } = await client.query('select pg_last_wal_replay_lsn() >= $1::pg_lsn as there', [written])
          return rows[0].there === true
        })
      if (!(await until(isThere, { withinMs, everyMs: 20 }))) throw new Error('the standby does not follow')
    },
    stopPrimary: () => primary.stop(),
    promote: async () => {
      await onceOn(standby.url, (client) => client.query('select pg_promote(true, 20)'))
    },
    stop: async () => {
      await stopPostmaster(standby.pid, standby.cluster)
      await primary.stop()
      remove()
    },
  }
}
