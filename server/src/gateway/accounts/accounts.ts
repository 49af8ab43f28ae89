import type { FastifyInstance } from 'fastify'
import { ISSUER_PATH, nobody, type EmbeddedIssuer } from '../../access/access.ts'
import type { Limits } from '../../limits/limits.ts'
import { carryHeaders } from '../rest/headers.ts'
import type { WhosePage } from '../origin.ts'
import { namelessPage, tooManyPage } from './account-pages.ts'
import { storefrontFonts } from './account-fonts.ts'
import { accountStyle } from './account-style.ts'
import { show, whenceOf, type AccountsDoor, type AccountsServed } from './account-requests.ts'
import { registerBrowserSessions } from './browser-sessions.ts'
import { registerSignIn } from './sign-in-routes.ts'

export { issuerPages } from './account-pages.ts'
export type { AccountsServed } from './account-requests.ts'

/** What the gateway has besides. */
interface Around {
  readonly limits: Limits
  readonly whosePage: WhosePage
  /** of the storefront, where there is one */
  readonly pageFolder: string | undefined
}

/** How people sign in: the embedded issuer at /oidc with its pages, and the sessions of browsers. */
export async function registerAccounts(
  app: FastifyInstance,
  accounts: AccountsServed,
  { limits, whosePage, pageFolder }: Around,
): Promise<void> {
  const served: AccountsDoor = { ...accounts, whosePage }
  const style = `${await storefrontFonts(pageFolder)}${accountStyle}`
  const { embedded, pageSignIn } = served.accounts
  app.get('/sign-in/style.css', { schema: { hide: true } }, (_request, reply) =>
    reply
      .headers({ 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' })
      .header('content-type', 'text/css; charset=utf-8')
      .send(style),
  )
  if (embedded) {
    await limited(app, limits, (inner) => mount(inner, embedded))
    await limited(app, limits, (inner) => registerSignIn(inner, { ...served, signIns: embedded.signIns }))
  }
  if (pageSignIn) {
    await limited(app, limits, (inner) => registerBrowserSessions(inner, { ...served, pageSignIn }))
  } else {
    app.get('/session/sign-in', { schema: { hide: true } }, (_request, reply) => show(reply, namelessPage(), 404))
  }
}

/** Whoever signs in is nobody yet: they are counted by where they come from. Forms work passwords out. */
async function limited(app: FastifyInstance, limits: Limits, register: (app: FastifyInstance) => void): Promise<void> {
  await app.register(async (inner) => {
    inner.addHook('onRequest', (request, reply, next) => {
      const isForm = request.method === 'POST' && request.url.startsWith('/sign-in/')
      const standing = limits.take(isForm ? 'sign' : 'enter', request.ip, { subject: nobody.subject, isProgram: false })
      if (!standing?.isOver) return next()
      void show(reply.header('retry-after', String(standing.resetS)), tooManyPage(standing.resetS), 429)
    })
    register(inner)
  })
}

/** The issuer answers for itself: it reads bodies, and writes its answers, by its own rules. */
function mount(app: FastifyInstance, issuer: EmbeddedIssuer): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _body, done) => done(null))
  app.all(`${ISSUER_PATH}/*`, { schema: { hide: true } }, (request, reply) => {
    reply.hijack()
    carryHeaders(reply)
    request.raw.url = request.url.slice(ISSUER_PATH.length)
    issuer.handle(request.raw, reply.raw, whenceOf(request))
  })
}
