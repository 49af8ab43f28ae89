import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { brand } from '@cellarhand/protocol/brand'
import { Position } from '@cellarhand/protocol/primitives'
import { readLogRoom, type LogRoom } from '../../log/log.ts'
import { described } from './openapi.ts'
import { sendProblem } from './problems.ts'
import { readHeaders } from './read.ts'
import type { Services } from '../services.ts'

/** A replica that has not seen the head of the log for this long shows stale counts: not ready. */
const LAG_MAX_MS = 10_000

/** For who runs it: alive, ready, measured. */
export function registerOperations(app: FastifyInstance, services: Services): void {
  app.get(
    '/healthz',
    {
      schema: described('operations', 'The process lives', {
        id: 'getHealth',
        description: 'Looks at nothing else: a process whose database is away lives.',
        answers: { 200: Type.Object({ status: Type.Literal('ok') }) },
      }),
    },
    async (_request, reply) => reply.header('cellarhand-name', brand.name).send({ status: 'ok' }),
  )
  app.get(
    '/readyz',
    {
      schema: described('operations', 'It can serve', {
        id: 'getReadiness',
        description: 'The replica is built and keeps up, the database answers, and the log has room.',
        answers: { 200: Type.Object({ status: Type.Literal('ready'), position: Position }) },
        refusals: ['unavailable'],
      }),
    },
    async (_request, reply) => {
      const trouble = await notReady(services)
      if (trouble) return sendProblem(reply.header('retry-after', '1'), 'unavailable', trouble)
      return reply.send({ status: 'ready', position: readHeaders(services, reply) })
    },
  )
  app.get(
    '/metrics',
    {
      schema: described('operations', 'Measurements, as Prometheus reads them', {
        id: 'getMetrics',
        description: 'Batches, effects, what was mended, how far behind the replica is, and who follows the feed.',
        media: 'text/plain',
        answers: { 200: Type.String() },
      }),
    },
    async (_request, reply) =>
      reply.header('content-type', services.metrics.contentType).send(await services.metrics.metrics()),
  )
}

/** Why this process should get no requests now; undefined when it should. */
async function notReady({ replica, pool }: Services): Promise<string | undefined> {
  if (!replica.isReady()) return 'The replica is still being built.'
  const lagMs = replica.lagMs()
  if (lagMs === undefined || lagMs > LAG_MAX_MS) return `The log was last followed ${lagMs ?? 'never'} ms ago.`
  return noRoom(() => readLogRoom(pool))
}

/** Why nothing can be written now; undefined where it can. */
export async function noRoom(readRoom: () => Promise<LogRoom>): Promise<string | undefined> {
  try {
    const { ahead, positions } = await readRoom()
    if (ahead > 0) return undefined
    return `The log has no partition ready ahead, and room for ${positions} positions: after them no write can be taken.`
  } catch (error) {
    return `The database does not answer: ${error instanceof Error ? error.message : 'unknown'}`
  }
}
