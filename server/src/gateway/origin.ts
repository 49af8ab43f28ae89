import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { Config } from '../platform/config.ts'
import { isLoopback } from '../platform/loopback.ts'
import { listed } from '../platform/setting-checks.ts'
import { isTlsOn } from '../platform/tls.ts'

/** Whose page asks: of our own origin, of one that is allowed, of another; `none` where no browser says. */
export type Whose = 'own' | 'allowed' | 'other' | 'none'

/** Tells by a request's `Origin` whose page asks. */
export type WhosePage = (request: Pick<IncomingMessage, 'headers'>) => Whose

export type OriginSettings = Pick<Config, 'publicUrl' | 'allowedOrigins' | 'host' | 'tls' | 'tlsCert'>

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

/** Tells by a request's `Host` whether it means this server. */
export type IsMeant = (request: Pick<IncomingMessage, 'headers'>) => boolean

/**
 * Whether a request calls the server by a name that it has. On loopback that is an address, `localhost` or the public one: a page that has had its own name pointed here is of that
 * name, and to its browser everything here would be its own (DNS rebinding). Elsewhere a proxy or a name server may call it anything.
 */
export function isMeantBy({ host, publicUrl }: OriginSettings): IsMeant {
  if (!isLoopback(host)) return () => true
  const names = new Set(['localhost', ...(publicUrl === undefined ? [] : [new URL(publicUrl).hostname])])
  // Most come by the same name as whoever came before.
  let before: string | undefined
  return ({ headers }) => {
    const authority = headers[':authority'] ?? headers.host
    if (authority === before) return true
    const name = hostnameOf(String(authority ?? 'localhost'))
    if (!names.has(name) && !name.endsWith('.localhost') && isIP(name) === 0) return false
    before = String(authority)
    return true
  }
}

/** The name in a `Host` header, without its port, and of an IPv6 address without brackets. */
const hostnameOf = (authority: string): string =>
  authority
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replaceAll(/^\[|\]$|\.$/g, '')

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

/**
 * Whether a request with a cookie may write: it comes from a page of this server, or of one that is allowed. What says nothing of where it comes from is of no page that could be
 * trusted.
 */
export function isTrustedPage(whosePage: WhosePage, request: Pick<IncomingMessage, 'headers'>): boolean {
  const whose = whosePage(request)
  if (whose === 'none') return request.headers['sec-fetch-site'] === 'same-origin'
  return whose !== 'other'
}
