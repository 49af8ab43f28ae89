import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { clientAddress, trustOf } from '../platform/client-address.ts'
import { whosePageBy } from './origin.ts'
import { listed } from '../platform/setting-checks.ts'
import { serverOf } from './listening.ts'
import { registerAsyncApi } from './rest/asyncapi.ts'
import { registerDocs } from './rest/docs.ts'
import { createCarts } from './carts.ts'
import type { Doors, Services } from './services.ts'
import { createWhereabouts } from './where.ts'
import { upgradeToFeed } from './rest/feed-route.ts'
import { knowCallers } from './rest/caller.ts'
import { registerApi } from './rest/api.ts'
import { compressAnswers } from './rest/compress.ts'
import { secureHeaders } from './rest/headers.ts'
import { registerOpenApi } from './rest/openapi.ts'
import { answerOrigins } from './rest/origins.ts'
import { registerPage } from './rest/page.ts'
import { answerErrors } from './rest/problems.ts'
import { registerSocketIo } from './rest/socket-io-route.ts'
import { answerBadAddress, answerClientError, letGoOfUnused, readBodies } from './rest/transport.ts'

export { guardOver } from './permit.ts'
export type { Doors } from './services.ts'
export { parseWineQuery } from './rest/wine-query.ts'
export { createOperations } from './stock-operations.ts'

/** What all ways in remember together: whose things are, and how much somebody holds. */
export function keepFor(doors: Pick<Doors, 'pool' | 'config'>): Pick<Doors, 'whereabouts' | 'carts'> {
  return { whereabouts: createWhereabouts(), carts: createCarts(doors, Date.now) }
}

/** A request's body: far above the largest there is (100 lines of 300 characters), far below what would hurt. */
const BODY_MAX = 1_048_576
/** A path's parameters and the query: longer than any cursor or 500 SKU codes of the usual length. */
const PARAM_MAX = 200

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
  const services: Services = {
    ...doors,
    whosePage: whosePageBy(config),
    addressOf: (request) => clientAddress(request, trust),
  }
  answerErrors(app, services)
  secureHeaders(app, config)
  answerOrigins(app, services)
  compressAnswers(app)
  readBodies(app)
  letGoOfUnused(app)
  await registerOpenApi(app)
  knowCallers(app, services)
  await app.register(async (routes) => registerApi(routes, services))
  upgradeToFeed(app, services, await registerSocketIo(app, services))
  registerAsyncApi(app, config)
  registerDocs(app, config)
  await registerPage(app, services)
  // A stream that stays open would keep close() waiting for ever.
  app.addHook('preClose', async () => services.feed.close())
  return app
}
