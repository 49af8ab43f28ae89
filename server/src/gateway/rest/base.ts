import type { FastifyInstance } from 'fastify'

/** Where the server listens, as a document can name it. Not taken from the request: documents are kept, and a Host header may say anything. */
export function baseOf(app: FastifyInstance): string {
  const address = app.server.address()
  if (address === null || typeof address === 'string') return 'http://127.0.0.1:7000'
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${host}:${address.port}`
}
