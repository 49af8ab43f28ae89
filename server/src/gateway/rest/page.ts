import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { pageHeaders } from './headers.ts'
import type { Services } from '../services.ts'

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
