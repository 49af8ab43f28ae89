import type { RequestListener, Server } from 'node:http'
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance, type FastifyHttpOptions } from 'fastify'
import { clientAddress, trustOf } from '../platform/client-address.ts'
import { registerAccounts } from './accounts/accounts.ts'
import { isMeantBy, whosePageBy } from './origin.ts'
import { listed } from '../platform/setting-checks.ts'
import { registerAsyncApi } from './rest/asyncapi.ts'
import { registerDocs } from './rest/docs.ts'
import type { Doors, Services } from './services.ts'
import { graphqlPath, registerGraphql } from './graphql/graphql.ts'
import { upgradeToFeed, type Upgrades } from './rest/feed-route.ts'
import { knowCallers } from './rest/caller.ts'
import { registerApi } from './rest/api.ts'
import { compressAnswers } from './rest/compress.ts'
import { announceDeprecations } from './rest/deprecation.ts'
import { registerOpenApi } from './rest/openapi.ts'
import { answerOrigins } from './rest/origins.ts'
import { registerPage } from './rest/page.ts'
import { answerErrors } from './rest/problems.ts'
import { registerSocketIo, socketIoPath } from './rest/socket-io-route.ts'
import { answerBadAddress, answerClientError, letGoOfUnused, readBodies } from './rest/transport.ts'
import { createTlsServer, type Patience } from './tls-server.ts'

export { openKept } from './kept.ts'
export { guardOver } from './permit.ts'
export type { Doors } from './services.ts'
export { parseWineQuery } from './rest/wine-query.ts'
export { createOperations } from './stock-operations.ts'

/** A request's body: far above the largest there is (100 lines of 300 characters), far below what would hurt. */
const BODY_MAX = 1_048_576
/** A request has to be whole within 30 s, looking and closing included; who sends a byte a second does not keep a socket. */
const REQUEST_TIMEOUT_MS = 28_000
const HEADERS_TIMEOUT_MS = 20_000
/** Node looks for late requests every 30 s by default, which let one live for 60. */
const LATE_CHECK_EVERY_MS = 1_000
/** Longer than a load balancer's own idle time (usually 60 s), so that it is never us who close first. */
const KEEP_ALIVE_MS = 72_000
/** A path's parameters and the query: longer than any cursor or 500 SKU codes of the usual length. */
const PARAM_MAX = 200

const patience: Patience = {
  requestTimeout: REQUEST_TIMEOUT_MS,
  headersTimeout: HEADERS_TIMEOUT_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
  connectionsCheckingInterval: LATE_CHECK_EVERY_MS,
}

/** How it is to be spoken to: over TLS where there is a certificate. */
function serverOf({ tls }: Doors): FastifyHttpOptions<Server> {
  if (tls === undefined) return { ...patience, http: patience }
  // The second is what the framework tells an address by.
  const overTls = {
    serverFactory: (listener: RequestListener) => createTlsServer(listener, tls, patience),
    https: {},
  }
  return { ...patience, ...overTls }
}

/** The HTTP server over the doors of the modules: REST at /v1, the feed, the page, and what operators look at. Not listening yet. */
export async function createGateway(doors: Doors): Promise<FastifyInstance> {
  const { log, config } = doors
  const trust = trustOf({ ...config, trustedProxies: listed(config.trustedProxies) })
  // Where it listens is said to people already; what the framework says beyond that is for who asks for it.
  const loggerInstance: FastifyBaseLogger = log.level === 'info' ? log.child({}, { level: 'warn' }) : log
  const app = Fastify({
    loggerInstance,
    // A logger of its own for each request, with the checks for secrets made anew, took as much as reading its body.
    childLoggerFactory: (logger) => logger,
    // A line a request would cost more than the request.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: trust,
    bodyLimit: BODY_MAX,
    ...serverOf(doors),
    clientErrorHandler: answerClientError,
    frameworkErrors: answerBadAddress,
    routerOptions: { maxParamLength: PARAM_MAX },
    // A body is what it says, or it is refused: nothing is bent into shape, nothing quietly dropped.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, allErrors: false } },
    forceCloseConnections: 'idle',
  })
  const told = { isMeant: isMeantBy(config), whosePage: whosePageBy(config) }
  const services: Services = { ...doors, ...told, addressOf: (request) => clientAddress(request, trust) }
  answerOrigins(app, services)
  answerErrors(app, services)
  compressAnswers(app)
  readBodies(app)
  letGoOfUnused(app)
  await registerOpenApi(app)
  knowCallers(app, services)
  announceDeprecations(app)
  await app.register(async (routes) => registerApi(routes, services))
  const socketIo = await registerSocketIo(app, services)
  const graphql = registerGraphql(app, services)
  const upgrades: Upgrades = new Map([
    ...(socketIo ? [[socketIoPath, socketIo.upgrade.bind(socketIo)] as const] : []),
    ...(graphql ? [[graphqlPath, graphql.upgrade.bind(graphql)] as const] : []),
  ])
  upgradeToFeed(app, services, upgrades)
  registerAsyncApi(app, config)
  registerDocs(app, config)
  if (services.accounts) await registerAccounts(app, services.accounts, services)
  await registerPage(app, services)
  // A stream that stays open would keep close() waiting for ever.
  app.addHook('preClose', async () => services.feed.close())
  return app
}
