import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'
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

/** Lets pages of allowed origins ask and read, with their cookies, and refuses all that come from others. Who is no browser says no origin, and is not concerned. */
export function answerOrigins(
  app: FastifyInstance,
  { config, whosePage }: Pick<Services, 'config' | 'whosePage'>,
): void {
  const varies = config.allowedOrigins !== undefined
  app.addHook('onRequest', (request, reply, next) => {
    if (varies) reply.header('vary', 'origin')
    const whose = whosePage(request.raw)
    if (whose === 'none' || whose === 'own') return next()
    const origin = String(request.headers.origin)
    if (whose === 'other') return void sendProblem(reply, 'forbidden', otherOrigin(origin))
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
