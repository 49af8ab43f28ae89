import type { FastifyInstance } from 'fastify'
import type { TSchema } from 'typebox'
import type { ProblemSlug } from '@cellarhand/protocol/problem'
import { bodyOf, type IntentName } from '../commands.ts'
import { OfOne } from './one-route.ts'
import { described } from './openapi.ts'
import type { Services } from '../services.ts'
import { submitAsked, WriteHeaders } from './write.ts'

/** A write whose request says all of its command. */
export interface WriteRoute {
  /** `POST` as a rule */
  readonly method?: 'PATCH' | 'DELETE'
  /** with `:id`, where it is about one thing */
  readonly path: string
  /** Groups it in the document. */
  readonly tag?: string
  readonly id: IntentName
  readonly summary: string
  readonly description: string
  /** Its body may be left out; or it has none. */
  readonly sent?: 'maybe' | 'nothing'
  readonly answers: Readonly<Record<number, TSchema>>
  readonly refusals: readonly ProblemSlug[]
}

/** Makes the route of a write: what its body and its path say is what is asked. */
export function writeRoute(app: FastifyInstance, services: Services, route: WriteRoute): void {
  const { method = 'POST', path, tag = 'stock', id, summary, description, sent, answers, refusals } = route
  app.route({
    method,
    url: path,
    schema: described(tag, summary, {
      id,
      description,
      headers: WriteHeaders,
      ...(path.includes(':id') ? { params: OfOne } : {}),
      ...bodyFor(id, sent),
      answers,
      refusals,
    }),
    handler: (request, reply) => {
      const { body, params } = request as { readonly body?: object | null; readonly params: object }
      return submitAsked(services, request, reply, sent === 'nothing' ? params : { ...body, ...params })
    },
  })
}

function bodyFor(id: IntentName, sent: WriteRoute['sent']) {
  if (sent === 'nothing') return {}
  return sent === 'maybe' ? { optionalBody: bodyOf(id) } : { body: bodyOf(id) }
}
