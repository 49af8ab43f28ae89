import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { PROSE_PATTERN, WORDS_PATTERN } from '@cellarhand/protocol/primitives'
import { PROBLEM_BASE, problems, type Problem, type ProblemSlug } from '@cellarhand/protocol/problem'
import { Unavailable, type Place, type Refusal } from '../../stock/stock.ts'
import type { Services } from '../services.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** `epoch.number` of the newest transaction that this process has seen; undefined before the first look. */
    readonly positionNow: () => string | undefined
  }
}

/** A problem as a document (RFC 9457). */
export function problemOf(slug: ProblemSlug, detail: string, members: Refusal['members'] = {}): Problem {
  const { status, title } = problems[slug]
  return { type: `${PROBLEM_BASE}${slug}`, title, status, detail, ...members }
}

/** Answers with a problem. What was refused without a look at stock stands at the position that this process has seen. */
export function sendProblem(
  reply: FastifyReply,
  slug: ProblemSlug,
  detail: string,
  members?: Refusal['members'],
): FastifyReply {
  const problem = problemOf(slug, detail, members)
  const position = reply.hasHeader('cellarhand-position') ? undefined : reply.server.positionNow()
  if (position !== undefined) reply.header('cellarhand-position', position)
  return reply
    .code(problem.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem))
}

/** Where a decision stands in the one order: on every answer, refusals too. */
export function placeHeaders(reply: FastifyReply, place: Place): void {
  reply.header('cellarhand-position', place.position).header('cellarhand-index', String(place.index))
}

/** Turns what is thrown, by us, by Fastify or by a bug, into problems. No stack or cause leaves the process. */
export function answerErrors(app: FastifyInstance, { replica }: Pick<Services, 'replica'>): void {
  app.decorate('positionNow', () => (replica.isReady() ? replica.position() : undefined))
  app.setErrorHandler((error: FastifyError, request, reply) => answerError(error, request, reply))
  const methods = new Map<string, Set<string>>()
  app.addHook('onRoute', (route) => {
    const known = methods.get(route.url) ?? new Set()
    for (const method of [route.method].flat()) known.add(method)
    methods.set(route.url, known)
  })
  const answerNotFound = (request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.split('?')[0] ?? ''
    const allowed = [...methods].find(([pattern]) => pattern !== '/*' && pattern !== '*' && matches(pattern, path))?.[1]
    if (!allowed || allowed.has(request.method)) {
      return sendProblem(reply, 'not-found', `There is nothing at ${path.slice(0, 200)}. What there is: /docs.`)
    }
    const list = [...allowed].toSorted().join(', ')
    return sendProblem(reply.header('allow', list), 'method-not-allowed', `${path} takes ${list}.`)
  }
  app.setNotFoundHandler(answerNotFound)
  // Behind the headers of all answers, and before the body is read: what is wrong with that is of no interest where nobody takes it.
  app.addHook('onRequest', (request, reply, next) => {
    if (request.is404) void answerNotFound(request, reply)
    else next()
  })
}

function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/')
  const parts = path.split('/')
  return wanted.length === parts.length && wanted.every((part, index) => part.startsWith(':') || part === parts[index])
}

function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof Unavailable) {
    return sendProblem(reply.header('retry-after', String(error.retryAfterSeconds)), 'unavailable', error.message)
  }
  if (error.validation) return sendProblem(reply, 'invalid-request', invalid(error), pointers(error))
  const status = error.statusCode
  if (status === 413) return sendProblem(reply, 'body-too-large', 'The body is larger than 1 MiB: send fewer lines.')
  if (status === 415) return sendProblem(reply, 'unsupported-media-type', 'Send the body as application/json.')
  if (status === 400) return sendProblem(reply, 'invalid-request', `The request cannot be read: ${error.message}`)
  if (isConnectionTrouble(error)) {
    request.log.warn({ err: error }, 'the database did not answer a read')
    return sendProblem(
      reply.header('retry-after', '1'),
      'unavailable',
      'The database does not answer: try again in a moment.',
    )
  }
  // What somebody searched for, or asked about, stands behind the question mark.
  request.log.error({ err: error, method: request.method, path: request.url.split('?')[0] }, 'a request failed')
  return sendProblem(reply, 'internal', 'Something went wrong on our side. It is in the log.')
}

/** The pool's and the driver's own errors, and PostgreSQL's of classes 08, 53 and 57: not the request's fault, and passing. */
export function isConnectionTrouble(error: { code?: string; message: string }): boolean {
  if (error.code && /^(08|53|57|E[A-Z]+$)/.test(error.code)) return !error.code.startsWith('ERR')
  return /timeout|Connection terminated|not queryable|connection error/i.test(error.message)
}

/** What a pattern means that nobody would read out of it. */
const saidOf: Readonly<Record<string, string>> = {
  [WORDS_PATTERN]: 'has to be text in one line, without control characters and without spaces around it',
  [PROSE_PATTERN]: 'has to be text without control characters (but line ends) and without spaces around it',
}

function invalid(error: FastifyError): string {
  const first = error.validation?.[0]
  const where = `${error.validationContext ?? 'body'}${first?.instancePath ?? ''}`
  const extra = first?.params['additionalProperty']
  if (typeof extra === 'string') return `${where} may not have the member "${extra.slice(0, 60)}".`
  const said = saidOf[String(first?.params['pattern'])]
  if (said !== undefined) return `${where} ${said}.`
  const allowed = first?.params['allowedValues'] ?? first?.params['allowedValue']
  return `${where} ${first?.message ?? 'is not valid'}${allowed === undefined ? '' : `: ${JSON.stringify(allowed)}`}.`
}

function pointers(error: FastifyError): Refusal['members'] {
  return {
    errors: (error.validation ?? []).map(({ instancePath, message }) => ({
      in: error.validationContext ?? 'body',
      pointer: instancePath,
      detail: message ?? 'is not valid',
    })),
  }
}
