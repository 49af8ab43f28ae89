import type { RequestListener, Server } from 'node:http'
import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2'
import type { Socket } from 'node:net'
import { must } from '../platform/must.ts'
import { tlsOptions, type Tls } from '../platform/tls.ts'
import { problemOf } from './rest/problems.ts'
import { lastAnswer } from './rest/transport.ts'

/** How long a connection may take until it speaks, and until its TLS stands: as long as headers may. */
const HANDSHAKE_MS = 20_000
/** Requests of one connection at once: as many as browsers open, and what one page follows stays far below. */
const STREAMS_MAX = 128
/** The first byte of a TLS record that begins a handshake (RFC 8446, 5.1). */
const HANDSHAKE = 0x16

/** What a server does with slow requests and idle connections, whatever it speaks. Milliseconds. */
export interface Patience {
  readonly requestTimeout: number
  readonly headersTimeout: number
  readonly keepAliveTimeout: number
  readonly connectionsCheckingInterval: number
}

/**
 * A server that speaks HTTP/2 and, to who does not, HTTP/1.1, over TLS alone. Whoever speaks plain HTTP to it is told so. What it proves itself with is
 * exchanged while it serves: lines that stand keep the certificate they were opened with.
 */
export function createTlsServer(listener: RequestListener, tls: Tls, patience: Patience): Server {
  const server = createSecureServer({
    ...tlsOptions,
    ...tls.pair(),
    allowHTTP1: true,
    handshakeTimeout: HANDSHAKE_MS,
    noDelay: true,
    settings: { maxConcurrentStreams: STREAMS_MAX },
  })
  // Its requests and answers over HTTP/2 are like those of HTTP/1.1 wherever they are used here.
  server.on('request', listener as unknown as (request: Http2ServerRequest, response: Http2ServerResponse) => void)
  // What Node's HTTP/1.1 half looks at, which has no options of its own here.
  Object.assign(server, { ...patience, requireHostHeader: true })
  server.on('request', (request, response) => cutLate(request, response, patience.requestTimeout))
  tls.onChange((pair) => server.setSecureContext({ ...tlsOptions, ...pair }))
  tellPlain(server)
  closeSessions(server, patience.keepAliveTimeout)
  return server as unknown as Server
}

/** Looks at the first byte of a connection before TLS does, which has no words for who does not speak it. */
function tellPlain(server: Http2SecureServer): void {
  const [handshake] = server.listeners('connection')
  must(handshake, 'TLS listens to connections')
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    const giveUp = () => socket.destroy()
    socket.on('error', giveUp)
    socket.setTimeout(HANDSHAKE_MS, giveUp)
    socket.once('data', (bytes: Buffer) => {
      socket.setTimeout(0, giveUp)
      socket.pause()
      socket.removeListener('error', giveUp)
      if (bytes[0] === HANDSHAKE) {
        socket.unshift(bytes)
        return void handshake?.call(server, socket)
      }
      socket.on('error', giveUp)
      socket.end(lastAnswer('invalid-request', 'This port speaks TLS: ask for https:// (wss:// for a WebSocket).'))
      socket.destroySoon()
    })
  })
}

/** Over HTTP/2 nothing bounds by itself how slowly a body comes. */
function cutLate(request: Http2ServerRequest, response: Http2ServerResponse, withinMs: number): void {
  if (request.httpVersionMajor !== 2 || request.stream.endAfterHeaders) return
  const { stream } = request
  const late = setTimeout(() => {
    if (stream.closed) return
    if (response.headersSent) return stream.close(constants.NGHTTP2_CANCEL)
    const problem = problemOf('request-timeout', 'The request was not whole in time.')
    response.writeHead(problem.status, { 'content-type': 'application/problem+json; charset=utf-8' })
    // The other side would go on sending.
    response.end(JSON.stringify(problem), () => stream.close(constants.NGHTTP2_NO_ERROR))
  }, withinMs)
  const call = () => clearTimeout(late)
  request.once('end', call)
  stream.once('close', call)
}

/** Ends sessions that nothing is asked on, and all of them at the close, each behind its last answer. */
function closeSessions(server: Http2SecureServer, idleMs: number): void {
  const sessions = new Set<ServerHttp2Session>()
  server.on('session', (session) => {
    sessions.add(session)
    session.setTimeout(idleMs, () => session.close())
    session.once('close', () => sessions.delete(session))
  })
  server.on('sessionError', () => {})
  // The framework calls it by this name, for each of its servers.
  Object.assign(server, { closeHttp2Sessions: () => sessions.forEach((session) => session.close()) })
}
