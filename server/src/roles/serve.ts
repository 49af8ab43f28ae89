import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createCache, createCatalogue, createMarks, type Cache, type Marks } from '../catalogue/catalogue.ts'
import { createPaces, type Paces } from '../conduct/conduct.ts'
import { createElsewhere, createFeed, feedLimits, type Elsewhere, type Feed, type FeedOptions } from '../feed/feed.ts'
import { createGateway, guardOver, openKept, type Doors } from '../gateway/gateway.ts'
import { publicGrpc } from '../gateway/grpc/grpc.ts'
import { startNotifier, type Bus, type HintOptions, type Notifier } from '../log/log.ts'
import type { Config } from '../platform/config.ts'
import { systemClock, systemIds } from '../platform/ids.ts'
import { sleep } from '../platform/loop.ts'
import { createLogger, type Log } from '../platform/logger.ts'
import { createPool } from '../platform/postgres/database.ts'
import { SetupError } from '../platform/setup-error.ts'
import { loadPolicy, ownPolicyFiles } from '../policy/policy.ts'
import { openTls } from '../platform/tls.ts'
import { openReplica, systemTimers, type HeardOnBus, type Replica } from '../replica/replica.ts'
import { createReports } from '../report/report.ts'
import { stockStarterCellar } from '../starter/starter.ts'
import { putChannel, putLocation, putRecipe, type SalesPolicy, type Stock } from '../stock/stock.ts'
import { openConfiguredAccess, openLimits, programTokens } from './open-access.ts'
import { openConfiguredConduct, withPaces } from './open-conduct.ts'
import { finderOver } from './finder.ts'
import { createMeasures, type Measures } from './metrics.ts'
import { salesPolicyOf } from './sales-policy.ts'
import { openDatabase } from './open-database.ts'
import { openSharing, type Sharing } from './sharing.ts'
import { openStockElsewhere, requireStockUrl } from './stock-elsewhere.ts'
import { planGrpc } from './start-grpc.ts'
import { startExpiry, startRetention } from './tending.ts'
import { importDoors, openConfiguredStock } from './open-stock.ts'

/** The reason to abort with, where clients are to be sent away one after another before anything is closed. */
export const drainFirst = 'drain'

export interface ServeOptions {
  /** `gateway`: all but stock, which is another process at `STOCK_URL`. */
  readonly role?: 'gateway'
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

/** Runs everything in one process: database, stock, replica, feed, gateway; or all but stock. Stops in order when `signal` aborts. */
export async function serve(config: Config, options: ServeOptions): Promise<Serving> {
  const log = createLogger(config)
  const isGateway = options.role === 'gateway'
  if (isGateway) requireStockUrl(config)
  // A file with mistakes is told of before anything runs, not at the first sale.
  const policy = salesPolicyOf(await loadPolicy(ownPolicyFiles(config)), config)
  const database = await openDatabase(config, { say: options.say, shared: isGateway })
  if (database.weakness !== undefined) log.warn(database.weakness)
  const closers: (() => Promise<unknown>)[] = [() => database.close()]
  const close = async () => {
    for (const step of closers.toReversed())
      await step().catch((error: unknown) => log.error({ err: error }, 'closing'))
  }
  try {
    const listening = await start(config, database.url, { ...options, log, closers, policy })
    return { ...listening, done: aborted(options.signal).then(close), givenUp: database.givenUp }
  } catch (error) {
    await close()
    throw error
  }
}

/** Resolves when `signal` aborts, or at once if it has: somebody may stop a server that is still starting. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

interface Starting extends ServeOptions {
  readonly log: Log
  /** What to close, in the order it was opened. */
  readonly closers: (() => Promise<unknown>)[]
  readonly policy: SalesPolicy
}

