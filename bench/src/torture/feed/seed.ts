import { setTimeout as sleep } from 'node:timers/promises'
import { changeChannels, type Cellar } from '../cellar.ts'
import { createRandom } from '../random.ts'
import { createRecorder } from '../recorder.ts'
import type { ServerNode } from '../server-node.ts'
import { createFollower, type Follower } from './follower.ts'
import { judge } from './judge-feed.ts'
import type { Row } from './replay.ts'
import { scheduleOf, type ClientAct, type ProcessAct, type RedisAct, type Schedule } from './schedule.ts'
import type { Said } from './view.ts'
import { openWay, type Way } from './way.ts'
import { createWriters, priceAgain } from './writers.ts'

/** What a seed found. */
export interface SeedReport {
  readonly schedule: Schedule
  /** what is not as it has to be, a sentence each */
  readonly violations: readonly string[]
  readonly changes: number
  readonly lines: number
  /** from the end of what was done until every client had all of it */
  readonly quietMs: number
}

/** What may be put in the way of Redis, where there is one. */
export interface RedisFaults {
  meddle(act: RedisAct): void
  calm(): void
}

export interface SeedOptions {
  readonly seed: number
  /** Which one of the run: what it writes is named after it. */
  readonly turn: number
  readonly audit: boolean
  readonly redis?: RedisFaults | undefined
}

/** What clients wait before they come back, as a part of what PROTOCOL.md says. */
const HASTE = 0.1
const STOPPED_MS = 1_000
/** PostgreSQL is back within a second or two. */
const STARTED_WITHIN_MS = 20_000
const START_AGAIN_MS = 250
const FLOOD_PAUSE_MS = 20
/** Of what is wrong with one seed, so much is kept: mostly it is one thing many times. */
const VIOLATIONS_MOST = 40

/** Runs one schedule, waits until it is quiet, and judges. */
export async function runSeed(cellar: Cellar, options: SeedOptions): Promise<SeedReport> {
  const { seed, turn, audit, redis } = options
  const schedule = scheduleOf(seed, { audit, redis: redis !== undefined })
  const violations: string[] = []
  const blame = (what: string) => void (violations.length < VIOLATIONS_MOST && violations.push(what))
  const recorder = createRecorder()
  const name = `s${seed}t${turn}`
  const writers = await createWriters(cellar, recorder, seed, name)
  const before = await readBefore(cellar)
  const clients = await openClients(cellar, schedule, { holds: writers.holds, blame })
  let quietMs = Number.NaN
  try {
    const over = new AbortController()
    const writing = writers.run(over.signal).catch((error: unknown) => blame(String(error)))
    await play(cellar, schedule, { clients, holds: writers.holds, redis }).catch((error: unknown) =>
      blame(`it did not come back: ${String(error)}`),
    )
    over.abort()
    await writing
    for (const { way } of clients) way.calm()
    redis?.calm()
    const quietAt = performance.now()
    const found = await judge(
      cellar,
      clients.map(({ follower }) => follower),
      before,
    )
    quietMs = performance.now() - quietAt
    ;[...found, ...recorder.faults].forEach(blame)
  } finally {
    for (const { follower } of clients) follower.stop()
    await Promise.all(clients.map(({ way }) => way.close()))
  }
  await priceAgain(recorder, cellar, writers.withdrawn, name)
  const lines = clients.reduce((sum, { follower }) => sum + follower.lines(), 0)
  return { schedule, violations, changes: recorder.settled.size, lines, quietMs }
}

/** What is true before anything happens. */
export interface Before {
  readonly position: number
  /** what is offered, as `sku@channel` */
  readonly priced: readonly string[]
  /** The log's rows from there on. */
  rows(): Promise<Row[]>
}

export async function readBefore(cellar: Cellar): Promise<Before> {
  const [head] = await cellar.query<{ position: number }>('select log.head()::int as position')
  const position = head?.position ?? 0
  const priced = await cellar.query<{ name: string }>(`select sku || '@' || channel as name from stock.prices`)
  const sql = 'select position::int as position, changes from log.log where position > $1 order by position'
  return { position, priced: priced.map(({ name }) => name), rows: () => cellar.query<Row>(sql, [position]) }
}

interface Opening {
  readonly holds: readonly string[]
  readonly blame: (what: string) => void
}

/** A client and its way to the servers. */
interface Client {
  readonly follower: Follower
  readonly way: Way
}

function openClients(cellar: Cellar, schedule: Schedule, { holds, blame }: Opening): Promise<Client[]> {
  const said: Said = new Map()
  const random = createRandom(schedule.seed * 31 + 7)
  return Promise.all(
    schedule.clients.map(async ({ transport, topics }, index) => {
      const way = await openWay(cellar.nodes[0].url)
      const where = () => {
        way.aim(random.pick(cellar.nodes).url)
        return way.url
      }
      const named = topics.map((topic) => nameOf(topic, holds))
      const name = `client ${index}`
      return {
        way,
        follower: createFollower({ name, transport, topics: named, where, random, haste: HASTE, said, blame }),
      }
    }),
  )
}

