import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ProblemSlug } from '@cellarhand/protocol/problem'
import { hasTwins, TWIN_MEMBERS } from '../../platform/twins.ts'
import { dataHeaders } from './headers.ts'
import { problemOf, sendProblem } from './problems.ts'

/** An escaped zero byte in JSON text: behind an even number of backslashes, which would be one of its own otherwise. */
export const ESCAPED_ZERO_BYTE = /(?<!\\)(?:\\\\)*\\u0000/

export const ZERO_BYTE = 'Text cannot hold a zero byte.'
/** To routes a body that may be left out is `null` where it was: one that is sent is something. */
const NO_BODY = 'A body of null is none: leave it out.'

/**
 * Reads bodies as JSON and nothing else, with texts in their composed form (NFC), so that a name is one name however it was typed, and with each member of an object once. An empty body is no body, whatever its content type says: some clients send one with a
 * DELETE. PostgreSQL keeps no zero byte in a text, so they are refused here for all members of all requests, and in addresses.
 */
export function readBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('text/plain')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = body as string
    if (text === '') done(null, null)
    else if (ESCAPED_ZERO_BYTE.test(text)) done(badBody(ZERO_BYTE))
    else {
      const whole = text.normalize('NFC')
      void parse(request, whole, (error, value) => {
        if (error) return done(error)
        if (value === null) return done(badBody(NO_BODY))
        if (hasTwins(whole, value)) return done(badBody(`${TWIN_MEMBERS}.`))
        done(null, text.includes('\\u') ? composed(value) : value)
      })
    }
  })
  app.addHook('onRequest', (request, reply, next) => {
    if (request.url.includes('%00')) void sendProblem(reply, 'invalid-request', ZERO_BYTE)
    else next()
  })
}

const badBody = (why: string): Error => Object.assign(new Error(why), { statusCode: 400 })

/** The same with all its texts in their composed form, as `é` and not `e` with an accent behind it; for those that came as escapes. Not by recursion: nobody has looked at how deep it is. */
function composed(value: unknown): unknown {
  const all = { value }
  const waiting: Record<string, unknown>[] = [all]
  for (let one = waiting.pop(); one; one = waiting.pop()) {
    for (const [name, member] of Object.entries(one)) {
      if (typeof member === 'string') one[name] = member.normalize('NFC')
      else if (typeof member === 'object' && member !== null) waiting.push(member as Record<string, unknown>)
    }
  }
  return all.value
}

/** Answers an address for which there can be no route: its parts are no UTF-8, or longer than any that we give. */
export function answerBadAddress(_error: Error, _request: FastifyRequest, reply: FastifyReply): void {
  // No hook has seen it.
  void reply.headers(dataHeaders)
  void sendProblem(reply, 'invalid-request', 'The address cannot be read: a part of it is malformed or too long.')
}

/**
 * Answers what never became a request, as Node tells of it: too slow, or not HTTP. The connection is closed behind the answer, since
 * nobody knows where the next request would begin.
 */
export function answerClientError(error: { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  // Before TLS stands there is nothing to say it over.
  if (/^ERR_(SSL|TLS)|^EPROTO/.test(error.code ?? '')) return void socket.destroy()
  const [slug, detail]: [ProblemSlug, string] =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? ['request-timeout', 'The request was not whole in time.']
      : ['invalid-request', 'This is not a request that can be read as HTTP.']
  if (socket.writable) socket.write(lastAnswer(slug, detail))
  socket.destroySoon()
}

/** A problem as the last that is said on a line of HTTP/1.1. */
export function lastAnswer(slug: ProblemSlug, detail: string): string {
  const problem = problemOf(slug, detail)
  const body = JSON.stringify(problem)
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'X-Content-Type-Options: nosniff',
    'Cache-Control: no-store',
    'Connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}

/** Answers who asks for an upgrade that is not to be had. Who keeps its half open would keep the server from closing. */
export function refuseUpgrade(socket: Duplex, slug: ProblemSlug, detail: string): void {
  socket.end(lastAnswer(slug, detail), () => socket.destroy())
}

const endOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`

/**
 * Connections on which nothing was asked yet are let go at the close. Node takes them for busy: a browser or a client that had dialled ahead held up a stop
 * for as long as a late request may take.
 */
export function letGoOfUnused(app: FastifyInstance): void {
  const unused = new Set<Socket>()
  const keep = (socket: Socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  }
  // A line of TLS is another thing than the connection beneath it, which goes with it.
  const beneath = new Map<string, Socket>()
  const isTls = 'setSecureContext' in app.server
  app.server.on('connection', (socket: Socket) => {
    keep(socket)
    if (!isTls) return
    const from = endOf(socket)
    beneath.set(from, socket)
    socket.once('close', () => beneath.delete(from))
  })
  app.server.on('secureConnection', (line: TLSSocket) => {
    const socket = beneath.get(endOf(line))
    if (socket) unused.delete(socket)
    // Those of HTTP/2 are closed by their sessions.
    if (line.alpnProtocol !== 'h2') keep(line)
  })
  app.server.on('request', ({ socket }) => unused.delete(socket))
  app.server.on('upgrade', ({ socket }) => unused.delete(socket))
  app.addHook('preClose', async () => {
    for (const socket of unused) socket.destroy()
  })
}
