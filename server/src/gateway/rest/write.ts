import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { ProblemSlug } from '@cellarhand/protocol/problem'
import { must, unreachable } from '../../platform/must.ts'
import type { Command } from '../../stock/stock.ts'
import { act, ACTOR, KEY, refusedHere, type Acted } from '../act.ts'
import { isRefusal, meantBy } from '../commands.ts'
import { refuse } from './caller.ts'
import { placeHeaders, sendProblem } from './problems.ts'
import type { Services } from '../services.ts'

/** Headers of a write, for the document of the API; they are checked by hand, to say more than a schema could. */
export const WriteHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      description: 'Required. 1 to 128 printable characters: one key for one intent, the same on every retry.',
    }),
  ),
  'cellarhand-actor': Type.Optional(
    Type.String({
      description:
        'Who does it, for the journal: a person at a till. Heard of machines alone; others are named by their account.',
    }),
  ),
})

/** What is wrong with the headers of a write: its key, and who does it. */
export function headersProblem(
  request: FastifyRequest,
): { readonly slug: ProblemSlug; readonly detail: string } | undefined {
  const key = request.headers['idempotency-key']
  if (key === undefined || key === '') {
    return {
      slug: 'idempotency-key-required',
      detail:
        'Send an Idempotency-Key header: a fresh one (such as a UUID) for each intent, the same one when you retry it.',
    }
  }
  if (typeof key !== 'string' || !KEY.test(key)) {
    const detail = 'The Idempotency-Key has 1 to 128 printable ASCII characters without spaces.'
    return { slug: 'invalid-request', detail }
  }
  const actor = actorOf(request)
  if (actor === undefined || ACTOR.test(actor)) return undefined
  return { slug: 'invalid-request', detail: 'Cellarhand-Actor has 1 to 64 printable ASCII characters.' }
}

/** Who is said to do it. */
export function actorOf(request: FastifyRequest): string | undefined {
  const said = request.headers['cellarhand-actor']
  return said === undefined ? undefined : String(said)
}

/** Asks stock what a request means, and answers with what came of it. */
export async function submitAsked(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  asked: object,
): Promise<FastifyReply> {
  const meant = await meantBy(services, operationOf(request), asked)
  if (isRefusal(meant)) return answer(services, request, reply, refusedHere(services, meant))
  return submit(services, request, reply, meant)
}

/** Submits a command under the request's key, and answers with what came of it. */
export async function submit(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  command: Command,
): Promise<FastifyReply> {
  const problem = headersProblem(request)
  if (problem) return sendProblem(reply, problem.slug, problem.detail)
  const acted = await act(services, request.caller, {
    operation: operationOf(request),
    command,
    key: String(request.headers['idempotency-key']),
    actor: actorOf(request),
    address: services.addressOf(request.raw),
  })
  return answer(services, request, reply, acted)
}

function operationOf({ routeOptions }: FastifyRequest): string {
  return must(routeOptions.config.operation, 'the operation of a write')
}

function answer(services: Services, request: FastifyRequest, reply: FastifyReply, acted: Acted): FastifyReply {
  switch (acted.kind) {
    case 'done':
      placeHeaders(reply, acted)
      if (acted.replayed) reply.header('idempotency-replayed', 'true')
      return reply.code(acted.status).header('content-type', 'application/json; charset=utf-8').send(acted.body)
    case 'refused': {
      const { refusal, position, index } = acted
      if (index !== undefined) placeHeaders(reply, { position, index })
      return sendProblem(reply, refusal.slug, refusal.detail, refusal.members)
    }
    case 'denied':
      refuse(services, request, reply, acted)
      return reply
    case 'heldBack':
      if (acted.retryAfterS !== undefined) reply.header('retry-after', String(acted.retryAfterS))
      return sendProblem(reply, acted.slug, acted.detail, acted.members)
    default:
      return unreachable(acted)
  }
}
