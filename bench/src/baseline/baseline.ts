import { fork, type ChildProcess } from 'node:child_process'
import type { Cleanup } from '../cleanup.ts'
import { until } from '../cellar/processes.ts'
import { messageOf } from './asked.ts'
import type { BaselineKind } from './server.ts'

/** A baseline server, in a process of its own. */
export interface Baseline {
  readonly port: number
  readonly pid: number
  /** Takes as many database connections from now on. */
  setPool(size: number): Promise<void>
}

const answerWithinMs = 20_000

/** Starts a baseline: this same program, asked for its hidden part. */
export async function startBaseline(kind: BaselineKind, databaseUrl: string, cleanup: Cleanup): Promise<Baseline> {
  const child = fork(process.argv[1] ?? '', ['baseline', kind], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // Not on the command line, which everybody on the machine can read.
    env: { ...process.env, DATABASE_URL: databaseUrl },
  })
  cleanup.add(() => stop(child))
  const { port } = await messageOf<{ port: number }>(child, answerWithinMs, 'a baseline server')
  return {
    port,
    pid: child.pid ?? 0,
    async setPool(pool) {
      const changed = messageOf(child, answerWithinMs, 'a baseline server')
      child.send({ pool })
      await changed
    },
  }
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await until(() => child.exitCode !== null || child.signalCode !== null, answerWithinMs)
}
