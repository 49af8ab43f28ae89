import type { FastifyInstance } from 'fastify'
import type { Config } from '../../platform/config.ts'
import { isTlsOn } from '../../platform/tls.ts'

/**
 * The origin under which people reach the server, as a document can name it: the one of the settings, else where it listens. Not taken from the request: documents are
 * kept, and a Host header may say anything.
 */
export function baseOf(app: FastifyInstance, config: Pick<Config, 'publicUrl' | 'tls' | 'tlsCert'>): string {
  if (config.publicUrl !== undefined) return config.publicUrl
  const scheme = isTlsOn(config) ? 'https' : 'http'
  const address = app.server.address()
  if (address === null || typeof address === 'string') return `${scheme}://127.0.0.1:7000`
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `${scheme}://${host}:${address.port}`
}
