import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createCatalogue } from '../catalogue/catalogue.ts'
import { createFeed } from '../feed/feed.ts'
import { createGateway } from '../gateway/gateway.ts'
import { startNotifier } from '../log/log.ts'
import type { Config } from '../platform/config.ts'
import { systemIds } from '../platform/ids.ts'
import { createLogger, type Log } from '../platform/logger.ts'
import { sleep } from '../platform/loop.ts'
import { createPool } from '../platform/postgres/database.ts'
import { SetupError } from '../platform/setup-error.ts'
import { openReplica, systemTimers } from '../replica/replica.ts'
import { expireHolds, openStock, type Stock } from '../stock/stock.ts'
import { createMeasures, type Measures } from './metrics.ts'
import { openDatabase } from './open-database.ts'

export interface ServeOptions {
  /** Stock the starter cellar into an empty database. */
  readonly starter: boolean
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

/** A server that listens. */
export interface Serving {
  readonly url: string
  /** Resolves, in order and once, when all of it is closed. */
  readonly done: Promise<void>
  /** Resolves with a sentence if it cannot go on. */
  readonly givenUp: Promise<string>
}

/** Runs everything in one process: database, stock, replica, feed, gateway. Stops in order when `signal` aborts. */
export async function serve(config: Config, options: ServeOptions): Promise<Serving> {
  const log = createLogger(config)
  const database = await openDatabase(config, { say: options.say, shared: false })
  const closers: (() => Promise<unknown>)[] = [() => database.close()]
  const close = async () => {
    for (const step of closers.toReversed()) await step().catch((error: unknown) => log.error({ err: error }, 'closing'))
  }
  try {
    const url = await start(config, database.url, { ...options, log, closers })
    const done = new Promise<void>((resolve) => {
      options.signal.addEventListener('abort', () => void close().then(resolve), { once: true })
    })
    return { url, done, givenUp: database.givenUp }
  } catch (error) {
    await close()
    throw error
  }
}

interface Starting extends ServeOptions {
  readonly log: Log
  /** What to close, in the order it was opened. */
  readonly closers: (() => Promise<unknown>)[]
}

async function start(config: Config, url: string, { starter, say, log, closers }: Starting): Promise<string> {
  const stopping = new AbortController()
  const { signal } = stopping
  const pool = createPool(url, {
    applicationName: 'cellarhand reads',
    max: config.poolMax,
    onError: (error) => log.warn({ err: error }, 'a database connection was lost'),
  })
  closers.push(() => pool.end())
  const measures = createMeasures()
  const onError = (error: unknown) => log.warn({ err: error }, 'mended')
  const notifier = startNotifier(url, { signal, onError })
  const hints = { replica: () => {} }
  const stock = createStock(config, url, {
    log,
    measures,
    committed: () => {
      hints.replica()
      notifier.committed()
    },
  })
  const catalogue = createCatalogue(pool)
  void starter
  void say
  const replica = openReplica(url, { signal, onError })
  hints.replica = replica.hint
  await replica.ready
  const feed = createFeed(replica, systemTimers)
  measures.watch(replica, feed)
  const expiry = expireHolds(pool, stock, { signal, onError })
  const app = await createGateway({
    config,
    log,
    pool,
    stock,
    replica,
    feed,
    catalogue,
    metrics: measures.registry,
    pageFolder: pageFolder(),
  })
  closers.push(
    async () => {
      stopping.abort()
      await Promise.all([expiry, replica.done, notifier.done])
    },
    () => stock.close(),
    () => app.close(),
  )
  return listen(app, config)
}

function createStock(
  config: Config,
  url: string,
  { log, measures, committed }: { log: Log; measures: Measures; committed: () => void },
): Stock {
  return openStock(url, {
    nowMs: () => performance.now(),
    newId: systemIds.newId,
    sleep,
    limits: {
      maxCommands: config.batchMaxCommands,
      maxLines: config.batchMaxCommands,
      maxQueue: config.batchQueueMax,
      deadlineMs: config.commandDeadlineMs,
      holdLifeMaxS: config.holdLifeMaxS,
    },
    onCommitted: (done, commands) => {
      measures.committed(commands, done.effects.length)
      committed()
    },
    onTrouble: (error, what) => {
      measures.trouble(what)
      log.warn({ err: error, remedy: what }, 'a batch met trouble')
    },
  })
}

/** The page as it was built, beside this program. */
function pageFolder(): string | undefined {
  const folder = fileURLToPath(new URL('../../../web/dist/app', import.meta.url))
  return existsSync(folder) ? folder : undefined
}

async function listen(app: Awaited<ReturnType<typeof createGateway>>, config: Config): Promise<string> {
  try {
    return await app.listen({ host: config.host, port: config.port })
  } catch (error) {
    if ((error as { code?: string }).code === 'EADDRINUSE') {
      throw new SetupError(`Port ${config.port} is taken. Stop what has it, or take another: npm start -- --port ${config.port + 1}`)
    }
    throw error
  }
}
