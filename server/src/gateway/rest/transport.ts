import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ProblemSlug } from '@cellarhand/protocol/problem'
import { problemOf, sendProblem } from './problems.ts'

/** An escaped zero byte in JSON text: behind an even number of backslashes, which would be one of its own otherwise. */
export const ESCAPED_ZERO_BYTE = /(?<!\\)(?:\\\\)*\\u0000/

export const ZERO_BYTE = 'Text cannot hold a zero byte.'

/**
 * Reads bodies as JSON and nothing else. An empty body is no body, whatever its content type says: some clients send one with a
 * DELETE. PostgreSQL keeps no zero byte in a text, so they are refused here for all members of all requests, and in addresses.
 */
export function readBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('text/plain')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = body as string
    if (text === '') done(null, null)
    else if (ESCAPED_ZERO_BYTE.test(text)) done(Object.assign(new Error(ZERO_BYTE), { statusCode: 400 }))
    else void parse(request, text, done)
  })
  app.addHook('onRequest', (request, reply, next) => {
    if (request.url.includes('%00')) void sendProblem(reply, 'invalid-request', ZERO_BYTE)
    else next()
  })
}

/** Answers an address for which there can be no route: its parts are no UTF-8, or longer than any that we give. */
export function answerBadAddress(_error: Error, _request: FastifyRequest, reply: FastifyReply): void {
  void sendProblem(reply, 'invalid-request', 'The address cannot be read: a part of it is malformed or too long.')
}

/**
 * Answers what never became a request, as Node tells of it: too slow, or not HTTP. The connection is closed behind the answer, since
 * nobody knows where the next request would begin.
 */
export function answerClientError(error: { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const [slug, detail]: [ProblemSlug, string] =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? ['request-timeout', 'The request was not whole in time.']
      : ['invalid-request', 'This is not a request that can be read as HTTP.']
  const problem = problemOf(slug, detail)
  const body = JSON.stringify(problem)
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.status === 408 ? 'Request Timeout' : 'Bad Request'}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  socket.destroySoon()
}

/**
 * Connections on which nothing was asked yet are let go at the close. Node takes them for busy: a browser or a client that had dialled ahead held up a stop
 * for as long as a late request may take.
 */
export function letGoOfUnused(app: FastifyInstance): void {
  const unused = new Set<Socket>()
  app.server.on('connection', (socket: Socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  app.server.on('request', ({ socket }) => unused.delete(socket))
  app.server.on('upgrade', ({ socket }) => unused.delete(socket))
  app.addHook('preClose', async () => {
    for (const socket of unused) socket.destroy()
  })
}
