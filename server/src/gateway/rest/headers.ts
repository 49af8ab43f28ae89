import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Config } from '../../platform/config.ts'

/** Types are what they are said to be, and no page of elsewhere shares a window or a process with ours; the console scans with the camera. */
const everywhere = {
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(self), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
} as const

/** Of what is data: whoever opens it as a page gets nothing that runs, and nobody keeps it unless its route says so. */
export const dataHeaders = {
  ...everywhere,
  'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const

/** Of pages: nothing from elsewhere, nothing inline, in nobody's frame. */
export const pageHeaders = {
  ...everywhere,
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'referrer-policy': 'same-origin',
} as const

/** A year: what a browser has seen over TLS it asks for over TLS from then on. */
const HSTS = 'max-age=31536000'

/**
 * Headers of every answer, before anything else is decided of it; routes may set their own over them. Browsers are told to keep to TLS where people reach it by TLS. Not
 * where the certificate is made here: they would keep to it for whatever else is served on localhost.
 */
export function secureHeaders(app: FastifyInstance, config: Pick<Config, 'publicUrl' | 'tlsCert'>): void {
  const isByTls = config.publicUrl?.startsWith('https:') ?? config.tlsCert !== undefined
  const headers = { ...dataHeaders, ...(isByTls ? { 'strict-transport-security': HSTS } : {}) }
  app.addHook('onRequest', (_request, reply, next) => {
    reply.headers(headers)
    next()
  })
}

/** Puts the headers of an answer on what is beneath it, for what writes there itself from now on. */
export function carryHeaders(reply: FastifyReply): void {
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value)
  }
}
