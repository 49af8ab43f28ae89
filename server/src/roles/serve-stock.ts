import { createCatalogue } from '../catalogue/catalogue.ts'
import { createOperations } from '../gateway/gateway.ts'
import { readLogRoom, startNotifier } from '../log/log.ts'
import type { Config } from '../platform/config.ts'
import { serveGrpc, type GrpcServer } from '../platform/grpc/server.ts'
import { SetupError } from '../platform/setup-error.ts'
import { openTls, type Tls } from '../platform/tls.ts'
import { DOOR_MESSAGE_MAX, stockDoorService } from '../remote-stock/remote-stock.ts'
import type { Stock } from '../stock/stock.ts'
import { openConfiguredAccess, programTokens } from './open-access.ts'
import { fillStarter, openStockTelling } from './open-stock.ts'
import { listen, serveOn, type Base, type Listening, type ServeOptions, type Serving } from './serving.ts'
import { stockDoorSecret } from './stock-elsewhere.ts'
import { startExpiry } from './tending.ts'

/** Runs stock alone, for gateways in other processes: decisions, expiry, retention. Over HTTP it says how it is, and nothing else. */
export async function serveStock(config: Config, options: ServeOptions): Promise<Serving> {
  if (config.grpcPort === 0) throw new SetupError('serve stock is asked over gRPC: give it a port, --grpc-port 7001.')
  return serveOn(config, { ...options, isWithoutStock: false }, start)
}

async function start(base: Base): Promise<Listening> {
  const { config, url, pool, log, onError, say, measures, self, background: signal, running, closers } = base
  const notifier = startNotifier(url, { signal, onError, self })
  running.push(notifier.done)
  const stock = openStockTelling(base, { notifier })
  closers.push(() => stock.close())
  if (base.starter) await fillStarter({ pool, stock, catalogue: createCatalogue(pool), say })
  closers.push(startExpiry(pool, stock, onError))
  const tls = await openTls(config, { say, log, signal })
  const grpc = await openDoor(base, stock, tls)
  closers.push(() => grpc.close())
  const { access, done } = await openConfiguredAccess(config, pool, { signal, onError })
  running.push(done)
  closers.push(() => access.close())
  const app = createOperations({ log, access, metrics: measures.registry, readRoom: () => readLogRoom(pool) })
  closers.push(() => app.close())
  const token = programTokens(config, pool)
  return { url: await listen(app, config), token, certificate: tls?.pair().cert, grpcPort: grpc.port }
}

/** The way in for gateways, behind the secret that is in the database. */
async function openDoor({ config, pool, log }: Base, stock: Stock, tls: Tls | undefined): Promise<GrpcServer> {
  const secret = await stockDoorSecret(pool)
  const onFault = (error: unknown) => log.error({ err: error }, 'a command failed')
  return serveGrpc([stockDoorService({ stock, secret, onFault })], {
    host: config.host,
    port: config.grpcPort,
    messageMax: DOOR_MESSAGE_MAX,
    tls,
  })
}
