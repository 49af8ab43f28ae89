import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { registerAccounts } from './accounts/accounts.ts'
import { registerAsyncApi } from './rest/asyncapi.ts'
import { registerDocs } from './rest/docs.ts'
import { createCarts } from './carts.ts'
import { isOwnOrigin } from './origin.ts'
import type { Doors, Services } from './services.ts'
import { createWhereabouts } from './where.ts'
import { baseOf } from './rest/base.ts'
import { upgradeToFeed } from './rest/feed-route.ts'
import { knowCallers } from './rest/caller.ts'
import { registerApi } from './rest/api.ts'
import { registerOpenApi } from './rest/openapi.ts'
import { registerPage } from './rest/page.ts'
import { answerErrors } from './rest/problems.ts'
import { registerSocketIo } from './rest/socket-io-route.ts'
import { answerBadAddress, answerClientError, letGoOfUnused, readBodies } from './rest/transport.ts'

export { guardOver } from './permit.ts'
export type { Doors } from './services.ts'
export { parseWineQuery } from './rest/wine-query.ts'

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

/** The HTTP server over the doors of the modules: REST at /v1, the feed, the page, and what operators look at. Not listening yet. */
export async function createGateway(doors: Doors): Promise<FastifyInstance> {
  const { log } = doors
  // Where it listens is said to people already; what the framework says beyond that is for who asks for it.
  const loggerInstance: FastifyBaseLogger = log.level === 'info' ? log.child({}, { level: 'warn' }) : log
  const app = Fastify({
    loggerInstance,
    // A logger of its own for each request, with the checks for secrets made anew, took as much as reading its body.
    childLoggerFactory: (logger) => logger,
    // A line a request would cost more than the request.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: LATE_CHECK_EVERY_MS },
    clientErrorHandler: answerClientError,
    frameworkErrors: answerBadAddress,
    keepAliveTimeout: KEEP_ALIVE_MS,
    routerOptions: { maxParamLength: PARAM_MAX },
    // A body is what it says, or it is refused: nothing is bent into shape, nothing quietly dropped.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, allErrors: false } },
    forceCloseConnections: 'idle',
  })
  const origins = { own: () => baseOf(app), allowed: new Set<string>() }
  const services: Services = {
    ...doors,
    whereabouts: createWhereabouts(),
    carts: createCarts(doors, Date.now),
    isOwnOrigin: (request) => isOwnOrigin(origins, request),
  }
  answerErrors(app, services)
  readBodies(app)
  letGoOfUnused(app)
  await registerOpenApi(app)
  knowCallers(app, services)
  await app.register(async (routes) => registerApi(routes, services))
  upgradeToFeed(app, services, await registerSocketIo(app, services))
  registerAsyncApi(app)
  registerDocs(app)
  if (services.accounts) await registerAccounts(app, services.accounts, services.limits)
  await registerPage(app, services)
  // A stream that stays open would keep close() waiting for ever.
  app.addHook('preClose', async () => services.feed.close())
  return app
}
