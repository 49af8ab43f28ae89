import type { FastifyInstance } from 'fastify'
import { ISSUER_PATH, type EmbeddedIssuer } from '../../access/access.ts'
import { accountStyle } from './account-style.ts'
import { whenceOf, type AccountsServed } from './account-requests.ts'
import { registerBrowserSessions } from './browser-sessions.ts'
import { registerSignIn } from './sign-in-routes.ts'

export { issuerPages } from './account-pages.ts'
export type { AccountsServed } from './account-requests.ts'

/** How people sign in: the embedded issuer at /oidc with its pages, and the sessions of browsers. */
export async function registerAccounts(app: FastifyInstance, served: AccountsServed): Promise<void> {
  const { embedded, pageSignIn } = served.accounts
  app.get('/sign-in/style.css', { schema: { hide: true } }, (_request, reply) =>
    reply
      .headers({ 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' })
      .header('content-type', 'text/css; charset=utf-8')
      .send(accountStyle),
  )
  if (embedded) {
    await app.register(async (inner) => mount(inner, embedded))
    await app.register(async (inner) => registerSignIn(inner, { ...served, signIns: embedded.signIns }))
  }
  if (pageSignIn) await app.register(async (inner) => registerBrowserSessions(inner, { ...served, pageSignIn }))
}

/** The issuer answers for itself: it reads bodies, and writes its answers, by its own rules. */
function mount(app: FastifyInstance, issuer: EmbeddedIssuer): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _body, done) => done(null))
  app.all(`${ISSUER_PATH}/*`, { schema: { hide: true } }, (request, reply) => {
    reply.hijack()
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value)
    }
    request.raw.url = request.url.slice(ISSUER_PATH.length)
    issuer.handle(request.raw, reply.raw, whenceOf(request))
  })
}
