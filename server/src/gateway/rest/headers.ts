import type { FastifyReply } from 'fastify'
import type { Config } from '../../platform/config.ts'

/**
 * Of what is data: it is what it is said to be, whoever opens it as a page gets nothing that runs or is framed, no page of elsewhere loads it, and nobody keeps it unless its route says
 * so. What else browsers take concerns pages alone; each header costs a third of a microsecond of every answer.
 */
export const dataHeaders = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const

/** Of pages: nothing from elsewhere, nothing inline, in nobody's frame, no window or process shared with others'; the console scans with the camera. */
export const pageHeaders = {
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(self), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
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
export function headersOfAll(
  config: Pick<Config, 'publicUrl' | 'tlsCert' | 'allowedOrigins'>,
): Readonly<Record<string, string>> {
  const isByTls = config.publicUrl?.startsWith('https:') ?? config.tlsCert !== undefined
  return {
    ...dataHeaders,
    ...(isByTls ? { 'strict-transport-security': HSTS } : {}),
    ...(config.allowedOrigins === undefined ? {} : { vary: 'origin' }),
  }
}

/** Puts the headers of an answer on what is beneath it, for what writes there itself from now on. */
export function carryHeaders(reply: FastifyReply): void {
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value)
  }
}

/** Sends a page, or what a page is made of. */
export function sendPart(reply: FastifyReply, type: string, text: string): FastifyReply {
  return reply
    .headers(pageHeaders)
    .header('cache-control', 'no-cache')
    .header('content-type', `${type}; charset=utf-8`)
    .send(text)
}
