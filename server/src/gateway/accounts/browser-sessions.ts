import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  beginSession,
  cookieNames,
  endSession,
  readSession,
  record,
  returnPath,
  revoke,
  sessionCookie,
  SIGNING_IN_S,
  tokenOfCookie,
  type PageSignIn,
  type Session,
  type SignedIn,
} from '../../access/access.ts'
import { cookiesOf, cookieText } from '../cookies.ts'
import { foreignFormPage, noticePage, refusedPage } from './account-pages.ts'
import { isOwnForm, readForms, show, whenceOf, type AccountsDoor } from './account-requests.ts'

/** Keeps what a browser has to come back with. */
const SIGNING_IN = '__Host-cellarhand-signing-in'

interface Door extends AccountsDoor {
  readonly pageSignIn: PageSignIn
}

/**
 * Sessions of browsers: the page sends people to the issuer and takes them back, as its client. What the issuer gives stays here; a browser has a cookie that no script reads.
 */
export function registerBrowserSessions(app: FastifyInstance, door: Door): void {
  readForms(app)
  const schema = { hide: true }
  app.get<{ Querystring: { return?: string | string[] } }>('/session/sign-in', { schema }, (request, reply) =>
    begin(door, request, reply),
  )
  app.get('/session/callback', { schema }, (request, reply) => comeBack(door, request, reply))
  app.post('/session/sign-out', { schema }, (request, reply) => signOut(door, request, reply))
  app.get('/session/signed-out', { schema }, (_request, reply) => signedOut(door, reply))
}

async function begin(
  door: Door,
  request: FastifyRequest<{ Querystring: { return?: string | string[] } }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const elsewhere = ownAddressOf(door, request)
  if (elsewhere !== undefined) return plainly(reply).redirect(elsewhere, 303)
  const [asked] = [request.query.return].flat()
  try {
    // Whoever is signed in and does it again is to show who they are, and not that their browser is known.
    const before = await sessionOf(door, cookiesOf(request.headers.cookie ?? '').get(cookieNames.session))
    const { url, kept } = await door.pageSignIn.begin(returnPath(asked), before !== undefined)
    return await plainly(reply)
      .header('set-cookie', cookieText(SIGNING_IN, kept, SIGNING_IN_S))
      .redirect(url, 303)
  } catch (error) {
    request.log.warn({ err: error }, 'the issuer cannot be asked')
    reply.header('retry-after', '10')
    return show(reply, refusedPage('Whoever keeps the accounts does not answer. Try again in a moment.'), 503)
  }
}

const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/

/** This machine has several names, and a cookie belongs to one: whoever has come by another goes on where the issuer sends them back to. */
function ownAddressOf({ publicUrl }: Door, { host, hostname, url }: FastifyRequest): string | undefined {
  const own = new URL(publicUrl)
  const isOther = host !== own.host && loopback.test(hostname) && loopback.test(own.hostname)
  return isOther ? `${own.origin}${url}` : undefined
}

const plainly = (reply: FastifyReply): FastifyReply => reply.header('cache-control', 'no-store')

async function comeBack(door: Door, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const cookies = cookiesOf(request.headers.cookie ?? '')
  const answered = new URL(request.url, door.publicUrl).searchParams
  const finished = await door.pageSignIn.finish(answered, cookies.get(SIGNING_IN))
  const gone = cookieText(SIGNING_IN, '', 0)
  if (finished.kind === 'refused') return show(reply.header('set-cookie', gone), refusedPage(finished.why), 400)
  const before = await sessionOf(door, cookies.get(cookieNames.session))
  const guest = door.guests.open(cookies.get(cookieNames.guest) ?? '')?.subject ?? guestOf(before, finished.signedIn)
  // A new one, whatever the browser had: a session that somebody has slipped it is worth nothing.
  const { token, maxAgeS } = await beginSession(door.pool, finished.signedIn, guest)
  if (before) await end(door, before)
  await told(door, finished.signedIn.subject, 'beginSession', request)
  return plainly(reply)
    .header('set-cookie', [
      cookieText(cookieNames.session, sessionCookie(token), maxAgeS),
      // The guest is part of the session now. Whoever uses this browser next is another.
      cookieText(cookieNames.guest, '', 0),
      gone,
    ])
    .redirect(finished.returnTo, 303)
}

interface Found {
  readonly token: string
  readonly session: Session
}

/** The session of a cookie. */
async function sessionOf({ pool }: Door, cookie: string | undefined): Promise<Found | undefined> {
  const token = tokenOfCookie(cookie)
  if (token === undefined) return undefined
  const session = await readSession(pool, token)
  return session && { token, session }
}

/** Who signs in once more is still the guest that they were. */
function guestOf(before: Found | undefined, { subject }: SignedIn): string | undefined {
  return before?.session.caller.subject === subject ? before.session.caller.customers[1] : undefined
}

async function end({ pool }: Door, { token, session }: Found): Promise<void> {
  await endSession(pool, token)
  for (const what of session.caller.revokedWith) await revoke(pool, what)
}

function told({ pool }: Door, subject: string, operation: string, request: FastifyRequest): Promise<void> {
  return record(pool, { subject, via: 'session' }, { operation, outcome: 'done' }, whenceOf(request))
}

async function signOut(door: Door, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  if (!isOwnForm(door, request.raw)) return show(reply, foreignFormPage(), 403)
  const found = await sessionOf(door, cookiesOf(request.headers.cookie ?? '').get(cookieNames.session))
  if (found) {
    await end(door, found)
    await told(door, found.session.caller.subject, 'signOut', request)
  }
  const { embedded } = door.accounts
  const issuers = embedded ? await embedded.signOut(request.raw, reply.raw) : []
  return plainly(reply)
    .header('set-cookie', [cookieText(cookieNames.session, '', 0), ...issuers])
    .redirect(embedded ? '/' : '/session/signed-out', 303)
}

/** Where the issuer is somebody else's, it may go on knowing who this is. */
async function signedOut({ pageSignIn }: Door, reply: FastifyReply): Promise<FastifyReply> {
  const url = await pageSignIn.signOutUrl().catch(() => undefined)
  const next = url === undefined ? undefined : { href: url, text: 'Sign out there too' }
  const more = next ? ['Whoever keeps your account may still know this browser.'] : []
  return show(reply, noticePage('You are signed out', ['Here nobody is signed in any more.', ...more], next))
}
