import type { FastifyInstance } from 'fastify'
import type { Config } from '../../platform/config.ts'
import { baseOf } from './base.ts'
import type { ApiDocument } from './document.ts'
import { docsPage } from './docs-page.ts'
import { style } from './docs-style.ts'
import { sendPart } from './headers.ts'

/** The page of the API at `/docs`, made once from the document that the routes give, when it is first asked for. */
export function registerDocs(app: FastifyInstance, config: Pick<Config, 'publicUrl' | 'tls' | 'tlsCert'>): void {
  let page: string | undefined
  app.get('/docs', { schema: { hide: true } }, async (_request, reply) => {
    page ??= docsPage(app.swagger() as unknown as ApiDocument, baseOf(app, config))
    return sendPart(reply, 'text/html', page)
  })
  app.get('/docs/style.css', { schema: { hide: true } }, async (_request, reply) => sendPart(reply, 'text/css', style))
}
