import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import { brand } from '@cellarhand/protocol/brand'
import type { LogRoom } from '../log/log.ts'
import type { Log } from '../platform/logger.ts'
import { noRoom } from './rest/operations.ts'
import { problemOf } from './rest/problems.ts'

/** Nobody sends a body here. */
const BODY_MAX = 1_024
/** Who asks how a process is has said so within this time. */
const REQUEST_TIMEOUT_MS = 5_000

interface Door {
  readonly log: Log
  readonly metrics: Registry
  readonly readRoom: () => Promise<LogRoom>
}

/** HTTP of a process that decides on stock and nothing else: alive, ready, measured. Not listening yet. */
export function createOperations({ log, metrics, readRoom }: Door): FastifyInstance {
  const loggerInstance: FastifyBaseLogger = log.child({}, { level: 'warn' })
  const app = Fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
  })
  app.get('/healthz', async (_request, reply) => reply.header('cellarhand-name', brand.name).send({ status: 'ok' }))
  app.get('/metrics', async (_request, reply) =>
    reply.header('content-type', metrics.contentType).send(await metrics.metrics()),
  )
  app.get('/readyz', async (_request, reply) => {
    const trouble = await noRoom(readRoom)
    if (trouble === undefined) return reply.send({ status: 'ready' })
    return reply.code(503).header('retry-after', '1').type(problemType).send(problemOf('unavailable', trouble))
  })
  app.setNotFoundHandler((_request, reply) => {
    const detail = 'This process decides on stock, for gateways; here are /healthz, /readyz and /metrics.'
    return reply.code(404).type(problemType).send(problemOf('not-found', detail))
  })
  return app
}

const problemType = 'application/problem+json; charset=utf-8'
