import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { brand } from '@cellarhand/protocol/brand'
import { until } from '../../cellar/processes.ts'
import { createRandom, type Random } from '../random.ts'
import { freePort } from '../server-node.ts'
import { createReader, request } from './resp.ts'
import type { RedisAct } from './schedule.ts'
import type { RedisFaults } from './seed.ts'
import { openWay, type Way } from './way.ts'

/** A Redis between the gateways that cannot be relied on: what they reach it by breaks, and somebody repeats what was said on it. */
export interface Redis extends RedisFaults {
  /** What gateways are told: not the server itself, but the way to it. */
  readonly env: Readonly<Record<string, string>>
  close(): Promise<void>
}

const STALLED_MS = 700
/** A row of a list of prices is some 10 KB. */
const CUT_MOST_BYTES = 20_000
/** Of what was heard, so much is kept to be said again. */
const HEARD_MOST = 400
const LIES = 40

/** One that is named in the environment, or a server of our own where the system has the program; undefined where there is none. */
export async function openRedis(): Promise<Redis | undefined> {
  const named = process.env[`${brand.envPrefix}REDIS_URL`]
  const server = named === undefined ? await startServer() : undefined
  const url = named ?? server?.url
  if (url === undefined) return undefined
  const way = await openWay(url)
  const liar = openLiar(new URL(url))
  const through = new URL(url)
  through.hostname = '127.0.0.1'
  through.port = new URL(way.url).port
  const random = createRandom(1)
  return {
    env: { REDIS_URL: through.toString() },
    meddle: (act) => meddle(act, way, liar, random),
    calm: () => way.calm(),
    close: async () => {
      liar.close()
      await way.close()
      await server?.stop()
    },
  }
}

function meddle({ what }: RedisAct, way: Way, liar: Liar, random: Random): void {
  switch (what) {
    case 'redis-drop':
      return way.drop()
    case 'redis-stall':
      way.stall()
      setTimeout(() => way.goOn(), STALLED_MS)
      return
    case 'redis-cut':
      return way.cutAfter(random.below(CUT_MOST_BYTES))
    default:
      return liar.lie(random)
  }
}

/** The programs that are one, in the order they are looked for. */
const programs = ['redis-server', 'valkey-server']

async function startServer(): Promise<{ url: string; stop: () => Promise<void> } | undefined> {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const program = programs
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((file) => existsSync(file))
  if (program === undefined) return undefined
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), `${brand.name}-torture-redis-`))
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const child = spawn(program, args, { stdio: 'ignore' })
  const killLeft = () => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', killLeft)
  const stop = async () => {
    process.off('exit', killLeft)
    await end(child)
    rmSync(folder, { recursive: true, force: true })
  }
  if (await until(() => answers(port), 10_000)) return { url: `redis://127.0.0.1:${port}`, stop }
  await stop()
  throw new Error(`${program} did not come up`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.write(request(['PING'])))
    socket.once('data', (data: Buffer) => {
      resolve(data.toString().startsWith('+PONG'))
      socket.destroy()
    })
  })
}

/** Somebody who may write to Redis: it says again what it has heard, out of order, and makes things up. */
interface Liar {
  lie(random: Random): void
  close(): void
}

function openLiar(url: URL): Liar {
  const heard: [channel: string, text: string][] = []
  const listening = lineTo(url)
  const saying = lineTo(url)
  const own = new Set<string>()
  const read = createReader((parts) => {
    const [kind, , channel = '', text = ''] = parts
    // What it says itself comes back to it.
    if (kind !== 'pmessage' || own.has(text)) return
    heard.push([channel, text])
    if (heard.length > HEARD_MOST) heard.shift()
  })
  listening.on('data', read)
  listening.write(request(['PSUBSCRIBE', '*']))
  saying.resume()
  const say = (channel: string, text: string) => void saying.write(request(['PUBLISH', channel, text]))
  return {
    lie(random) {
      own.clear()
      for (let count = 0; count < LIES && heard.length > 0; count++) {
        const [channel, text] = heard[random.below(heard.length)] as [string, string]
        const at = random.below(text.length)
        const said = [text, text, text.slice(0, at), `${text.slice(0, at)}7${text.slice(at + 1)}`, 'nonsense'][
          random.below(5)
        ]
        own.add(said ?? '')
        say(channel, said ?? '')
      }
    },
    close: () => {
      listening.destroy()
      saying.destroy()
    },
  }
}

function lineTo({ hostname, port, username, password }: URL): Socket {
  const socket = connect(Number(port || 6379), hostname).on('error', () => {})
  if (password !== '') socket.write(request(['AUTH', ...(username === '' ? [] : [username]), password]))
  return socket
}
