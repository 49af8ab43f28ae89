import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Config } from '../../platform/config.ts'
import { baseOf } from './base.ts'
import type { ApiDocument } from './document.ts'
import { docsPage } from './docs-page.ts'
import { style } from './docs-style.ts'
import { pageHeaders } from './headers.ts'

/** The page of the API at `/docs`, made once from the document that the routes give, when it is first asked for. */
export function registerDocs(app: FastifyInstance, config: Pick<Config, 'publicUrl' | 'tls' | 'tlsCert'>): void {
  let page: string | undefined
  app.get('/docs', { schema: { hide: true } }, async (_request, reply) => {
    page ??= docsPage(app.swagger() as unknown as ApiDocument, baseOf(app, config))
    return send(reply, 'text/html', page)
  })
  app.get('/docs/style.css', { schema: { hide: true } }, async (_request, reply) => send(reply, 'text/css', style))
}

function send(reply: FastifyReply, type: string, text: string): FastifyReply {
  return reply
    .headers(pageHeaders)
    .header('cache-control', 'no-cache')
    .header('content-type', `${type}; charset=utf-8`)
    .send(text)
}
