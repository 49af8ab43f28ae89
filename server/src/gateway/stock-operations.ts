import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance, type FastifyRequest } from 'fastify'
import type { Registry } from 'prom-client'
import { brand } from '@cellarhand/protocol/brand'
import { isRefused, type Access } from '../access/access.ts'
import type { LogRoom } from '../log/log.ts'
import type { Log } from '../platform/logger.ts'
import { noRoom } from './rest/operations.ts'
import { allow } from './allow.ts'
import { isDenied, type Denied } from './denied.ts'
import { credentialsOf } from './permit.ts'
import { sendProblem } from './rest/problems.ts'

/** Nobody sends a body here. */
const BODY_MAX = 1_024
/** Who asks how a process is has said so within this time. */
const REQUEST_TIMEOUT_MS = 5_000

interface Door {
  readonly log: Log
  readonly access: Access
  readonly metrics: Registry
  readonly readRoom: () => Promise<LogRoom>
}

/** HTTP of a process that decides on stock and nothing else: alive, ready, measured. Not listening yet. */
export function createOperations({ log, access, metrics, readRoom }: Door): FastifyInstance {
  const loggerInstance: FastifyBaseLogger = log.child({}, { level: 'warn' })
  const app = Fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
  })
  // Answers here stand at no position.
  app.decorate('positionNow', () => undefined)
  app.get('/healthz', async (_request, reply) => reply.header('cellarhand-name', brand.name).send({ status: 'ok' }))
  app.get('/metrics', async (request, reply) => {
    const denied = await deniedMetrics(access, request)
    if (denied) return sendProblem(reply, denied.denied, denied.detail)
    return reply.header('content-type', metrics.contentType).send(await metrics.metrics())
  })
  app.get('/readyz', async (_request, reply) => {
    const trouble = await noRoom(readRoom)
    if (trouble === undefined) return reply.send({ status: 'ready' })
    return sendProblem(reply.header('retry-after', '1'), 'unavailable', trouble)
  })
  app.setNotFoundHandler((_request, reply) => {
    const detail = 'This process decides on stock, for gateways; here are /healthz, /readyz and /metrics.'
    return sendProblem(reply, 'not-found', detail)
  })
  return app
}

async function deniedMetrics(access: Access, request: FastifyRequest): Promise<Denied | undefined> {
  const shown = await access.callerOf(credentialsOf(request))
  if (isRefused(shown)) return { denied: 'unauthenticated', detail: shown.refused }
  const allowed = allow(shown, 'getMetrics')
  return isDenied(allowed) ? allowed : undefined
}