async function start(
  config: Config,
  url: string,
  { role, starter, say, log, closers, policy, signal: stopping }: Starting,
): Promise<Omit<Serving, 'done' | 'givenUp'>> {
  const background = new AbortController()
  const { signal } = background
  const running: Promise<unknown>[] = []
  closers.push(() => {
    background.abort()
    return Promise.all(running)
  })
  const onError = (error: unknown) => log.warn({ err: error }, 'mended')
  const pool = createPool(url, { applicationName: 'cellarhand reads', max: config.poolMax, onError })
  closers.push(() => pool.end())
  if (role !== 'gateway') running.push((await startRetention(config, url, pool, { log, signal, onError })).ended)
  const measures = createMeasures()
  const self = systemIds.newId()
  const sharing = await openSharing(config, pool, { say, log, measures, self })
  closers.push(async () => sharing?.redis.close())
  const { replica, marks, paces, notifier } = openFollowing(url, { signal, onError, self }, { measures, sharing })
  running.push(replica.done, notifier.done)
  const stock =
    role === 'gateway'
      ? await openStockElsewhere(config, pool, log)
      : createStock(config, url, { log, measures, replica, notifier, policy, bus: sharing?.bus })
  closers.push(() => stock.close())
  const catalogue = createCatalogue(pool, cacheOf(marks, replica, measures, sharing))
  if (starter && role !== 'gateway') await fillStarter({ pool, stock, catalogue, say })
  await replica.ready
  const { access, accounts, done } = await openConfiguredAccess(config, pool, { signal, onError, say })
  running.push(done)
  closers.push(() => access.close())
  const limits = await openLimits(config, pool, sharing)
  closers.push(async () => limits.close())
  const conduct = await openConfiguredConduct(config, pool, { paces, signal, onError })
  running.push(conduct.done)
  measures.watchConduct(conduct)
  const asking = { finder: finderOver(catalogue, pool, replica), guard: guardOver(access) }
  const feed = feedOver(replica, config, { ...asking, onError, elsewhere: elsewhereOf(config, sharing) })
  measures.watch(replica, feed)
  if (role !== 'gateway') closers.push(startExpiry(pool, stock, onError))
  const tls = await openTls(config, { say, log, signal })
  const reports = createReports(pool, catalogue)
  const kept = { ...openKept({ pool, config }), metrics: measures.registry, accounts, limits, tls }
  const doors = { ...kept, config, log, access, conduct, pool, stock, replica, feed, catalogue, reports }
  return openWays(config, doors, { say, closers, stopping })
}

/** Opens the ways in, to be closed the other way round: streams of gRPC end with the feed. */
async function openWays(
  config: Config,
  doors: Omit<Doors, 'pageFolder'>,
  { say, closers, stopping }: Pick<Starting, 'say' | 'closers'> & { readonly stopping: AbortSignal },
): Promise<Omit<Serving, 'done' | 'givenUp'>> {
  const { tls, feed } = doors
  const app = await createGateway({ ...doors, pageFolder: pageFolder() })
  const grpc = planGrpc(config, publicGrpc(doors), { say, tls })
  closers.push(() => grpc.close())
  closers.push(() => app.close())
  closers.push(() => (stopping.reason === drainFirst ? drain(app, feed, config) : Promise.resolve()))
  const url = await listen(app, config)
  const token = programTokens(config, doors.pool)
  return { url, token, certificate: tls?.pair().cert, grpcPort: await grpc.listen() }
}

interface Following {
  readonly replica: Replica
  /** what the replica's rows have touched */
  readonly marks: Marks
  /** when what was gone came back */
  readonly paces: Paces
  readonly notifier: Notifier
}

/** What follows the log, and what tells others that it has grown. */
function openFollowing(
  url: string,
  hints: HintOptions,
  { measures, sharing }: { measures: Measures; sharing: Sharing | undefined },
): Following {
  const marks = createMarks()
  const paces = createPaces(systemClock.nowMs)
  const onHeard = (what: HeardOnBus) => measures.heard(what)
  const replica = openReplica(url, { ...hints, bus: sharing?.bus, onHeard, watcher: withPaces(marks, paces) })
  return { replica, marks, paces, notifier: startNotifier(url, hints) }
}

