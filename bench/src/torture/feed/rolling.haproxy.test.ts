import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { until } from '../../cellar/processes.ts'
import { openCellar, type Cellar } from '../cellar.ts'
import { createRandom } from '../random.ts'
import { createRecorder } from '../recorder.ts'
import { createNode, freePort, type ServerNode } from '../server-node.ts'
import { createFollower, type Follower } from './follower.ts'
import { fillCatalogue, skuName, skusAtFirst, wineName } from './goods.ts'
import { judge } from './judge-feed.ts'
import { transports } from './line.ts'
import { readBefore } from './seed.ts'
import type { Said } from './view.ts'
import { createWriters, priceAgain, stockUp } from './writers.ts'

const CLIENTS = 200
const DRAIN_SECONDS = 6
/** Who is told to go comes back within this (PROTOCOL.md: `reconnect`). */
const BACK_WITHIN_MS = 2_000

let cellar: Cellar
let balancer: Balancer
let door: ServerNode
const clients: Client[] = []
const violations: string[] = []

beforeAll(async () => {
  cellar = await openCellar({
    postgresUrl: inject('postgresUrl'),
    env: { CELLARHAND_DRAIN_SECONDS: String(DRAIN_SECONDS) },
  })
  await stockUp(cellar, createRecorder(), await fillCatalogue(cellar))
  balancer = await startBalancer(process.env['CELLARHAND_TEST_HAPROXY'] ?? 'haproxy', cellar.nodes)
  door = createNode('HAProxy', Number(new URL(balancer.url).port), () => ({}))
}, 120_000)

afterAll(async () => {
  for (const { follower } of clients) follower.stop()
  await balancer?.stop()
  await cellar?.close()
}, 60_000)

interface Client {
  readonly follower: Follower
  /** when it opened a line */
  readonly opened: number[]
  /** how its lines ended */
  readonly ended: number[]
}

function openClient(index: number, said: Said): Client {
  const opened: number[] = []
  const ended: number[] = []
  const random = createRandom(index)
  const sku = `sku:${skuName(index % skusAtFirst)}@web`
  const more = [[`wine:${wineName(index % 24)}@web`], ['channel:counter'], ['location:shop'], []]
  const follower = createFollower({
    name: `client ${index}`,
    transport: transports[index % transports.length] ?? 'sse',
    topics: [sku, `sku:${skuName(index % 5)}@web`, ...(more[index % more.length] ?? [])].filter(isFirst),
    where: () => balancer.url,
    random,
    haste: 1,
    said,
    blame: (what) => violations.push(what),
    onOpen: () => opened.push(performance.now()),
    onEnded: (code) => ended.push(code),
  })
  return { follower, opened, ended }
}

const isFirst = (topic: string, index: number, all: readonly string[]) => all.indexOf(topic) === index

function isWhole({ follower }: Client): boolean {
  const { kept } = follower.view
  return follower.topics().every((topic) => kept.has(topic) && kept.get(topic)?.staged === undefined)
}

async function sessionsOf({ url }: ServerNode): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  return Number(/^cellarhand_feed_sessions (\d+)$/m.exec(metrics)?.[1])
}

