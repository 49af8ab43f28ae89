import { fork, type ChildProcess } from 'node:child_process'
import type { Cleanup } from '../cleanup.ts'
import { until } from '../cellar/processes.ts'
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
  const { port } = await messageOf<{ port: number }>(child)
  return {
    port,
    pid: child.pid ?? 0,
    async setPool(pool) {
      const changed = messageOf(child)
      child.send({ pool })
      await changed
    },
  }
}

function messageOf<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer)
      child.off('message', onMessage).off('exit', onExit)
    }
    const onMessage = (message: unknown) => {
      settle()
      resolve(message as T)
    }
    const onExit = () => {
      settle()
      reject(new Error('a baseline server ended, or does not answer'))
    }
    const timer = setTimeout(onExit, answerWithinMs)
    child.once('message', onMessage).once('exit', onExit)
  })
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await until(() => child.exitCode !== null || child.signalCode !== null, answerWithinMs)
}