/** What searches and wines are shown from: as long as the log has not touched them, and until the next delivery that is known of. */
function cacheOf(marks: Marks, replica: Replica, measures: Measures, sharing: Sharing | undefined): Cache {
  const cache = createCache({
    marks,
    // Of a clock that is set back, what is kept would live longer.
    nowMs: () => performance.timeOrigin + performance.now(),
    sleep,
    nextChangeMs: (nowMs) => replica.nextDeliveryMs(nowMs),
    shared: sharing && { store: sharing.redis, seal: sharing.seal },
    onRead: (read) => measures.cacheRead(read),
  })
  measures.watchCache(cache)
  return cache
}

function feedOver(
  replica: Replica,
  config: Config,
  doors: Pick<FeedOptions, 'finder' | 'guard' | 'onError' | 'elsewhere'>,
): Feed {
  return createFeed(replica, {
    timers: systemTimers,
    random: Math.random,
    ...doors,
    limits: feedLimits,
    sessionsMax: config.feedConnectionsMax,
    perAddressMax: config.feedConnectionsPerAddressMax,
  })
}

/** Who counts an address' connections elsewhere. A limit as high as that of a whole process is none: behind a proxy, all processes together would else take no more than one. */
function elsewhereOf(config: Config, sharing: Sharing | undefined): Elsewhere | undefined {
  if (!sharing || config.feedConnectionsPerAddressMax >= config.feedConnectionsMax) return undefined
  return createElsewhere(sharing.redis, sharing.seal, { self: sharing.self, timers: systemTimers })
}

/** Takes no new connections, and serves whoever is here until it has gone. */
async function drain(app: Awaited<ReturnType<typeof createGateway>>, feed: Feed, config: Config): Promise<void> {
  app.server.close()
  await feed.drain(config.drainSeconds * 1_000)
}

interface StockListeners {
  readonly log: Log
  readonly measures: Measures
  readonly replica: Replica
  readonly notifier: Notifier
  readonly policy: SalesPolicy
  readonly bus: Bus | undefined
}

/** Stock whose commits the replicas here and elsewhere are told of at once. */
function createStock(config: Config, url: string, listeners: StockListeners): Stock {
  const { log, measures, replica, notifier, policy, bus } = listeners
  return openConfiguredStock(config, url, policy, {
    onCommitted: (commands, effects, row) => {
      measures.committed(commands, effects)
      if (!row) return
      bus?.tell(row)
      replica.committed(row)
      notifier.committed(row.position)
    },
    onTrouble: (error, what) => {
      measures.trouble(what)
      log.warn({ err: error, remedy: what }, 'a batch met trouble')
    },
  })
}

/** The starter cellar, the first time. */
export async function fillStarter({
  pool,
  stock,
  catalogue,
  say,
}: Pick<Doors, 'pool' | 'stock' | 'catalogue'> & { say: (line: string) => void }): Promise<void> {
  const beganMs = performance.now()
  const stocked = await stockStarterCellar({
    pool,
    stock,
    catalogue,
    ...importDoors(pool),
    putLocation: (location) => putLocation(pool, location),
    putChannel: (channel) => putChannel(pool, channel),
    putRecipe: (recipe) => putRecipe(pool, recipe),
  })
  if (stocked.kind === 'already') return
  const seconds = ((performance.now() - beganMs) / 1000).toFixed(1)
  say(`Stocked the starter cellar: ${stocked.skus} SKUs, ${stocked.counts} levels (${seconds} s).`)
}

/** The page as it was built, beside this program. */
function pageFolder(): string | undefined {
  const folder = fileURLToPath(new URL('../../../web/dist/app', import.meta.url))
  return existsSync(folder) ? folder : undefined
}

export async function listen(
  app: Pick<Awaited<ReturnType<typeof createGateway>>, 'listen'>,
  config: Config,
): Promise<string> {
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
