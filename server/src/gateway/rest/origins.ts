import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { Config } from '../../platform/config.ts'
import { isLoopback } from '../../platform/loopback.ts'
import { listed } from '../../platform/setting-checks.ts'
import { isTlsOn } from '../../platform/tls.ts'
import { sendProblem } from './problems.ts'

/** Whose page asks: of our own origin, of one that is allowed, of another; `none` where no browser says. */
export type Whose = 'own' | 'allowed' | 'other' | 'none'

/** Tells by a request's `Origin` whose page asks. */
export type WhosePage = (request: Pick<IncomingMessage, 'headers'>) => Whose

type OriginSettings = Pick<Config, 'publicUrl' | 'allowedOrigins' | 'host' | 'tls' | 'tlsCert'>

/**
 * Origins are compared whole. Without a public address a page is our own where it came from the host that it asks; on loopback only where that host is called so, or the
 * page of a name that somebody has pointed here would be.
 */
export function whosePageBy(config: OriginSettings): WhosePage {
  const { publicUrl } = config
  const allowed = new Set(listed(config.allowedOrigins))
  const isOwn = publicUrl === undefined ? isOfHostBy(config) : (origin: string) => origin === publicUrl
  return ({ headers }) => {
    const { origin } = headers
    if (origin === undefined) return 'none'
    if (allowed.has(origin)) return 'allowed'
    const authority = headers[':authority'] ?? headers.host
    return isOwn(origin, String(authority)) ? 'own' : 'other'
  }
}

function isOfHostBy(config: OriginSettings): (origin: string, authority: string) => boolean {
  const isTls = isTlsOn(config)
  return (origin, authority) => {
    if (!URL.canParse(origin)) return false
    const from = new URL(origin)
    if (from.origin !== origin || from.host !== authority.toLowerCase()) return false
    // Without TLS here there may be some before it.
    if (isTls && from.protocol !== 'https:') return false
    return !isLoopback(config.host) || isLoopback(from.hostname)
  }
}

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
export function answerOrigins(app: FastifyInstance, config: OriginSettings, whosePage: WhosePage): void {
  const varies = config.allowedOrigins !== undefined
  app.addHook('onRequest', (request, reply, next) => {
    if (varies) reply.header('vary', 'origin')
    const whose = whosePage(request.raw)
    if (whose === 'none' || whose === 'own') return next()
    const origin = String(request.headers.origin)
    if (whose === 'other') return void sendProblem(reply, 'origin-not-allowed', otherOrigin(origin))
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
