import { fork, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { until } from '../cellar/processes.ts'
import type { Cleanup } from '../cleanup.ts'
import { BenchError } from '../options.ts'
import { messageOf } from '../baseline/asked.ts'
import type { Errands } from './reader.ts'

/** The process that reads, as its parent sees it. One thing is asked for at a time. */
export interface Clients extends Errands {
  readonly pid: number
}

/** Ten thousand lines take some seconds to open; a server that is far behind answers late. */
const answerWithinMs = 90_000
const endWithinMs = 10_000

/** Starts the process that reads: this same program, asked for its hidden part. */
export async function startClients(cleanup: Cleanup): Promise<Clients> {
  const child = fork(process.argv[1] ?? '', ['fanout-reader'], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  cleanup.add(() => stop(child))
  async function ask<T>(errand: keyof Errands, told: unknown): Promise<T> {
    const answered = messageOf<{ answer: T; error?: string }>(child, answerWithinMs, 'the process that reads')
    child.send({ errand, told })
    const { answer, error } = await answered
    if (error !== undefined) throw new BenchError(error)
    return answer
  }
  return {
    pid: child.pid ?? 0,
    open: (opening) => ask('open', opening),
    follow: (shares) => ask('follow', shares),
    count: (seconds) => ask('count', seconds),
    latency: (times) => ask('latency', times),
    close: (nothing) => ask('close', nothing),
  }
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await until(() => child.exitCode !== null || child.signalCode !== null, endWithinMs)
}

/** Files that a process has open beside its lines, with room. */
const otherFiles = 200

/** Throws where this system does not let a process have so many lines open, and says what to do. */
export function refuseTooMany(lines: number, limits = readLimits()): void {
  const found = /^Max open files\s+\d+\s+(\d+|unlimited)/m.exec(limits ?? '')
  // Node raises its own limit to the hard one, so that is the one that counts.
  const most = found === null || found[1] === 'unlimited' ? Infinity : Number(found[1])
  if (lines + otherFiles <= most) return
  throw new BenchError(
    `${lines.toLocaleString('en')} connections need ${(lines + otherFiles).toLocaleString('en')} open files a process, and here are ${most.toLocaleString('en')} at most: ` +
      `raise that (\`ulimit -Hn ${lines + otherFiles}\` as root, or nofile in /etc/security/limits.conf and log in again), or ask for fewer with --connections 100,1000.`,
  )
}

function readLimits(): string | undefined {
  try {
    return readFileSync('/proc/self/limits', 'utf8')
  } catch {
    return undefined
  }
}
