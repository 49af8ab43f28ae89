import type pg from 'pg'
import type { FastifyInstance } from 'fastify'
import type { Config } from '../platform/config.ts'
import { systemIds } from '../platform/ids.ts'
import { createLogger, type Log } from '../platform/logger.ts'
import { createPool } from '../platform/postgres/database.ts'
import { SetupError } from '../platform/setup-error.ts'
import { loadPolicy, ownPolicyFiles } from '../policy/policy.ts'
import type { SalesPolicy } from '../stock/stock.ts'
import { createMeasures, type Measures } from './metrics.ts'
import { openDatabase, type OpenDatabase } from './open-database.ts'
import { salesPolicyOf } from './sales-policy.ts'
import { openSharing, type Sharing } from './sharing.ts'
import { startRetention } from './tending.ts'

export interface ServeOptions {
  /** Stock the starter cellar into an empty database. */
  readonly starter: boolean
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

/** A server that listens. */
export interface Serving {
  readonly url: string
  /** what it proves itself with over TLS (PEM) */
  readonly certificate: string | undefined
  /** undefined: gRPC is not served */
  readonly grpcPort: number | undefined
  /** A token to ask it with as a service; undefined where it does not matter who asks. */
  readonly token: () => Promise<string | undefined>
  /** Resolves, in order and once, when all of it is closed. */
  readonly done: Promise<void>
  /** Resolves with a sentence if it cannot go on. */
  readonly givenUp: Promise<string>
}

/** A server that listens, beside what becomes of it. */
export type Listening = Omit<Serving, 'done' | 'givenUp'>

/** What every server stands on, whatever it serves. */
export interface Base extends Omit<ServeOptions, 'signal'> {
  readonly config: Config
  /** of the database, as whoever may read and write its rows */
  readonly url: string
  readonly pool: pg.Pool
  readonly log: Log
  readonly onError: (error: unknown) => void
  readonly policy: SalesPolicy
  readonly measures: Measures
  /** undefined: there is no Redis */
  readonly sharing: Sharing | undefined
  /** a name of this process, of its own */
  readonly self: string
  /** Ends what goes on beside requests, when all that was opened after it is closed. */
  readonly background: AbortSignal
  /** What goes on until then. */
  readonly running: Promise<unknown>[]
  /** What to close, in the order it was opened. */
  readonly closers: (() => Promise<unknown>)[]
  /** Aborts when the server is to stop. */
  readonly stopping: AbortSignal
}

/** Runs a server on a database that is up and at this release's schema, and stops it in order when `signal` aborts. Beside one that decides on stock, the database may be its. */
export async function serveOn(
  config: Config,
  options: ServeOptions & { readonly isWithoutStock: boolean },
  start: (base: Base) => Promise<Listening>,
): Promise<Serving> {
  const { say, signal, isWithoutStock } = options
  const log = createLogger(config)
  // A file with mistakes is told of before anything runs, not at the first sale.
  const policy = salesPolicyOf(await loadPolicy(ownPolicyFiles(config)), config)
  const database = await openDatabase(config, { say, shared: isWithoutStock })
  const { weakness, givenUp } = database
  if (weakness !== undefined) log.warn(weakness)
  const closers: Base['closers'] = [() => database.close()]
  const close = async () => {
    for (const step of closers.toReversed())
      await step().catch((error: unknown) => log.error({ err: error }, 'closing'))
  }
  try {
    const listening = await start(await openBase(config, options, { database, log, policy, closers }))
    return { ...listening, done: aborted(signal).then(close), givenUp }
  } catch (error) {
    await close()
    throw error
  }
}

/** Opens what reads, counts and shares, and keeps up the partitions where stock is decided on. */
async function openBase(
  config: Config,
  { starter, say, signal: stopping, isWithoutStock }: ServeOptions & { readonly isWithoutStock: boolean },
  { database, log, policy, closers }: Pick<Base, 'log' | 'policy' | 'closers'> & { readonly database: OpenDatabase },
): Promise<Base> {
  const { url: ownerUrl, workUrl: url } = database
  const ending = new AbortController()
  const background = ending.signal
  const running: Promise<unknown>[] = []
  closers.push(() => {
    ending.abort()
    return Promise.all(running)
  })
  const onError = (error: unknown) => log.warn({ err: error }, 'mended')
  const pool = createPool(url, { applicationName: 'cellarhand reads', max: config.poolMax, onError })
  closers.push(() => pool.end())
  if (!isWithoutStock)
    running.push((await startRetention(config, ownerUrl, { log, signal: background, onError })).ended)
  const measures = createMeasures()
  const self = systemIds.newId()
  const sharing = await openSharing(config, pool, { say, log, measures, self })
  closers.push(async () => sharing?.redis.close())
  const opened = { config, url, pool, log, onError, policy, measures, sharing, self }
  return { ...opened, starter, say, background, running, closers, stopping }
}

/** Resolves when `signal` aborts, or at once if it has: somebody may stop a server that is still starting. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** Listens where the settings say, and answers under which address. */
export async function listen(app: Pick<FastifyInstance, 'listen'>, config: Config): Promise<string> {
  try {
    return await app.listen({ host: config.host, port: config.port })
  } catch (error) {
    if ((error as { code?: string }).code === 'EADDRINUSE') {
      throw new SetupError(
        `Port ${config.port} is taken. Stop what has it, or take another: npm start -- --port ${config.port + 100}`,
      )
    }
    throw error
  }
}
