import type { FastifyInstance, FastifyReply } from 'fastify'
import { must } from '../../platform/must.ts'

/** An operation that will be gone: what docs/api-versions.md promises of it. */
export interface Deprecation {
  /** The day it was said, as `2026-11-23`: UTC, as all days here. */
  readonly since: string
  /** The day from which it may be gone. */
  readonly sunset: string
  /** A page that says what to do instead. */
  readonly link: string
}

/** Where an operation's schema has it, and the document of the API. */
export const DEPRECATION = 'x-deprecation'
/** Whoever integrates once a year has a chance to notice. */
const NOTICE_DAYS = 365
const dayMs = 86_400_000

/**
 * Lets each answer of operations that are deprecated say so, refusals among them: since when (RFC 9745), until when (RFC 8594), and where it says what to do. Comes before the routes. An
 * operation that gives shorter notice than is promised is a fault: the server does not start.
 */
export function announceDeprecations(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const deprecation = (route.schema as { readonly [DEPRECATION]?: Deprecation } | undefined)?.[DEPRECATION]
    if (deprecation === undefined) return
    const headers = headersOf(route.url, deprecation)
    const announce = async (_request: unknown, reply: FastifyReply, payload: unknown) => {
      reply.headers(headers)
      return payload
    }
    route.onSend = [...[route.onSend ?? []].flat(), announce]
  })
}

function headersOf(url: string, { since, sunset, link }: Deprecation): Readonly<Record<string, string>> {
  const [from, until] = [timeOf(since), timeOf(sunset)]
  must(until - from >= NOTICE_DAYS * dayMs, `${NOTICE_DAYS} days of notice before ${url} is gone`)
  return {
    deprecation: `@${from / 1_000}`,
    sunset: new Date(until).toUTCString(),
    link: `<${link}>; rel="deprecation"; type="text/html", <${link}>; rel="sunset"; type="text/html"`,
  }
}

function timeOf(day: string): number {
  const time = Date.parse(`${day}T00:00:00Z`)
  return must(Number.isNaN(time) ? undefined : time, `a day, which ${day} is not`)
}