describe('HAProxy, as the docs set it up, before two servers', () => {
  test('spreads connections evenly, whatever their transport, and each is served', async () => {
    const said: Said = new Map()
    for (let index = 0; index < CLIENTS; index++) clients.push(openClient(index, said))
    expect(await until(() => clients.every(isWhole), 30_000)).toBe(true)
    // Who is between two polls is nowhere: it is looked at again until all are counted.
    const isEven = async () => {
      const spread = await Promise.all(cellar.nodes.map(sessionsOf))
      return Math.min(...spread) >= (CLIENTS / 2) * 0.9 && Math.max(...spread) <= (CLIENTS / 2) * 1.1
    }
    await expect.poll(isEven, { timeout: 10_000 }).toBe(true)
  }, 60_000)

  test('passes each frame on as it comes', async () => {
    const recorder = createRecorder()
    const { holds } = await createWriters(cellar, recorder, 1, 'at-once', () => door)
    expect(holds.length).toBeGreaterThan(0)
    // It is followed by many: the hold of it has to show everywhere within a second, and no stream is kept until it is full.
    const key = `${skuName(0)}@web`
    const rising = clients.filter(({ follower }) => follower.topics().includes(`sku:${key}`))
    const [held] = await cellar.query<{ held: number }>(
      'select sum(held)::int as held from stock.levels where sku = $1',
      [skuName(0)],
    )
    const isThere = ({ follower }: Client) => follower.view.values.get(key)?.text.includes(`"held":${held?.held}`)
    expect(await until(() => rising.every(isThere), 2_000)).toBe(true)
  })

  test('while both are stopped and started anew, one after the other, nobody misses a change, and nobody knocks twice', async () => {
    const before = await readBefore(cellar)
    const recorder = createRecorder()
    const writers = await createWriters(cellar, recorder, 2, 'rolling', () => door)
    const over = new AbortController()
    const writing = writers.run(over.signal)
    for (const node of cellar.nodes) {
      for (const { opened, ended } of clients) opened.length = ended.length = 0
      await sleep(500)
      const stoppedAt = performance.now()
      expect(await node.stop()).toBe(0)
      await sleep(BACK_WITHIN_MS)
      expectSpread(stoppedAt)
      await node.start()
      await until(async () => (await fetch(`${balancer.url}/readyz`)).ok, 5_000)
      // Two checks until it is up again.
      await sleep(1_500)
    }
    over.abort()
    await writing
    const followers = clients.map(({ follower }) => follower)
    expect([...(await judge(cellar, followers, before)), ...violations, ...recorder.faults]).toEqual([])
    await priceAgain(recorder, cellar, writers.withdrawn, 'rolling')
  }, 120_000)
})

/** Those who were sent away came back over all of the drain, none of them in vain more than once. */
function expectSpread(stoppedAt: number): void {
  const overMs = DRAIN_SECONDS * 1_000 + BACK_WITHIN_MS
  const tenths = Array.from({ length: 10 }, () => 0)
  for (const { opened, follower } of clients) {
    // Who polls opens a line for every answer.
    if (follower.transport === 'poll') continue
    for (const at of opened) {
      const tenth = Math.min(9, Math.floor(((at - stoppedAt) / overMs) * 10))
      tenths[tenth] = (tenths[tenth] ?? 0) + 1
    }
  }
  const all = tenths.reduce((sum, count) => sum + count, 0)
  expect(all).toBeGreaterThan(CLIENTS / 4)
  expect(tenths.filter((count) => count > (3 * all) / 10)).toEqual([])
  const refused = clients.map(({ ended }) => ended.filter((code) => code !== 200 && code < 1_000).length)
  const worst = clients.filter((_, index) => (refused[index] ?? 0) > 1)
  expect(worst.map(({ follower, ended }) => `${follower.name} ${follower.transport} ${String(ended)}`)).toEqual([])
}

/** HAProxy as the docs set it up, before two servers. */
interface Balancer {
  readonly url: string
  stop(): Promise<void>
}

const example = fileURLToPath(new URL('../../../../docs/haproxy.cfg', import.meta.url))
const UP_WITHIN_MS = 15_000

/** Starts HAProxy with the file of the docs, where only the addresses are others. */
async function startBalancer(program: string, [a, b]: readonly [ServerNode, ServerNode]): Promise<Balancer> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'cellarhand-haproxy-'))
  const file = join(folder, 'haproxy.cfg')
  const addresses = [
    ['bind :8080', `bind 127.0.0.1:${port}`],
    ['server a 127.0.0.1:7000', `server a ${new URL(a.url).host}`],
    ['server b 127.0.0.1:7001', `server b ${new URL(b.url).host}`],
  ] as const
  writeFileSync(file, addresses.reduce(replaceOnce, readFileSync(example, 'utf8')))
  const child = spawn(program, ['-db', '-f', file], { stdio: ['ignore', 'pipe', 'pipe'] })
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  const url = `http://127.0.0.1:${port}`
  const stop = async () => {
    await end(child)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await untilUp(url, child)
  } catch (error) {
    await stop()
    throw new Error(`HAProxy did not come up:\n${said.join('')}`, { cause: error })
  }
  return { url, stop }
}

function replaceOnce(text: string, [from, to]: readonly [string, string]): string {
  if (text.split(from).length !== 2) throw new Error(`the example has no line "${from}", or more than one`)
  return text.replace(from, to)
}

async function untilUp(url: string, child: ChildProcess): Promise<void> {
  const endsAt = performance.now() + UP_WITHIN_MS
  while (child.exitCode === null && performance.now() < endsAt) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined)
    if (answer?.ok) return
    await sleep(50)
  }
  throw new Error(`it ended with ${child.exitCode}`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
