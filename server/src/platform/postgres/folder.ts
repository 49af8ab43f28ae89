import { randomBytes } from 'node:crypto'
import {
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { brand } from '@cellarhand/protocol/brand'
import { codeOf, SetupError } from '../setup-error.ts'

/** Where things are in the data folder. All paths are absolute and free of links. */
export type Folder = {
  dataDir: string
  /** PostgreSQL's own data directory. */
  cluster: string
  password: string
  /** Of the role that servers work as. */
  workPassword: string
  port: string
  log: string
}

/** The paths of a data folder, which need not exist. */
export function folderAt(dataDir: string): Folder {
  const at = existsSync(dataDir) ? realpathSync(dataDir) : resolve(dataDir)
  return {
    dataDir: at,
    cluster: join(at, 'postgres'),
    password: join(at, 'password'),
    workPassword: join(at, 'work-password'),
    port: join(at, 'port'),
    log: join(at, 'postgres.log'),
  }
}

/** Makes the data folder where it is missing, for its owner alone. Throws SetupError in words for what stands in the way. */
export function openFolder(dataDir: string): Folder {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new SetupError(
      `The data folder ${resolve(dataDir)} cannot be made (${codeOf(error)}): choose another with ${brand.envPrefix}DATA, or make its parent writable.`,
      { cause: error },
    )
  }
  return folderAt(dataDir)
}

/** The password of a folder that has one. */
export const readPassword = (folder: Folder): string | undefined => readSecret(folder.password)

function readSecret(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw new SetupError(
      `The file ${path} cannot be read (${codeOf(error)}): start as the user who owns it, or give it to yourself with chown.`,
      { cause: error },
    )
  }
}

/** The password of the folder, made and written to disk on first use. */
export const ensurePassword = (folder: Folder): string => ensureSecret(folder, folder.password)

/** The same of the role that servers work as. */
export const ensureWorkPassword = (folder: Folder): string => ensureSecret(folder, folder.workPassword)

function ensureSecret(folder: Folder, path: string): string {
  const known = readSecret(path)
  if (known !== undefined) return known
  const password = randomBytes(24).toString('base64url')
  writeDurably(folder, path, `${password}\n`)
  return password
}

/** The port used last time, so that addresses noted elsewhere stay true. */
export function readPort(folder: Folder): number | undefined {
  try {
    const port = Number(readFileSync(folder.port, 'utf8'))
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined
  } catch {
    return undefined
  }
}

/** Remembers the port. */
export function writePort(folder: Folder, port: number): void {
  writeDurably(folder, folder.port, `${port}\n`)
}

function writeDurably(folder: Folder, path: string, text: string): void {
  const temporary = `${path}.new`
  rmSync(temporary, { force: true })
  writeFileSync(temporary, text, { mode: 0o600, flush: true })
  // Root may be at work in an ordinary user's folder, who wants to start it again tomorrow.
  const owner = statSync(folder.dataDir)
  if (process.getuid?.() === 0) chownSync(temporary, owner.uid, owner.gid)
  renameSync(temporary, path)
  syncFolder(folder.dataDir)
}

/** Makes the names in a folder durable: a file that was renamed into place may otherwise be gone after a power cut. */
export function syncFolder(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** What a running PostgreSQL says of itself in its data directory (`miscadmin.h`, LOCK_FILE_LINE_*). */
export type PidFile = { pid: number; port: number | undefined; status: string }

/** The `postmaster.pid` of a cluster, if there is one. It may be stale. */
export function readPidFile(folder: Folder): PidFile | undefined {
  let text
  try {
    text = readFileSync(join(folder.cluster, 'postmaster.pid'), 'utf8')
  } catch {
    return undefined
  }
  const lines = text.split('\n')
  const pid = Math.abs(Number(lines[0]))
  if (!Number.isInteger(pid) || pid === 0) return undefined
  const port = Number(lines[3])
  return { pid, port: port > 0 ? port : undefined, status: (lines[7] ?? '').trim() }
}

/** Removes the `postmaster.pid` of a postmaster that is known to be gone. */
export function removePidFile(folder: Folder): void {
  rmSync(join(folder.cluster, 'postmaster.pid'), { force: true })
}

/** Whether the folder holds an initialised cluster. */
export const hasCluster = (folder: Folder): boolean => existsSync(join(folder.cluster, 'PG_VERSION'))

/** The address of the database: the one place that knows its user and name. */
export const urlOf = (options: { port: number; password: string; database?: string; user?: string }): string =>
  `postgresql://${options.user ?? brand.name}:${options.password}@127.0.0.1:${options.port}/${options.database ?? brand.name}`
