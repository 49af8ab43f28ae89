import { readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { sleep } from '../loop.ts'
import { codeOf } from '../setup-error.ts'

/** Whether a process runs. One that has ended and waits for its parent to notice (a zombie) does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (codeOf(error) !== 'EPERM') return false
  }
  const state = processState(pid)
  return state !== 'Z' && state !== 'X'
}

/** The kernel's letter for a process's state, where the system has /proc. */
function processState(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3)
  } catch {
    return undefined
  }
}

/**
 * Whether the process `pid` is a PostgreSQL of the cluster in `clusterDir`. Process ids are used again, in containers within seconds, so the number
 * in `postmaster.pid` alone says nothing. PostgreSQL works inside its data directory, which is how it is recognised.
 */
export function isPostgresOf(pid: number, clusterDir: string): boolean {
  if (!isAlive(pid)) return false
  if (process.platform !== 'linux') return isNamedPostgres(pid)
  const inside = worksIn(pid, clusterDir)
  if (inside !== undefined) return inside
  // Not allowed to look: taking it for ours where it could be is the side on which no data is lost.
  try {
    const named = readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'postgres'
    return named && statSync(`/proc/${pid}`).uid === statSync(clusterDir).uid
  } catch {
    return false
  }
}

/** Whether a process's working directory is this one; undefined where that may not be seen. */
function worksIn(pid: number, directory: string): boolean | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(directory)
  } catch (error) {
    return codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM' ? undefined : false
  }
}

function isNamedPostgres(pid: number): boolean {
  try {
    return execFileSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' }).includes('postgres')
  } catch {
    return false
  }
}

/** The ids of all processes of the cluster in `clusterDir`, its orphaned backends too. Empty where the system has no /proc. */
export function processesOf(clusterDir: string): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && worksIn(pid, clusterDir) === true && isAlive(pid))
}

/** Sends a signal; false where the process is gone or may not be signalled. */
function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}

/** Waits until `condition` holds, looking every `everyMs`; false where `withinMs` passed first. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  options: { withinMs: number; everyMs?: number },
): Promise<boolean> {
  const endsAt = performance.now() + options.withinMs
  for (;;) {
    if (await condition()) return true
    if (performance.now() >= endsAt) return false
    await sleep(options.everyMs ?? 20)
  }
}

/** A checkpoint of 256 MB of dirty pages on a slow disk takes some seconds; an immediate stop only has to end processes. */
const fastStopMs = 20_000
const immediateStopMs = 5_000
const killMs = 5_000

/**
 * Stops a postmaster in order: fast (sessions are ended, all is written), immediate after a bound (the next start recovers), and kill
 * for one that answers to neither.
 *
 * @returns whether it ended
 */
export async function stopPostmaster(pid: number, clusterDir: string): Promise<boolean> {
  const gone = () => !isPostgresOf(pid, clusterDir)
  for (const [name, withinMs] of [
    ['SIGINT', fastStopMs],
    ['SIGQUIT', immediateStopMs],
    ['SIGKILL', killMs],
  ] as const) {
    if (gone() || !signal(pid, name)) return gone()
    if (await until(gone, { withinMs })) return true
  }
  return gone()
}

/** An orphan ends itself as soon as it sees that the postmaster is gone; one in a long statement sees it late, and one that is stopped never. */
const orphansEndMs = 3_000

/**
 * Waits for the backends that a killed postmaster left behind, and ends those that stay: their shared memory must be gone before
 * another postmaster may open the same files.
 */
export async function clearOrphans(clusterDir: string): Promise<void> {
  if (await until(() => processesOf(clusterDir).length === 0, { withinMs: orphansEndMs })) return
  for (const pid of processesOf(clusterDir)) signal(pid, 'SIGKILL')
  await until(() => processesOf(clusterDir).length === 0, { withinMs: killMs })
}
