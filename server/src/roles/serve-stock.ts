import { createCatalogue } from '../catalogue/catalogue.ts'
import { createOperations } from '../gateway/gateway.ts'
import { readLogRoom, startNotifier, type Bus, type Notifier } from '../log/log.ts'
import type { Config } from '../platform/config.ts'
import { serveGrpc } from '../platform/grpc/server.ts'
import { systemIds } from '../platform/ids.ts'
import { createLogger, type Log } from '../platform/logger.ts'
import { createPool } from '../platform/postgres/database.ts'
import { SetupError } from '../platform/setup-error.ts'
import { loadPolicy, ownPolicyFiles } from '../policy/policy.ts'
import { DOOR_MESSAGE_MAX, stockDoorService } from '../remote-stock/remote-stock.ts'
import type { SalesPolicy, Stock } from '../stock/stock.ts'
import { createMeasures, type Measures } from './metrics.ts'
import { openConfiguredAccess, programTokens } from './open-access.ts'
import { openDatabase, type OpenDatabase } from './open-database.ts'
import { openConfiguredStock } from './open-stock.ts'
import { openTls } from '../platform/tls.ts'
import { salesPolicyOf } from './sales-policy.ts'
import { aborted, fillStarter, listen, type ServeOptions, type Serving } from './serve.ts'
import { openSharing } from './sharing.ts'
import { stockDoorSecret } from './stock-elsewhere.ts'
import { startExpiry, startRetention } from './tending.ts'

type Closers = (() => Promise<unknown>)[]

/** Runs stock alone, for gateways in other processes: decisions, expiry, retention. Over HTTP it says how it is, and nothing else. */
export async function serveStock(config: Config, options: ServeOptions): Promise<Serving> {
  if (config.grpcPort === 0) throw new SetupError('serve stock is asked over gRPC: give it a port, --grpc-port 7001.')
  const log = createLogger(config)
  const policy = salesPolicyOf(await loadPolicy(ownPolicyFiles(config)), config)
  const database = await openDatabase(config, { say: options.say, shared: false })
  const closers: Closers = [() => database.close()]
  const close = async () => {
    for (const step of closers.toReversed())
      await step().catch((error: unknown) => log.error({ err: error }, 'closing'))
  }
  try {
    const listening = await start(config, database, { ...options, log, closers, policy })
    return { ...listening, done: aborted(options.signal).then(close), givenUp: database.givenUp }
  } catch (error) {
    await close()
    throw error
  }
}

interface Starting extends ServeOptions {
  readonly log: Log
  /** What to close, in the order it was opened. */
  readonly closers: Closers
  readonly policy: SalesPolicy
}

async function start(
  config: Config,
  { url: ownerUrl, workUrl: url }: OpenDatabase,
  { starter, say, log, closers, policy }: Starting,
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
  running.push((await startRetention(config, ownerUrl, { log, signal, onError })).ended)
  const measures = createMeasures()
  const self = systemIds.newId()
  const sharing = await openSharing(config, pool, { say, log, measures, self })
  closers.push(async () => sharing?.redis.close())
  const notifier = startNotifier(url, { signal, onError, self })
  running.push(notifier.done)
  const stock = openStockAlone(config, url, { log, policy, measures, notifier, bus: sharing?.bus })
  closers.push(() => stock.close())
  if (starter) await fillStarter({ pool, stock, catalogue: createCatalogue(pool), say })
  closers.push(startExpiry(pool, stock, onError))
  const secret = await stockDoorSecret(pool)
  const onFault = (error: unknown) => log.error({ err: error }, 'a command failed')
  const tls = await openTls(config, { say, log, signal })
  const grpc = await serveGrpc([stockDoorService({ stock, secret, onFault })], {
    host: config.host,
    port: config.grpcPort,
    messageMax: DOOR_MESSAGE_MAX,
    tls,
  })
  closers.push(() => grpc.close())
  const { access, done } = await openConfiguredAccess(config, pool, { signal, onError })
  running.push(done)
  closers.push(() => access.close())
  const app = createOperations({ log, access, metrics: measures.registry, readRoom: () => readLogRoom(pool) })
  closers.push(() => app.close())
  const token = programTokens(config, pool)
  return { url: await listen(app, config), token, certificate: tls?.pair().cert, grpcPort: grpc.port }
}

interface StockListeners {
  readonly log: Log
  readonly policy: SalesPolicy
  readonly measures: Measures
  readonly notifier: Notifier
  readonly bus: Bus | undefined
}

/** Stock whose commits the replicas of gateways are told of. */
function openStockAlone(config: Config, url: string, listeners: StockListeners): Stock {
  const { log, policy, measures, notifier, bus } = listeners
  return openConfiguredStock(config, url, policy, {
    onCommitted(commands, effects, row) {
      measures.committed(commands, effects)
      if (!row) return
      bus?.tell(row)
      notifier.committed(row.position)
    },
    onTrouble(error, what) {
      measures.trouble(what)
      log.warn({ err: error, remedy: what }, 'a batch met trouble')
    },
  })
}