/** A schedule names holds by their number, since they are made when it is played. */
function nameOf(topic: string, holds: readonly string[]): string {
  const number = /^hold:(\d+)$/.exec(topic)?.[1]
  return number === undefined ? topic : `hold:${holds[Number(number) % Math.max(1, holds.length)]}`
}

interface Playing {
  readonly clients: readonly Client[]
  readonly holds: readonly string[]
  readonly redis: RedisFaults | undefined
}

/** Does what the schedule says when it says so; resolves when it is over and every process is up. */
async function play(cellar: Cellar, { steps, lastsMs }: Schedule, { clients, holds, redis }: Playing): Promise<void> {
  const beganMs = performance.now()
  const until = (atMs: number) => sleep(Math.max(0, beganMs + atMs - performance.now()))
  const processes: Promise<void>[] = []
  const busy = new Map<string, Promise<void>>()
  for (const step of steps) {
    await until(step.atMs)
    if ('flood' in step)
      processes.push(
        flood(
          cellar,
          step.flood.flatMap((index) => clients[index] ?? []),
        ),
      )
    else if ('redis' in step) redis?.meddle(step.redis)
    else if ('process' in step) {
      // The same process twice: the second act comes when it is back.
      const whom = 'node' in step.process ? String(step.process.node) : 'postgres'
      const act = (busy.get(whom) ?? Promise.resolve()).then(() => actOnProcess(cellar, step.process))
      act.catch(() => {})
      busy.set(whom, act)
      processes.push(act)
    } else {
      const client = clients[step.client]
      if (client) actOnClient(client, step.act, (topic) => nameOf(topic, holds))
    }
  }
  await until(lastsMs)
  await Promise.all(processes)
}

function actOnClient({ follower, way }: Client, act: ClientAct, topicOf: (topic: string) => string): void {
  switch (act.what) {
    case 'drop':
      return way.drop()
    case 'forsake':
      way.forsake()
      return follower.giveUp()
    case 'repeat':
      return way.repeat()
    case 'stall':
      way.stall()
      setTimeout(() => way.goOn(), act.forMs)
      return
    case 'rest':
      return follower.rest(act.forMs)
    case 'cut':
      return way.cutAfter(act.bytes)
    case 'slice':
      return way.slice(act.bytes)
    case 'follow':
      return follower.follow(topicOf(act.topic))
    default:
      return follower.leave(topicOf(act.topic))
  }
}

async function actOnProcess(cellar: Cellar, act: ProcessAct): Promise<void> {
  if (act.what === 'postgres') return restartPostgres(cellar)
  const node = cellar.nodes[act.node]
  switch (act.what) {
    case 'kill':
      await node.kill()
      return startAgain(node)
    case 'drain': {
      const code = await node.stop()
      if (code !== 0) throw new Error(`${node.name} was to stop in order, and ended with ${code}: ${node.output()}`)
      return startAgain(node)
    }
    default:
      node.signal('SIGSTOP')
      await sleep(STOPPED_MS)
      node.signal('SIGCONT')
  }
}

/** A server that finds no database says so and ends: whoever runs it starts it again, and so does this. */
async function startAgain(node: ServerNode): Promise<void> {
  const endsAt = performance.now() + STARTED_WITHIN_MS
  for (;;) {
    try {
      return await node.start()
    } catch (error) {
      if (performance.now() > endsAt) throw error
      await sleep(START_AGAIN_MS)
    }
  }
}

/**
 * A line that nobody reads takes 4 MB before the server feels it: each change of all channels is some 60 KB for who follows one, and they come as quickly as they
 * are committed.
 */
const FLOOD_CHANGES = 90

async function flood(cellar: Cellar, clients: readonly Client[]): Promise<void> {
  for (const { follower, way } of clients) {
    follower.follow('channel:web')
    follower.follow('channel:counter')
    way.stall()
  }
  for (let change = 0; change < FLOOD_CHANGES; change++) {
    // Where the database is away, the flood is smaller.
    await changeChannels(cellar.databaseUrl(), 2 + (change % 9)).catch(() => sleep(FLOOD_PAUSE_MS))
  }
  for (const { way } of clients) way.goOn()
}

/** Ends it as `pg_ctl stop -m immediate` does; who runs it starts it again. */
async function restartPostgres(cellar: Cellar): Promise<void> {
  cellar.killPostgres('SIGQUIT')
  await cellar.query('select 1')
}
