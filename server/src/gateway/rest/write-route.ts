import type { FastifyInstance } from 'fastify'
import type { Static, TSchema } from 'typebox'
import type { ProblemSlug } from '@cellarhand/protocol/problem'
import type { Command } from '../../stock/stock.ts'
import { described } from './openapi.ts'
import type { Services } from '../services.ts'
import { submit, WriteHeaders } from './write.ts'

/** A write that becomes one command. */
export interface WriteRoute<Body extends TSchema> {
  readonly path: string
  /** Groups it in the document. */
  readonly tag?: string
  readonly id: string
  readonly summary: string
  readonly description: string
  readonly body: Body
  readonly answers: Readonly<Record<number, TSchema>>
  readonly refusals: readonly ProblemSlug[]
  readonly commandOf: (body: Static<Body>) => Command
}

/** Makes the route of a write whose body says all of its command. */
export function postRoute<Body extends TSchema>(
  app: FastifyInstance,
  services: Services,
  route: WriteRoute<Body>,
): void {
  const { tag = 'stock', id, summary, description, body, answers, refusals } = route
  app.post<{ Body: Static<Body> }>(
    route.path,
    { schema: described(tag, summary, { id, description, headers: WriteHeaders, body, answers, refusals }) },
    (request, reply) => submit(services, request, reply, route.commandOf(request.body as Static<Body>)),
  )
}
