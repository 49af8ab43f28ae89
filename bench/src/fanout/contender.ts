import { fork } from 'node:child_process'
import pg from 'pg'
import { messageOf } from '../baseline/asked.ts'
import { until } from '../cellar/processes.ts'
import { startGateway, type Gateway, type Server } from '../cellar/server.ts'
import type { Cleanup } from '../cleanup.ts'
import { createChanges } from './changes.ts'
import type { BaselineErrand } from './servers/run.ts'
import type { Range } from './share.ts'
import type { BroadcastKind, ServerKind } from './speech.ts'
import type { Times } from './tally.ts'

/** A server whose values change, and who follows them. */
export interface Contender {
  readonly kind: ServerKind
  /** Clients are spread over them. */
  readonly ports: readonly number[]
  /** Of those whose processor time and memory are counted. */
  readonly pids: readonly number[]
  /** SKUs of a range begin to change, one after another. */
  start(range: Range, perSecond: number): Promise<void>
  rest(): Promise<void>
  /** When each value since the last start was made; of Cellarhand, when its transaction took its time: a moment before the commit. */
  times(): Promise<Times>
  stop(): Promise<void>
}

/** Where stock changes: a server with its database, which no client of the feed is connected to. */
export interface Source {
  readonly databaseUrl: string
  start(range: Range, perSecond: number): Promise<void>
  rest(): Promise<void>
  times(): Promise<Times>
}

const answerWithinMs = 60_000
const endWithinMs = 10_000

/** Changes made at a server, and when the log says that they were. */
export async function openSource(server: Pick<Server, 'port' | 'databaseUrl'>, cleanup: Cleanup): Promise<Source> {
  const database = new pg.Client({ connectionString: server.databaseUrl, application_name: 'bench fanout' })
  database.on('error', () => {})
  await database.connect()
  cleanup.add(() => database.end().catch(() => {}))
  const changes = createChanges(server.port)
  let from = 0
  return {
    databaseUrl: server.databaseUrl,
    async start(range, perSecond) {
      from = await headOf(database)
      changes.start(range, perSecond)
    },
    rest: () => changes.rest(),
    times: () => readTimes(database, from),
  }
}

async function headOf(database: pg.Client): Promise<number> {
  const { rows } = await database.query<{ head: number }>('select log.head()::float8 as head')
  return rows[0]?.head ?? 0
}

/** The log is gapless, so that the place of a time among the others is its position. */
async function readTimes(database: pg.Client, from: number): Promise<Times> {
  const { rows } = await database.query<{ at: number }>(
    'select extract(epoch from at)::float8 * 1000 as at from log.log where position > $1 order by position',
    [from],
  )
  return { first: from + 1, atMs: rows.map(({ at }) => at) }
}

/** A server that follows the log of the source's database. */
export async function startCellarhand(source: Source, cleanup: Cleanup): Promise<Contender> {
  return cellarhandOf(source, [await startGateway(source.databaseUrl, cleanup)])
}

/** Servers that are there, as one. */
export function cellarhandOf(source: Source, gateways: readonly Gateway[]): Contender {
  return {
    ...source,
    kind: 'cellarhand',
    ports: gateways.map(({ port }) => port),
    pids: gateways.map(({ pid }) => pid),
    async stop() {
      for (const gateway of gateways.toReversed()) await gateway.stop()
    },
  }
}

/**
 * Starts a baseline: this same program, asked for its hidden part. It makes its values itself; the source's change beside them all the same, so that everyone
 * has the same machine.
 */
export async function startBroadcast(kind: BroadcastKind, source: Source, cleanup: Cleanup): Promise<Contender> {
  const child = fork(process.argv[1] ?? '', ['fanout-server', kind], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const stop = cleanup.add(async () => {
    child.kill('SIGKILL')
    await until(() => child.exitCode !== null || child.signalCode !== null, endWithinMs)
  })
  async function ask<T>(errand: BaselineErrand): Promise<T> {
    const answered = messageOf<T>(child, answerWithinMs, kind)
    child.send(errand)
    return answered
  }
  const { port } = await messageOf<{ port: number }>(child, answerWithinMs, kind)
  return {
    kind,
    ports: [port],
    pids: [child.pid ?? 0],
    async start(range, perSecond) {
      await source.start(range, perSecond)
      await ask({ errand: 'start', range, perSecond })
    },
    async rest() {
      await ask({ errand: 'rest' })
      await source.rest()
    },
    times: () => ask({ errand: 'times' }),
    stop,
  }
}
