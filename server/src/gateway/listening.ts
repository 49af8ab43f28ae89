import type { Server, RequestListener } from 'node:http'
import type { FastifyHttpOptions } from 'fastify'
import type { Doors } from './services.ts'
import { createTlsServer, type Patience } from './tls-server.ts'

/** A request has to be whole within 30 s, looking and closing included; who sends a byte a second does not keep a socket. */
const REQUEST_TIMEOUT_MS = 28_000
const HEADERS_TIMEOUT_MS = 20_000
/** Node looks for late requests every 30 s by default, which let one live for 60. */
const LATE_CHECK_EVERY_MS = 1_000
/** Longer than a load balancer's own idle time (usually 60 s), so that it is never us who close first. */
const KEEP_ALIVE_MS = 72_000

const patience: Patience = {
  requestTimeout: REQUEST_TIMEOUT_MS,
  headersTimeout: HEADERS_TIMEOUT_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
  connectionsCheckingInterval: LATE_CHECK_EVERY_MS,
}

/** How it is to be spoken to: over TLS where there is a certificate. */
export function serverOf({ tls }: Pick<Doors, 'tls'>): FastifyHttpOptions<Server> {
  if (tls === undefined) return { ...patience, http: patience }
  // The second is what the framework tells an address by.
  const overTls = {
    serverFactory: (listener: RequestListener) => createTlsServer(listener, tls, patience),
    https: {},
  }
  return { ...patience, ...overTls }
}
