import { createHash } from 'node:crypto'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify'
import { GraphQLError, OperationTypeNode } from 'graphql'
import { streamLifetimeMs } from '../../feed/feed.ts'
import { isRefused, type Shown } from '../../access/access.ts'
import { hasTwins, TWIN_MEMBERS } from '../../platform/twins.ts'
import { counted, tooManyText } from '../counted.ts'
import { credentialsOf } from '../permit.ts'
import { forgedBy, whenceOf } from '../rest/caller.ts'
import { carryHeaders, sendPart } from '../rest/headers.ts'
import { ACTOR } from '../act.ts'
import { actorOf } from '../rest/write.ts'
import { askedBy, askedByAddress, type Asked } from './asked.ts'
import type { Carrier, Context } from './context.ts'
import { deny } from './allowed.ts'
import { accept, carryOut, refusalOf, type Accepted, type Answer, type Desk } from './desk.ts'
import { problemError } from './errors.ts'
import { explorerPage } from './explorer.ts'
import { follow } from './follow.ts'
import { streamAnswers } from './sse.ts'

export const path = '/graphql'

/** Queries and mutations, and subscriptions as Server-Sent Events. */
export function registerHttp(app: FastifyInstance, desk: Desk): void {
  const parse = jsonParserOf(app)
  const options: RouteShorthandOptions = {
    schema: { hide: true },
    exposeHeadRoute: false,
    onRequest: (request, reply, next) => knowCaller(desk, request, reply, next),
    errorHandler: (error, request, reply) => sendFault(desk, error, request, reply),
  }
  // Without a promise where nothing has to be waited for.
  app.post(path, options, (request, reply) => answer(desk, request, reply, askedBy(request.body)))
  app.get(path, options, (request, reply) => {
    const query = request.query as Readonly<Record<string, unknown>>
    if (desk.isOpen && wantsPage(request, query)) return void sendPart(reply, 'text/html', explorerPage)
    answer(desk, request, reply, askedByAddress(query, parse))
  })
}

/** Finds out who asks, before anything is read of what they ask. */
function knowCaller(desk: Desk, request: FastifyRequest, reply: FastifyReply, go: (error?: Error) => void): void {
  const admit = (shown: Shown) => {
    if (isRefused(shown)) {
      desk.services.limits.wasRefused(desk.services.addressOf(request.raw))
      return refuse(desk, request, reply, [problemError('unauthenticated', shown.refused)])
    }
    request.caller = shown
    const standing = counted(desk.services, 'graphql', desk.services.addressOf(request.raw), shown)
    if (standing?.isOver)
      return refuse(desk, request, reply, [problemError('too-many-requests', tooManyText(standing))])
    const forged = forgedBy(desk.services, request)
    if (forged) return refuse(desk, request, reply, [deny(contextOf(desk, request), 'graphql', forged)])
    go()
  }
  const credentials = credentialsOf(request)
  const { access, limits } = desk.services
  const guessed = limits.refusedFrom(desk.services.addressOf(request.raw))
  if (guessed && !access.knows(credentials)) {
    return refuse(desk, request, reply, [problemError('too-many-requests', tooManyText(guessed))])
  }
  const shown = access.callerOf(credentials)
  if (shown instanceof Promise) shown.then(admit, (error: unknown) => go(error as Error))
  else admit(shown)
}

/** Fastify's own parser of bodies, which refuses prototypes, for JSON that stands in an address; each member once. */
function jsonParserOf(app: FastifyInstance): (text: string) => unknown {
  const parse = app.getDefaultJsonParser('error', 'error')
  return (text) => {
    let result: { readonly error: Error | null; readonly value?: unknown } | undefined
    void parse(undefined as never, text, (error, value) => (result = { error, value }))
    if (result === undefined || result.error) throw result?.error ?? new Error('it was not parsed at once')
    if (hasTwins(text, result.value)) throw new Error(TWIN_MEMBERS)
    return result.value
  }
}

const accepts = (request: FastifyRequest, type: string) => request.headers.accept?.includes(type) === true

const wantsPage = (request: FastifyRequest, query: object) =>
  accepts(request, 'text/html') && Object.keys(query).length === 0

