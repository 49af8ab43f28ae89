import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'

/** Nothing from elsewhere, nothing inline, in nobody's frame. */
export const pageHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
} as const

/** The built page at `/`. Files with a hash in their name never change; the first one is asked for each time. */
export async function registerPage(app: FastifyInstance, services: Services): Promise<void> {
  const { pageFolder } = services
  if (pageFolder === undefined || !existsSync(join(pageFolder, 'index.html'))) return
  await app.register(fastifyStatic, {
    root: pageFolder,
    wildcard: false,
    schemaHide: true,
    cacheControl: false,
    setHeaders: (reply, path) => {
      for (const [name, value] of Object.entries(pageHeaders)) reply.header(name, value)
      const fixed = /[/\\]assets[/\\]/.test(path)
      reply.header('cache-control', fixed ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
}
