import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, lstatSync, readFileSync, readdirSync, lchownSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { brand } from '@cellarhand/protocol/brand'
import { SetupError } from '../setup-error.ts'
import type { Binaries } from './binaries.ts'
import { hasCluster, type Folder } from './folder.ts'

type Identity = { uid: number; gid: number }

/**
 * As whom PostgreSQL's programs run. Started by an ordinary user, as that user. PostgreSQL refuses root, so there: as an unprivileged user, or,
 * where that one may not enter the folders, as root outside and `nobody` inside a user namespace.
 */
export type Runner = {
  /** Who has to own the cluster's files. */
  owner: Identity
  /** Set where the process changes its user itself. */
  become: Identity | undefined
  /** A program and its arguments to start the programs through. */
  through: readonly string[]
}

const nobody = 65_534
const throughNamespace = ['unshare', '--user', `--map-user=${nobody}`, `--map-group=${nobody}`, '--']

/** Chooses the runner by trying whether it works. Throws SetupError where none does. */
export async function chooseRunner(folder: Folder, binaries: Binaries): Promise<Runner> {
  const self = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  const direct: Runner = { owner: self, become: undefined, through: [] }
  const inNamespace: Runner = { ...direct, through: throughNamespace }
  if (self.uid !== 0 || process.platform === 'win32') {
    if (hasAccount() || hasCluster(folder) || !(await works(inNamespace, folder, binaries))) return direct
    return inNamespace
  }
  const become = identityFor(folder)
  const dropped: Runner = { owner: become, become, through: [] }
  letThrough(folder.dataDir)
  if (await works(dropped, folder, binaries)) return dropped
  if (await works(inNamespace, folder, binaries)) return inNamespace
  throw new SetupError(
    `PostgreSQL does not run as root, and no other user may enter ${closedFolder([folder.dataDir, binaries.initdb])}. Start as an ordinary user, keep the project and ${brand.envPrefix}DATA in a folder open to others (not /root), or set DATABASE_URL.`,
  )
}

/** Root's own folder keeps its files to itself (each is 0600) and lets PostgreSQL's user walk through to the cluster. */
function letThrough(path: string): void {
  const { uid, mode } = statSync(path)
  if (uid === 0 && (mode & 0o001) === 0) chmodSync(path, (mode | 0o011) & 0o777)
}

/** The user for PostgreSQL under root: who owns the data, else who owns the folder around it, else one that means nobody. */
function identityFor(folder: Folder): Identity {
  const places = [folder.cluster, folder.dataDir, dirname(folder.dataDir)]
  for (const place of places) {
    try {
      const { uid, gid } = statSync(place)
      if (uid !== 0 && accountOf((fields) => fields[2] === String(uid))) return { uid, gid }
    } catch {
      continue
    }
  }
  return (
    accountOf((fields) => fields[0] === 'postgres') ??
    accountOf((fields) => fields[0] === 'nobody') ?? { uid: nobody, gid: nobody }
  )
}

function accountOf(matches: (fields: string[]) => boolean): Identity | undefined {
  const fields = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(matches)
  return fields && { uid: Number(fields[2]), gid: Number(fields[3]) }
}

function hasAccount(): boolean {
  try {
    return userInfo().username !== ''
  } catch {
    return false
  }
}

/** Whether the runner can start the programs and enter the data folder. */
function works(runner: Runner, folder: Folder, binaries: Binaries): Promise<boolean> {
  const script = '"$1" --version && "$2" --version && cd "$3"'
  return run(runner, '/bin/sh', ['-c', script, 'sh', binaries.initdb, binaries.postgres, folder.dataDir]).then(
    ({ code }) => code === 0,
  )
}

/** The outermost folder above one of the paths that others may not enter. */
function closedFolder(paths: string[]): string {
  for (const path of paths) {
    const parents = path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/') || '/')
    const closed = parents.find((parent) => (statSync(parent).mode & 0o001) === 0)
    if (closed) return closed
  }
  return paths.join(' or ')
}

/** A locale that every system has, so that messages can be recognised; of the environment only what a program needs. */
const environment = { LC_ALL: 'C', LANG: 'C', TZ: 'UTC', PATH: process.env.PATH ?? '/usr/bin:/bin' }

function command(runner: Runner, program: string, args: readonly string[]) {
  const [file = program, ...rest] = [...runner.through, program, ...args]
  return { file, args: rest, options: { cwd: '/', env: environment, ...runner.become } }
}

const longRunMs = 120_000

/** Runs a program to its end. Never throws: a program that cannot be started has code -1 and the reason as output. */
export function run(
  runner: Runner,
  program: string,
  args: readonly string[],
): Promise<{ code: number; output: string }> {
  const { file, args: rest, options } = command(runner, program, args)
  return new Promise((resolve) => {
    execFile(file, rest, { ...options, timeout: longRunMs }, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : -1) : 0
      const reason = code === -1 ? `\n${error?.message ?? ''}` : ''
      resolve({ code, output: `${stdout}${stderr}${reason}` })
    })
  })
}

/** Starts a program that outlives this process, in a session of its own: Ctrl-C in a terminal reaches us and not it. */
export function launch(runner: Runner, program: string, args: readonly string[], logDescriptor: number): ChildProcess {
  const { file, args: rest, options } = command(runner, program, args)
  const child = spawn(file, rest, { ...options, detached: true, stdio: ['ignore', logDescriptor, logDescriptor] })
  child.unref()
  return child
}

/** Gives a folder and all in it to whom the runner runs as, where it is not theirs. Only root can; another's files are a SetupError. */
export function giveTo(runner: Runner, path: string): void {
  const { uid } = lstatSync(path)
  if (uid === runner.owner.uid) return
  if (process.getuid?.() !== 0) {
    throw new SetupError(
      `${path} belongs to another user (id ${uid}): start as that user, or take it over with \`sudo chown -R $(id -u) ${dirname(path)}\`.`,
    )
  }
  chownTree(path, runner.owner)
}

function chownTree(path: string, owner: Identity): void {
  if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) chownTree(join(path, name), owner)
  // The top last: whoever is interrupted here begins again.
  lchownSync(path, owner.uid, owner.gid)
}
