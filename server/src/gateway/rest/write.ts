import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { ProblemSlug } from '@cellarhand/protocol/problem'
import { must, unreachable } from '../../platform/must.ts'
import type { Command } from '../../stock/stock.ts'
import { act } from '../act.ts'
import { refuse } from './caller.ts'
import { placeHeaders, sendProblem } from './problems.ts'
import type { Services } from '../services.ts'

/** Keys and actors as headers carry them: printable ASCII. */
export const KEY = /^[\x21-\x7e]{1,128}$/
export const ACTOR = /^[\x20-\x7e]{1,64}$/

/** The index of what no transaction decided: behind all commands that one can have, as the refusals of a batch that wrote nothing. */
export const NOT_IN_A_BATCH = 1_024

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

/** Submits a command under the request's key, and answers with what came of it. */
export async function submit(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  command: Command,
): Promise<FastifyReply> {
  const problem = headersProblem(request)
  if (problem) return sendProblem(reply, problem.slug, problem.detail)
  const key = String(request.headers['idempotency-key'])
  const operation = must(request.routeOptions.config.operation, 'the operation of a write')
  const acted = await act(services, request.caller, {
    operation,
    command,
    key,
    actor: actorOf(request),
    address: services.addressOf(request.raw),
  })
  switch (acted.kind) {
    case 'done':
      placeHeaders(reply, acted)
      if (acted.replayed) reply.header('idempotency-replayed', 'true')
      return reply.code(acted.status).header('content-type', 'application/json; charset=utf-8').send(acted.body)
    case 'refused':
      placeHeaders(reply, acted)
      return sendProblem(reply, acted.refusal.slug, acted.refusal.detail, acted.refusal.members)
    case 'denied':
      refuse(services, request, reply, acted)
      return reply
    case 'full':
      return sendProblem(reply, 'too-many-holds', acted.detail, acted.members)
    case 'heldBack':
      if (acted.retryAfterS !== undefined) reply.header('retry-after', String(acted.retryAfterS))
      return sendProblem(reply, acted.slug, acted.detail, acted.members)
    case 'unknownSku':
      return refuseUnknownSku(services, reply, acted.sku)
    default:
      return unreachable(acted)
  }
}

/** Answers that a SKU is in no catalogue. */
export function refuseUnknownSku({ replica }: Services, reply: FastifyReply, sku: string): FastifyReply {
  placeHeaders(reply, { position: replica.position(), index: NOT_IN_A_BATCH })
  return sendProblem(reply, 'unknown-sku', `There is no SKU ${sku}. Import it first.`, { sku })
}

/** RFC 3339 to milliseconds; the schema has seen that it is one. */
export function timeOf(text: string | undefined): { readonly occurredAtMs?: number } {
  return text === undefined ? {} : { occurredAtMs: Date.parse(text) }
}
