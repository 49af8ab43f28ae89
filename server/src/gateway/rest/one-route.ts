import type { FastifyInstance } from 'fastify'
import { Type, type Static, type TSchema } from 'typebox'
import type pg from 'pg'
import { Uuid } from '@cellarhand/protocol/primitives'
import { readShown, type Reading } from '../shown.ts'
import { described } from './openapi.ts'
import { sendProblem } from './problems.ts'
import { ReadQuery, reached } from './read.ts'
import type { Services } from '../services.ts'

export const OfOne = Type.Object({ id: Uuid })

/** A read of one thing, by its id. */
export interface OneRoute {
  /** Ends in `:id`. */
  readonly path: string
  readonly tag: string
  readonly id: string
  readonly summary: string
  readonly description: string
  /** What a person calls it. */
  readonly noun: string
  readonly schema: TSchema
  readonly read: (pool: pg.Pool, id: string) => Reading
}

/** Makes the route of a read of one thing, as it is now. */
export function oneRoute(app: FastifyInstance, services: Services, route: OneRoute): void {
  const { path, tag, id: operation, summary, description, noun, schema, read } = route
  app.get<{ Params: Static<typeof OfOne>; Querystring: Static<typeof ReadQuery> }>(
    path,
    {
      schema: described(tag, summary, {
        id: operation,
        description,
        params: OfOne,
        query: ReadQuery,
        answers: { 200: schema },
        refusals: ['not-found'],
      }),
    },
    async (request, reply) => {
      if (!(await reached(services, request, reply))) return reply
      const { id } = request.params
      const { value, position } = await readShown(services, request.caller, operation, read(services.pool, id))
      reply.header('cellarhand-position', position)
      return value ? reply.send(value) : sendProblem(reply, 'not-found', `There is no ${noun} ${id}.`)
    },
  )
}
