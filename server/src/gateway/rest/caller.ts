import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isRefused, nobody, policyTable, type Caller, type Shown, type Whence } from '../../access/access.ts'
import { allow, allowAt } from '../allow.ts'
import { isDenied, type Denied } from '../denied.ts'
import { credentialsOf } from '../permit.ts'
import type { Services } from '../services.ts'
import { sendProblem } from './problems.ts'

declare module 'fastify' {
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
/** Documents of the API itself. */
const open = /^\/v1\/(openapi|asyncapi)\.json$/

/**
 * Finds out who asks, before anything is read of what they ask, and whether they may. A route without an operation, or one whose operation has no line in the policy, is a fault: the
 * server does not start.
 */
export function knowCallers(app: FastifyInstance, services: Services): void {
  app.decorateRequest('caller')
  app.addHook('onRoute', (route) => {
    const operation = (route.schema as { operationId?: string } | undefined)?.operationId
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
    if (operation === undefined) return next()
    const shown = services.access.callerOf(credentialsOf(request))
    if (!(shown instanceof Promise)) return admit(services, request, reply, { shown, operation, next })
    shown.then(
      (who) => admit(services, request, reply, { shown: who, operation, next }),
      (error: unknown) => next(error as Error),
    )
  })
  app.addHook('preHandler', (request, reply, next) => {
    const denied = deniedPlace(request)
    if (denied) return refuse(services, request, reply, denied)
    next()
  })
}

interface Admitting {
  readonly shown: Shown
  readonly operation: string
  readonly next: () => void
}

function admit(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  { shown, operation, next }: Admitting,
): void {
  if (isRefused(shown)) return refuse(services, request, reply, { denied: 'unauthenticated', detail: shown.refused })
  request.caller = shown
  const allowed = allow(shown, operation)
  if (isDenied(allowed)) return refuse(services, request, reply, allowed)
  const forged = forgedBy(services, request)
  if (forged) return refuse(services, request, reply, forged)
  next()
}

/** Reads at a location are of it alone where somebody is limited to some: by the query that names it. */
function deniedPlace({ caller, method, query, routeOptions }: FastifyRequest): Denied | undefined {
  const { operation } = routeOptions.config
  if (operation === undefined || method !== 'GET') return undefined
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

export function whenceOf(request: FastifyRequest): Whence {
  return { address: request.ip, agent: request.headers['user-agent'] }
}

const safe = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * A page of somebody else's can make a browser send a request with our cookie, and not one with this page's origin. Where a cookie is what says who asks, a write has to come from here.
 */
function forgedBy(services: Services, request: FastifyRequest): Denied | undefined {
  const { caller, method, headers } = request
  const byCookie = (caller.via === 'session' || caller.via === 'guest') && headers.authorization === undefined
  if (!byCookie || safe.has(method) || services.isOwnOrigin(request.raw)) return undefined
  return { denied: 'forbidden', detail: 'With a cookie, a write has to come from a page of this server (Origin).' }
}

/** Whether what was read is shown to whoever asks: to customers and guests what is theirs, and the rest is, to them, not there. */
export function isShown(request: FastifyRequest, value: object): boolean {
  const { customer } = value as { customer?: string }
  return !isOwnOnly(request) || (customer !== undefined && request.caller.customers.includes(customer))
}

/** Whose documents a list is of, where it is asked for one customer's, or may only be theirs; undefined: anybody's. */
export function shownCustomers(request: FastifyRequest, customer: string | undefined): readonly string[] | undefined {
  const { customers } = request.caller
  if (!isOwnOnly(request)) return customer === undefined ? undefined : [customer]
  return customer === undefined ? customers : customers.filter((one) => one === customer)
}

function isOwnOnly({ caller, routeOptions }: FastifyRequest): boolean {
  const allowed = allow(caller, routeOptions.config.operation ?? '')
  return isDenied(allowed) || allowed.grant === 'own'
}
