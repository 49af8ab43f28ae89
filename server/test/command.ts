import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const program = fileURLToPath(new URL('../src/roles/main.ts', import.meta.url))

/** The command line as a process of its own, from source; it is killed with the test. */
export function runCommand(...args: string[]): {
  readonly child: ChildProcess
  readonly ended: Promise<number | null>
  /** all that it has said so far */
  said(): string
} {
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', program, ...args], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  onTestFinished(() => void child.kill('SIGKILL'))
  return { child, ended, said: () => said }
}
