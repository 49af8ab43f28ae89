import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect as dial } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../src/platform/postgres/postmaster.ts'

/** A redis-server of a test's own, to be killed, stopped and started again at the same port. */
export interface TestRedis {
  readonly port: number
  readonly url: string
  /** Its working folder, for files that it is told of. */
  readonly folder: string
  start(): Promise<void>
  /** SIGKILL; resolves when it is gone. */
  kill9(): Promise<void>
  /** SIGSTOP: it is there, and answers nothing. */
  pause(): void
  resume(): void
  /** Kills it and removes its folder. */
  stop(): Promise<void>
}

/** The program that tests start; these run only where it is named. */
function program(): string {
  const path = process.env.CELLARHAND_TEST_REDIS_SERVER
  if (!path) throw new Error('CELLARHAND_TEST_REDIS_SERVER has to name a redis-server or valkey-server')
  return path
}

const answersWithinMs = 10_000

/**
 * Starts a server on a free port of loopback, in a new folder, with nothing kept on disk.
 *
 * @param args more options of redis-server, told of its port and its folder
 */
export async function startRedis(
  args: (port: number, folder: string) => readonly string[] = (port) => ['--port', String(port)],
): Promise<TestRedis> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'cellarhand-redis-'))
  let child: ChildProcess | undefined
  const redis: TestRedis = {
    port,
    url: `redis://127.0.0.1:${port}`,
    folder,
    start: async () => {
      const common = ['--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no']
      child = spawn(program(), [...args(port, folder), ...common], { stdio: 'ignore' })
      await untilListening(port)
    },
    kill9: async () => {
      const killed = child
      child = undefined
      if (!killed || killed.exitCode !== null || killed.signalCode !== null) return
      const gone = once(killed, 'exit')
      killed.kill('SIGKILL')
      await gone
    },
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    stop: async () => {
      await redis.kill9()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await redis.start()
  return redis
}

async function untilListening(port: number): Promise<void> {
  const endsAt = performance.now() + answersWithinMs
  while (performance.now() < endsAt) {
    const socket = dial(port, '127.0.0.1')
    const isOpen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (isOpen) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`redis-server did not listen on port ${port} within ${answersWithinMs} ms`)
}

/** A certificate for 127.0.0.1 that signs itself, as files in a folder. */
export function makeCertificate(folder: string, name: string): { readonly cert: string; readonly key: string } {
  const [cert, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)]
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1']
  execFileSync('openssl', [...request, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  return { cert, key }
}

/** A Sentinel that watches one server under the name `cellar`. Its file is written here, since it writes to it. */
export async function startSentinel(watched: number): Promise<TestRedis> {
  return startRedis((port, folder) => {
    const file = join(folder, 'sentinel.conf')
    writeFileSync(
      file,
      `port ${port}\nsentinel monitor cellar 127.0.0.1 ${watched} 1\nsentinel down-after-milliseconds cellar 1000\nsentinel failover-timeout cellar 3000\n`,
    )
    return [file, '--sentinel']
  })
}
