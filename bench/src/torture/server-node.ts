import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { peakMib } from '../cellar/processes.ts'
import { send } from './request.ts'

/** The built server, as `npm start` runs it. */
const program = fileURLToPath(new URL('../../../server/dist/roles/main.js', import.meta.url))

/** A first start makes a database and recovers others: far above both, and short enough to tell that it hangs. */
const READY_WITHIN_MS = 60_000
const LOOK_EVERY_MS = 25
/** What is kept of a process's output, to be shown when something is wrong. */
const OUTPUT_CHARS = 20_000

/** A server process that can be killed and started again at the same address. */
export interface ServerNode {
  readonly name: string
  readonly url: string
  /** Its process id; undefined while it is down. */
  pid(): number | undefined
  /** Starts it and resolves when it is ready. Rejects with its last words when it ends before. */
  start(): Promise<void>
  /** Sends a signal to it, if it is up. */
  signal(name: NodeJS.Signals): void
  /** Kills it with SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
  /** Stops it in order; resolves with its exit code, null where it had to be killed after `withinMs`. */
  stop(withinMs?: number): Promise<number | null>
  /** The end of what it wrote. */
  output(): string
}

const running = new Set<ChildProcess>()
// Whatever ends this process, nothing of ours stays behind.
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')))

/** A server that is not started yet; `env` tells its environment variables, beside the port, at each start. */
export function createNode(name: string, port: number, env: () => Readonly<Record<string, string>>): ServerNode {
  const url = `http://127.0.0.1:${port}`
  let child: ChildProcess | undefined
  let output = ''
  const ended = async (process: ChildProcess) => {
    if (process.exitCode === null && process.signalCode === null) await once(process, 'exit')
  }
  return {
    name,
    url,
    pid: () => child?.pid,
    output: () => output,
    signal: (wanted) => void child?.kill(wanted),
    start: async () => {
      const started = launch({ PORT: String(port), LOG_LEVEL: 'warn', ...env() }, (text) => {
        output = `${output}${text}`.slice(-OUTPUT_CHARS)
      })
      child = started
      await untilReady(url, started, () => output)
    },
    kill: async () => {
      const killed = child
      child = undefined
      killed?.kill('SIGKILL')
      if (killed) await ended(killed)
    },
    stop: async (withinMs = 30_000) => {
      const stopped = child
      child = undefined
      if (!stopped) return 0
      stopped.kill('SIGTERM')
      const timer = setTimeout(() => stopped.kill('SIGKILL'), withinMs)
      await ended(stopped)
      clearTimeout(timer)
      return stopped.exitCode
    },
  }
}

function launch(env: Readonly<Record<string, string>>, onText: (text: string) => void): ChildProcess {
  const child = spawn(process.execPath, [program, 'serve', '--no-starter'], {
    // Nobody signs in to a torture.
    env: { PATH: process.env['PATH'] ?? '', CELLARHAND_AUTH: 'off', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  child.stdout.on('data', (chunk: Buffer) => onText(chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => onText(chunk.toString()))
  return child
}

async function untilReady(url: string, child: ChildProcess, output: () => string): Promise<void> {
  const endsAt = performance.now() + READY_WITHIN_MS
  while (performance.now() < endsAt) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`The server ended:\n${output()}`)
    const answer = await send(url, { method: 'GET', path: '/readyz' }, 2_000).catch(() => undefined)
    if (answer?.status === 200) return
    await sleep(LOOK_EVERY_MS)
  }
  throw new Error(`The server was not ready within ${READY_WITHIN_MS} ms:\n${output()}`)
}

/** A command that has ended. */
export interface Ended {
  readonly code: number | null
  readonly output: string
  /** The most memory it had at once, MiB; 0 where that cannot be told. */
  readonly peakMib: number
}

/** A process's memory is looked at this often: what it had at its peak it still says at the end. */
const MEMORY_EVERY_MS = 100

/** Runs a command of the built server to its end. */
export async function runCommand(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env['PATH'] ?? '', LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let output = ''
  let peak = 0
  const timer = setInterval(() => (peak = peakMib(child.pid ?? 0) ?? peak), MEMORY_EVERY_MS)
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await once(child, 'close')
  clearInterval(timer)
  running.delete(child)
  return { code: child.exitCode, output, peakMib: Math.round(peak) }
}

/** A port that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('a listening server has a port')
  return address.port
}
