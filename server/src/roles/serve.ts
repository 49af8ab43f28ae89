import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createCache, createCatalogue, createMarks, type Cache, type Marks } from '../catalogue/catalogue.ts'
import { createPaces, type Paces } from '../conduct/conduct.ts'
import { createElsewhere, createFeed, feedLimits, type Elsewhere, type Feed, type FeedOptions } from '../feed/feed.ts'
import { createGateway, guardOver, openKept, type Doors } from '../gateway/gateway.ts'
import { publicGrpc } from '../gateway/grpc/grpc.ts'
import { startNotifier, type Notifier } from '../log/log.ts'
import type { Config } from '../platform/config.ts'
import { systemClock } from '../platform/ids.ts'
import { sleep } from '../platform/loop.ts'
import { openTls } from '../platform/tls.ts'
import { openReplica, systemTimers, type HeardOnBus, type Replica } from '../replica/replica.ts'
import { createReports } from '../report/report.ts'
import { openConfiguredAccess, openLimits, programTokens } from './open-access.ts'
import { openConfiguredConduct, withPaces } from './open-conduct.ts'
import { finderOver } from './finder.ts'
import type { Measures } from './metrics.ts'
import { listen, serveOn, type Base, type Listening, type ServeOptions, type Serving } from './serving.ts'
import type { Sharing } from './sharing.ts'
import { openStockElsewhere, requireStockUrl } from './stock-elsewhere.ts'
import { planGrpc } from './start-grpc.ts'
import { drainFirst } from './stopping.ts'
import { startExpiry } from './tending.ts'
import { fillStarter, openStockTelling } from './open-stock.ts'

/** Runs everything in one process: database, stock, replica, feed, gateway; or as `gateway` all but stock, which is another process at `STOCK_URL`. */
export async function serve(config: Config, options: ServeOptions & { readonly role?: 'gateway' }): Promise<Serving> {
  const isGateway = options.role === 'gateway'
  if (isGateway) requireStockUrl(config)
  return serveOn(config, { ...options, isWithoutStock: isGateway }, (base) => start(base, isGateway))
}

async function start(base: Base, isGateway: boolean): Promise<Listening> {
  const { config, pool, log, onError, say, measures, sharing, background: signal, running, closers } = base
  const { replica, marks, paces, notifier } = openFollowing(base)
  running.push(replica.done, notifier.done)
  const stock = isGateway ? await openStockElsewhere(config, pool, log) : openStockTelling(base, { notifier, replica })
  closers.push(() => stock.close())
  const catalogue = createCatalogue(pool, cacheOf(marks, replica, measures, sharing))
  if (base.starter && !isGateway) await fillStarter({ pool, stock, catalogue, say })
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
  if (!isGateway) closers.push(startExpiry(pool, stock, onError))
  const tls = await openTls(config, { say, log, signal })
  const reports = createReports(pool, catalogue)
  const kept = { ...openKept({ pool, config }), metrics: measures.registry, accounts, limits, tls }
  const doors = { ...kept, config, log, access, conduct, pool, stock, replica, feed, catalogue, reports }
  return openWays(base, doors)
}

/** Opens the ways in, to be closed the other way round: streams of gRPC end with the feed. */
async function openWays(
  { config, say, closers, stopping }: Base,
  doors: Omit<Doors, 'pageFolder'>,
): Promise<Listening> {
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
function openFollowing({ url, measures, sharing, self, onError, background: signal }: Base): Following {
  const hints = { signal, onError, self }
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
    perPersonMax: config.feedConnectionsPerUserMax,
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

/** The page as it was built, beside this program. */
function pageFolder(): string | undefined {
  const folder = fileURLToPath(new URL('../../../web/dist/app', import.meta.url))
  return existsSync(folder) ? folder : undefined
}