function answer(desk: Desk, request: FastifyRequest, reply: FastifyReply, asked: Asked | string): void {
  if (typeof asked === 'string') return refuse(desk, request, reply, [problemError('invalid-request', asked)])
  const context = contextOf(desk, request)
  if (context.actor !== undefined && !ACTOR.test(context.actor)) {
    const detail = 'Cellarhand-Actor has 1 to 64 printable ASCII characters.'
    return refuse(desk, request, reply, [problemError('invalid-request', detail)])
  }
  const accepted = accept(desk, asked, context)
  if (!('operation' in accepted)) return refuse(desk, request, reply, accepted)
  const { kind } = accepted.operation
  if (kind === OperationTypeNode.MUTATION && request.method === 'GET') {
    return refuse(desk, request, reply.header('allow', 'POST'), [
      problemError('method-not-allowed', 'A mutation is sent by POST.'),
    ])
  }
  if (accepts(request, 'text/event-stream')) {
    stream(desk, request, reply, { accepted, asked }).catch((error: unknown) => reply.send(error))
    return
  }
  if (kind === OperationTypeNode.SUBSCRIPTION) {
    const detail = 'A subscription is followed with Accept: text/event-stream, or over WebSocket.'
    return refuse(desk, request, reply, [problemError('invalid-request', detail)])
  }
  const done = carryOut(desk, accepted, context, asked.variables)
  if (!(done instanceof Promise)) return void send(desk, request, reply, done)
  done.then(
    (answer) => send(desk, request, reply, answer),
    (error: unknown) => reply.send(error),
  )
}

function contextOf({ services }: Desk, request: FastifyRequest, carrier?: Carrier): Context {
  return { services, caller: request.caller, actor: actorOf(request), whence: whenceOf(request), carrier }
}

function refuse(desk: Desk, request: FastifyRequest, reply: FastifyReply, errors: readonly GraphQLError[]): void {
  send(desk, request, reply, refusalOf(desk, errors))
}

const jsonType = 'application/json; charset=utf-8'

/** 200 where something was read, whatever else went wrong; else the status of the first problem, for who looks at nothing else. */
const statusOf = ({ data, errors }: Answer): number =>
  errors === undefined || (data !== undefined && data !== null) ? 200 : (errors[0]?.extensions.status ?? 500)

function send({ services }: Desk, request: FastifyRequest, reply: FastifyReply, answer: Answer): FastifyReply {
  const { replica } = services
  const status = statusOf(answer)
  const body = JSON.stringify(answer)
  if (replica.isReady()) reply.header('cellarhand-position', replica.position())
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="cellarhand"')
  if (status === 429 || status === 503) reply.header('retry-after', '1')
  const asGraphql = accepts(request, 'application/graphql-response+json')
  reply.header('content-type', asGraphql ? 'application/graphql-response+json; charset=utf-8' : jsonType)
  // What was posted nobody keeps, unless it is said.
  if (request.method !== 'GET') return reply.code(status).send(body)
  if (status !== 200) return reply.code(status).header('cache-control', 'no-store').send(body)
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
  // Kept, and asked for each time whether it is so still; by nobody between, since it may be one customer's.
  reply
    .header('etag', etag)
    .header('cache-control', 'private, no-cache')
    .header('vary', 'accept, authorization, cookie')
  const isKnown = request.headers['if-none-match'] === etag && answer.errors === undefined
  return isKnown ? reply.code(304).send() : reply.code(200).send(body)
}

interface Streamed {
  readonly accepted: Accepted
  readonly asked: Asked
}

async function stream(
  desk: Desk,
  request: FastifyRequest,
  reply: FastifyReply,
  { accepted, asked }: Streamed,
): Promise<void> {
  const response = reply.raw
  const carrier: Carrier = {
    lifetimeMs: streamLifetimeMs(Math.random),
    onEnded: (cause) => void (cause === 'slow' && response.destroy()),
  }
  const isFollowed = accepted.operation.kind === OperationTypeNode.SUBSCRIPTION
  const answers = isFollowed
    ? await follow(desk, accepted, () => contextOf(desk, request, carrier), asked.variables)
    : once(carryOut(desk, accepted, contextOf(desk, request), asked.variables))
  if (!('next' in answers)) return void send(desk, request, reply, answers)
  reply.hijack()
  carryHeaders(reply)
  streamAnswers(response, answers).catch((error: unknown) => {
    desk.services.log.error({ err: error }, 'a subscription failed')
    response.destroy()
  })
}

async function* once(answer: Answer | Promise<Answer>): AsyncGenerator<Answer> {
  yield await answer
}

/** What a body was refused for before GraphQL saw it, as it refuses. */
function sendFault(desk: Desk, error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  refuse(desk, request, reply, [faultOf(error)])
}

function faultOf(error: FastifyError): GraphQLError {
  if (error instanceof GraphQLError) return error
  if (error.statusCode === 413) return problemError('body-too-large', 'The body is larger than 1 MiB.')
  if (error.statusCode === 415) return problemError('unsupported-media-type', 'Send the body as application/json.')
  if (error.statusCode === 400) return problemError('invalid-request', `The request cannot be read: ${error.message}`)
  // With a path it is something of ours that failed, and is told and logged as such.
  return new GraphQLError(error.message, { originalError: error, path: [] })
}
