import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type pg from 'pg'
import type { WhosePage } from '../origin.ts'
import type { Accounts, Guests, IssuerPage, Recorder, Whence } from '../../access/access.ts'

/** What the pages of accounts stand before. */
export interface AccountsServed {
  readonly accounts: Accounts
  readonly pool: pg.Pool
  readonly guests: Guests
  readonly recorder: Pick<Recorder, 'refused'>
  readonly newId: () => string
  /** whether customers may make accounts for themselves */
  readonly signUp: boolean
  readonly publicUrl: string
}

/** Those, and what the gateway knows. */
export interface AccountsDoor extends AccountsServed {
  readonly whosePage: WhosePage
}

/** Whether a form comes from a page of this server. Pages of other origins may ask for data, and not sign people in or out. */
export function isOwnForm({ whosePage }: AccountsDoor, request: IncomingMessage): boolean {
  const whose = whosePage(request)
  return whose === 'own' || (whose === 'none' && request.headers['sec-fetch-site'] === 'same-origin')
}

/** A form's body: an address, a name and a password. */
const FORM_BYTES_MAX = 16_384

/** Reads forms, and nothing else. */
export function readForms(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: FORM_BYTES_MAX },
    (_request, body, done) => done(null, new URLSearchParams(body as string)),
  )
}

/** Answers a page. */
export function show(reply: FastifyReply, { html, headers }: IssuerPage, status = 200): FastifyReply {
  return reply.code(status).headers(headers).header('content-type', 'text/html; charset=utf-8').send(html)
}

export function whenceOf({ ip, headers }: FastifyRequest): Whence {
  return { address: ip, agent: headers['user-agent'] }
}
