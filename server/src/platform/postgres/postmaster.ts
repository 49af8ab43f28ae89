import type { ChildProcess } from 'node:child_process'
import { closeSync, fstatSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { sleep } from '../loop.ts'
import { SetupError } from '../setup-error.ts'
import type { Binaries } from './binaries.ts'
import { explain } from './explain.ts'
import { readPidFile, readPort, removePidFile, writePort, type Folder } from './folder.ts'
import { clearOrphans, isPostgresOf } from './processes.ts'
import { launch, type Runner } from './runner.ts'

/** A running postmaster: its process, its port, and how it ended once it has. */
export type Postmaster = { pid: number; port: number; ended: Promise<string> }

/** What starting needs. */
export type Site = {
  folder: Folder
  binaries: Binaries
  runner: Runner
  settings: Record<string, string>
  say: (line: string) => void
}

/** A port may be taken between being found free and being used; more than a few times in a row is something else. */
const maxPortAttempts = 5

/**
 * Starts the postmaster and waits until it takes connections, through recovery where it needs one. Listens on loopback, on last time's port if
 * it is free; `port` insists on one.
 */
export async function startPostmaster(site: Site, port?: number): Promise<Postmaster> {
  await clearOrphans(site.folder.cluster)
  dropForeignPidFile(site.folder)
  let wanted = port ?? readPort(site.folder) ?? (await freePort())
  for (let attempt = 1; attempt <= maxPortAttempts; attempt++) {
    const outcome = await attemptStart(site, wanted)
    if (outcome !== 'port-taken') {
      if (readPort(site.folder) !== wanted) writePort(site.folder, wanted)
      return outcome
    }
    if (port === undefined) wanted = await freePort()
    else await sleep(200 * attempt)
  }
  throw new SetupError(
    `PostgreSQL found no free port on 127.0.0.1 (last tried ${wanted}): end what uses them, or start again.`,
  )
}

/** PostgreSQL takes any living process with the id in its pid file for a postmaster; ids are used again, and then it would never start. */
function dropForeignPidFile(folder: Folder): void {
  const known = readPidFile(folder)
  if (known && !isPostgresOf(known.pid, folder.cluster)) removePidFile(folder)
}

/** A port on loopback that nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

async function attemptStart(site: Site, port: number): Promise<Postmaster | 'port-taken'> {
  const log = openLog(site.folder)
  const from = fstatSync(log).size
  try {
    const child = launch(site.runner, site.binaries.postgres, argumentsFor(site, port), log)
    const ended = endOf(child)
    const outcome = await untilReady(site, { child, ended })
    if (outcome === 'ready') return { pid: child.pid ?? 0, port, ended }
    const said = `${outcome}\n${readLog(site.folder, from)}`
    if (/could not (bind|create any TCP\/IP sockets)/.test(said)) return 'port-taken'
    throw new SetupError(explain('PostgreSQL did not start', readLog(site.folder, from) || outcome))
  } finally {
    closeSync(log)
  }
}

function argumentsFor(site: Site, port: number): string[] {
  const settings = {
    ...site.settings,
    listen_addresses: '127.0.0.1',
    port: String(port),
    // A socket in a file would need a short path that this user may write to; loopback is there always.
    unix_socket_directories: '',
  }
  return ['-D', site.folder.cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

/** Resolves with how the process ended, for people. */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, name) => resolve(name ? `signal ${name}` : `exit code ${code}`))
  })
}

const lookEveryMs = 15
const saySlowAfterMs = 5_000

/** Recovery from a crash takes as long as it takes, so there is no bound while the process lives; it is said every few seconds instead. */
async function untilReady(
  site: Site,
  { child, ended }: { child: ChildProcess; ended: Promise<string> },
): Promise<string> {
  const end: { how?: string } = {}
  void ended.then((how) => Object.assign(end, { how }))
  let sayAt = performance.now() + saySlowAfterMs
  while (end.how === undefined) {
    const file = readPidFile(site.folder)
    if (file && file.pid === child.pid && file.status === 'ready') return 'ready'
    if (performance.now() > sayAt) {
      site.say('PostgreSQL is still starting: it goes through what was written before it was last stopped ...')
      sayAt += saySlowAfterMs
    }
    await sleep(lookEveryMs)
  }
  return end.how
}

/** The log holds starts, stops and crashes; two files of this size are years of them. */
const maxLogBytes = 10 * 1024 * 1024

function openLog(folder: Folder): number {
  try {
    if (statSync(folder.log).size > maxLogBytes) {
      rmSync(`${folder.log}.old`, { force: true })
      renameSync(folder.log, `${folder.log}.old`)
    }
  } catch {
    // There is none yet.
  }
  try {
    return openSync(folder.log, 'a', 0o600)
  } catch (error) {
    throw new SetupError(explain(`The log ${folder.log} cannot be written`, String(error)), { cause: error })
  }
}

const maxReadBytes = 16 * 1024

function readLog(folder: Folder, from: number): string {
  const descriptor = openSync(folder.log, 'r')
  try {
    const buffer = Buffer.alloc(maxReadBytes)
    return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, maxReadBytes, from))
  } finally {
    closeSync(descriptor)
  }
}
