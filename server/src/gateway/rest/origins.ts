import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'
import { headersOfAll } from './headers.ts'
import { sendProblem } from './problems.ts'

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE'
const TAKEN =
  'accept, authorization, cellarhand-actor, content-type, idempotency-key, if-match, if-none-match, last-event-id'
const SHOWN =
  'cellarhand-index, cellarhand-position, date, deprecation, etag, idempotency-replayed, link, ratelimit, ratelimit-policy, retry-after, sunset'
/** How long a browser remembers what it may ask. Short enough that an origin that is struck off is gone before anybody wonders. */
const PREFLIGHT_S = '600'

/** Says what a page is told that may not ask. */
export const otherOrigin = (origin: string): string =>
  `Pages of ${origin.slice(0, 100)} may not ask this server. Its own origin is the setting CELLARHAND_PUBLIC_URL, others are in CELLARHAND_ALLOWED_ORIGINS.`

/** Says what somebody is told who asks for a server of another name. */
export const otherName =
  'This server listens on this machine alone, and is asked for as localhost or by its address. A name that people reach it by is the setting CELLARHAND_PUBLIC_URL.'

/** A balancer asks by whatever name it was given, and is told nothing that a page could not know. */
const probes = /^\/(healthz|readyz)$/

/**
 * The first that becomes of a request: its answer gets the headers of all answers, and it is looked at whether this server is meant, and whose page asks. Pages of allowed origins may ask and read, with their
 * cookies; all that come from others are refused. Who is no browser says no origin, and is not concerned.
 */
export function answerOrigins(
  app: FastifyInstance,
  { config, isMeant, whosePage }: Pick<Services, 'config' | 'isMeant' | 'whosePage'>,
): void {
  const headers = headersOfAll(config)
  app.addHook('onRequest', (request, reply, next) => {
    reply.headers(headers)
    if (!isMeant(request.raw) && !probes.test(request.url))
      return void sendProblem(reply, 'misdirected-request', otherName)
    const { origin } = request.headers
    if (origin === undefined) return next()
    const whose = whosePage(request.raw)
    if (whose === 'other') return void sendProblem(reply, 'forbidden', otherOrigin(origin))
    if (whose !== 'allowed') return next()
    reply.headers({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': SHOWN,
    })
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return next()
    reply.headers({
      'access-control-allow-methods': METHODS,
      'access-control-allow-headers': TAKEN,
      'access-control-max-age': PREFLIGHT_S,
    })
    void reply.code(204).send()
  })
}
