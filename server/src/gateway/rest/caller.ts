import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  isRefused,
  nobody,
  policyTable,
  record,
  type Caller,
  type Deed,
  type Shown,
  type Whence,
} from '../../access/access.ts'
import { must } from '../../platform/must.ts'
import { allow, allowAt } from '../allow.ts'
import { counted, tooManyText } from '../counted.ts'
import { isDenied, type Denied } from '../denied.ts'
import type { Standing } from '../../limits/limits.ts'
import { isTrustedPage } from '../origin.ts'
import { credentialsOf } from '../permit.ts'
import { customersShownTo } from '../shown.ts'
import type { Services } from '../services.ts'
import { sendProblem } from './problems.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** as the gateway's services have it */
    readonly addressOf: Services['addressOf']
  }
  interface FastifyRequest {
    /** who asks; `nobody` until it is known */
    caller: Caller
  }
  interface FastifyContextConfig {
    /** the operation's name in the policy */
    operation?: string
  }
}

/** Under these paths everything is an operation that stands in the policy. */
const guarded = /^\/(v1\/|healthz|readyz|metrics)/
/** Whether a server is well is told to whoever asks, and without asking the database who that is. */
const ofNobody = new Set(['getHealth', 'getReadiness'])
/** Documents of the API itself. */
const open = /^\/v1\/(openapi|asyncapi)\.json$/

/**
 * Finds out who asks, before anything is read of what they ask, and whether they may. A route without an operation, or one whose operation has no line in the policy, is a fault: the
 * server does not start.
 */
export function knowCallers(app: FastifyInstance, services: Services): void {
  app.decorateRequest('caller')
  app.decorate('addressOf', services.addressOf)
  app.addHook('onRoute', (route) => {
    const operation = route.schema?.operationId
    if (operation === undefined) {
      if (guarded.test(route.url) && !open.test(route.url)) throw new Error(`${route.url} is no operation`)
      return
    }
    if (!policyTable.has(operation)) throw new Error(`${operation} has no line in the policy`)
    route.config = { ...route.config, operation }
  })
  app.addHook('onRequest', (request, reply, next) => {
    request.caller = nobody
    const { operation } = request.routeOptions.config
    if (operation === undefined || ofNobody.has(operation)) return next()
    const credentials = credentialsOf(request)
    const guessed = services.limits.refusedFrom(services.addressOf(request.raw))
    if (guessed && !services.access.knows(credentials)) return tooMany(reply, guessed)
    const shown = services.access.callerOf(credentials)
    const go = (who: Shown) => {
      if (admits(services, request, reply, { shown: who, operation })) next()
    }
    if (shown instanceof Promise) void shown.then(go, next)
    else go(shown)
  })
  app.addHook('preHandler', (request, reply, next) => {
    const denied = deniedPlace(request)
    if (denied) return refuse(services, request, reply, denied)
    next()
  })
}

/** Whether a request goes on; otherwise it has been answered. */
function admits(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  { shown, operation }: { readonly shown: Shown; readonly operation: string },
): boolean {
  if (isRefused(shown)) {
    services.limits.wasRefused(services.addressOf(request.raw))
    return refused(services, request, reply, { denied: 'unauthenticated', detail: shown.refused })
  }
  request.caller = shown
  if (isTooMany(services, request, reply, operation)) return false
  const allowed = allow(shown, operation)
  if (isDenied(allowed)) return refused(services, request, reply, allowed)
  const forged = forgedBy(services, request)
  return forged === undefined || refused(services, request, reply, forged)
}

/** Counts a request, and answers one that is too many. Says on every answer how many more there may be (draft-ietf-httpapi-ratelimit-headers). */
function isTooMany(services: Services, request: FastifyRequest, reply: FastifyReply, operation: string): boolean {
  const standing = counted(services, operation, services.addressOf(request.raw), request.caller)
  if (!standing) return false
  reply.header('ratelimit-policy', `"${standing.kind}";q=${standing.limit};w=60`)
  reply.header('ratelimit', `"${standing.kind}";r=${standing.remaining};t=${standing.resetS}`)
  if (!standing.isOver) return false
  tooMany(reply, standing)
  return true
}

function tooMany(reply: FastifyReply, standing: Standing): void {
  reply.header('retry-after', String(standing.resetS))
  void sendProblem(reply, 'too-many-requests', tooManyText(standing))
}

function refused(...of: Parameters<typeof refuse>): false {
  refuse(...of)
  return false
}

/** Reads at a location are of it alone where somebody is limited to some: by the query that names it. */
function deniedPlace({ caller, method, query, routeOptions }: FastifyRequest): Denied | undefined {
  const { operation } = routeOptions.config
  if (caller.locations === undefined || operation === undefined || method !== 'GET') return undefined
  const allowed = allow(caller, operation)
  return isDenied(allowed) ? allowed : allowAt(caller, allowed.grant, [(query as { location?: string }).location])
}

/** Answers that somebody may not, and puts that on record. */
export function refuse(services: Services, request: FastifyRequest, reply: FastifyReply, why: Denied): void {
  const { operation = 'unknown' } = request.routeOptions.config
  const id = (request.params as { id?: string } | undefined)?.id
  const target = id === undefined ? {} : { target: id.slice(0, 100) }
  services.access.recorder.refused(request.caller, { operation, outcome: why.denied, ...target }, whenceOf(request))
  if (why.denied === 'unauthenticated') reply.header('www-authenticate', 'Bearer realm="cellarhand"')
  void sendProblem(reply, why.denied, why.detail)
}

/** Puts what somebody has done on record, within its transaction. */
export function onRecord(
  client: Parameters<typeof record>[0],
  request: FastifyRequest,
  deed: Pick<Deed, 'target' | 'detail'>,
): Promise<void> {
  const operation = must(request.routeOptions.config.operation, 'the operation of a deed')
  return record(client, request.caller, { operation, outcome: 'done', ...deed }, whenceOf(request))
}

export function whenceOf(request: FastifyRequest): Whence {
  return { address: request.server.addressOf(request.raw), agent: request.headers['user-agent'] }
}

const safe = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * A page of somebody else's can make a browser send a request with our cookie, and not one with this page's origin. Where a cookie is what says who asks, a write has to come from here.
 */
export function forgedBy(services: Services, request: FastifyRequest): Denied | undefined {
  const { caller, method, headers } = request
  const byCookie = (caller.via === 'session' || caller.via === 'guest') && headers.authorization === undefined
  if (!byCookie || safe.has(method) || isTrustedPage(services.whosePage, request.raw)) return undefined
  return { denied: 'forbidden', detail: 'With a cookie, a write has to come from a page of this server (Origin).' }
}

/** Whose documents a list is of, where it is asked for one customer's, or may only be theirs; undefined: anybody's. */
export function shownCustomers(
  { caller, routeOptions }: FastifyRequest,
  customer: string | undefined,
): readonly string[] | undefined {
  return customersShownTo(caller, routeOptions.config.operation ?? '', customer)
}
