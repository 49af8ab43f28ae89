import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brand } from '@cellarhand/protocol/brand'
import type { Cleanup } from '../cleanup.ts'
import { BenchError } from '../options.ts'
import { freePort, isAlive, until } from './processes.ts'

/** The project's root folder, from here or from what is built of here. */
export const root = join(import.meta.dirname, '..', '..', '..')
export const program = join(root, 'server', 'dist', 'roles', 'main.js')

/** The built server, in a process of its own. */
export interface Gateway {
  readonly port: number
  readonly pid: number
  /** From the start of the process to the first ready answer. */
  readonly readyMs: number
  stop(): Promise<void>
}

/** The same with its embedded PostgreSQL. */
export interface Server extends Gateway {
  /** Of the embedded PostgreSQL: baselines use the same. */
  readonly databaseUrl: string
  readonly postgresPid: number
}

/** A million SKUs are read in some ten seconds; a machine much slower than that tells nothing. */
const readyWithinMs = 120_000
const stopWithinMs = 30_000
/** Of what a server printed, as much is shown when it fails. */
const tailChars = 4_000

/**
 * Starts the server on a data folder and waits until it is ready. Not in our process group: Ctrl-C reaches us, and we stop it in order.
 *
 * @param options.nodeArgs for Node itself, such as `--cpu-prof`
 * @param options.env further settings
 */
export async function startServer(
  dataDir: string,
  cleanup: Cleanup,
  options: { readonly nodeArgs?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Server> {
  const env = { [`${brand.envPrefix}DATA`]: dataDir, ...options.env }
  const gateway = await startProcess(env, options.nodeArgs ?? [], cleanup, () => killPostgres(dataDir))
  const { pid: postgresPid, port: postgresPort } = postmasterOf(dataDir)
  const password = readFileSync(join(dataDir, 'password'), 'utf8').trim()
  return {
    ...gateway,
    databaseUrl: `postgresql://${brand.name}:${password}@127.0.0.1:${postgresPort}/${brand.name}`,
    postgresPid,
  }
}

/** Starts one more server on a database that another one has. */
export function startGateway(
  databaseUrl: string,
  cleanup: Cleanup,
  env: Readonly<Record<string, string>> = {},
): Promise<Gateway> {
  return startProcess({ DATABASE_URL: databaseUrl, ...env }, [], cleanup, async () => {})
}

async function startProcess(
  env: Readonly<Record<string, string>>,
  nodeArgs: readonly string[],
  cleanup: Cleanup,
  afterwards: () => Promise<void>,
): Promise<Gateway> {
  if (!existsSync(program)) throw new BenchError('The server is not built: run `npm run build` first.')
  const port = await freePort()
  const startedMs = performance.now()
  const args = [...nodeArgs, program, 'serve', '--no-starter', '--port', String(port), '--log-level', 'warn']
  const child = spawn(process.execPath, args, {
    detached: true,
    cwd: root,
    // Nothing of this shell's settings: they would be measured along. Clients of a bench need nobody to see them off.
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      [`${brand.envPrefix}DRAIN_SECONDS`]: '0',
      [`${brand.envPrefix}AUTH`]: 'off',
      // All of its clients come from one address.
      [`${brand.envPrefix}FEED_CONNECTIONS_PER_ADDRESS_MAX`]: '20000',
      // Several run beside one another, and most benches ask none of them over gRPC.
      GRPC_PORT: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const tail = tailOf(child)
  const stop = cleanup.add(() => stopProcess(child).finally(afterwards))
  const ready = await until(() => child.exitCode !== null || isReady(port), readyWithinMs, 10)
  if (!ready || child.exitCode !== null) {
    await stop()
    throw new BenchError(`The server did not become ready. It said:\n${tail()}`)
  }
  return { port, pid: child.pid ?? 0, readyMs: performance.now() - startedMs, stop }
}

/** The last of what a process prints, as a function. Reading it also keeps its pipes from filling. */
export function tailOf(child: ChildProcess): () => string {
  let text = ''
  const add = (chunk: Buffer) => (text = (text + chunk.toString()).slice(-tailChars))
  child.stdout?.on('data', add)
  child.stderr?.on('data', add)
  return () => text
}

async function isReady(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(1_000) })
    await answer.arrayBuffer()
    return answer.ok
  } catch {
    return false
  }
}

function postmasterOf(dataDir: string): { pid: number; port: number } {
  const lines = readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')
  return { pid: Number(lines[0]), port: Number(lines[3]) }
}

/** In order; a server that does not stop is killed. */
async function stopProcess(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM')
  if (await until(() => child.exitCode !== null || child.signalCode !== null, stopWithinMs)) return
  child.kill('SIGKILL')
}

/** SIGQUIT ends PostgreSQL at once with all its processes; what it holds is thrown away anyway. */
export async function killPostgres(dataDir: string): Promise<void> {
  if (!existsSync(join(dataDir, 'postgres', 'postmaster.pid'))) return
  const { pid } = postmasterOf(dataDir)
  // The file may be older than whoever has the number now.
  const isOurs = () => isAlive(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(join(dataDir, 'postgres'))
  if (!existsSync(`/proc/${pid}/cmdline`) || !isOurs()) return
  process.kill(pid, 'SIGQUIT')
  await until(() => !isAlive(pid), stopWithinMs)
}
