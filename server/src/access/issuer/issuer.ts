import type { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type pg from 'pg'
import type { JWTVerifyGetKey } from 'jose'
import { inject } from 'light-my-request'
import type { default as OidcProvider } from 'oidc-provider'
import { nobody } from '../caller.ts'
import type { Whence } from '../audit.ts'
import type { Recorder } from '../recorder.ts'
import { installedSecret } from '../secrets.ts'
import { keptSecret, type ClientMetadata } from './clients.ts'
import { loadLibrary } from './library.ts'
import { createProvider, issuerCookies, peopleRoles, type IssuerPages } from './provider.ts'
import { followSigningKeys } from './signing-keys.ts'
import { createSignIns, type SignIns } from './sign-ins.ts'

/** Where the issuer stands, below the address of the server. */
export const ISSUER_PATH = '/oidc'
/** The server's own client: browsers sign in to its page through it. */
export const PAGE_CLIENT = 'cellarhand-page'
export const CALLBACK_PATH = '/session/callback'

/** An issuer of tokens within this server, for who has none. */
export interface EmbeddedIssuer {
  readonly issuer: string
  readonly audience: string
  readonly keys: JWTVerifyGetKey
  /** what its page client shows of itself */
  readonly pageSecret: string
  readonly signIns: SignIns
  /** Answers a request, whose address has lost `ISSUER_PATH`; nobody has read its body. */
  handle(request: IncomingMessage, response: ServerResponse, whence: Whence): void
  /** Asks it as `fetch` would, without a network or a certificate between. */
  readonly fetch: typeof globalThis.fetch
  /** Ends what a browser is signed in to here, and what was given to it. Answers the cookies that take its own away. */
  signOut(request: IncomingMessage, response: ServerResponse): Promise<readonly string[]>
  /** Resolves when its loops have ended. */
  readonly done: Promise<void>
}

export interface IssuerDoor {
  /** `https://cellar.example`, without a path */
  readonly publicUrl: string
  readonly audience: string
  readonly pages: IssuerPages
  /** pages of which origins may ask for tokens and keys from a browser */
  readonly isAllowedOrigin: (origin: string) => boolean
  readonly recorder: Pick<Recorder, 'refused'>
  readonly nowMs: () => number
  readonly signal: AbortSignal
  readonly onError: (error: unknown) => void
}

/** The issuer's name, as it stands in its tokens. */
export const issuerOf = (publicUrl: string): string => `${publicUrl}${ISSUER_PATH}`

/** Opens the embedded issuer on the installation's database. */
export async function openIssuer(pool: pg.Pool, door: IssuerDoor): Promise<EmbeddedIssuer> {
  const library = await loadLibrary()
  const pageSecret = await installedSecret(pool, 'page-client')
  const cookieKey = await installedSecret(pool, 'issuer-cookies')
  const origins = new Map<IncomingMessage, Whence>()
  const issuer = issuerOf(door.publicUrl)
  const pageClient = pageClientOf(door.publicUrl, pageSecret)
  const make = () => {
    const made = createProvider({ ...door, library, pool, issuer, keys: keys.all(), cookieKey, pageClient })
    listen(made, door, (request) => origins.get(request))
    return { provider: made, answer: made.callback() }
  }
  const keys = await followSigningKeys(pool, { ...door, onChanged: () => (current = make()) })
  let current = make()
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    // What it makes of its own address, it makes of where it stands.
    Object.assign(request, { originalUrl: `${ISSUER_PATH}${request.url}` })
    void current.answer(request, response)
  }
  return {
    issuer,
    audience: door.audience,
    keys: keys.verify,
    pageSecret,
    signIns: createSignIns(() => current.provider),
    handle(request, response, whence) {
      origins.set(request, whence)
      response.once('close', () => origins.delete(request))
      answer(request, response)
    },
    fetch: (url, init) => fetchFrom(answer, url, init),
    signOut: (request, response) => signOut(current.provider, request, response),
    done: keys.done,
  }
}

/** A refused token is on record; what is broken is told. */
function listen(
  provider: OidcProvider,
  { recorder, onError }: Pick<IssuerDoor, 'recorder' | 'onError'>,
  whenceOf: (request: IncomingMessage) => Whence | undefined,
): void {
  // Koa's own event, which the library's types leave out.
  const koa: EventEmitter = provider
  koa.on('error', onError)
  provider.on('server_error', (_ctx, error) => onError(error))
  provider.on('grant.error', ({ oidc, req }, error) => {
    const client = oidc.client?.clientId
    const target = client === undefined ? {} : { target: `client:${client}` }
    recorder.refused(nobody, { operation: 'getToken', outcome: error.message, ...target }, whenceOf(req))
  })
}

function pageClientOf(publicUrl: string, secret: string): ClientMetadata {
  return {
    client_id: PAGE_CLIENT,
    client_name: 'Cellarhand',
    client_secret: keptSecret(secret),
    application_type: 'web',
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: [`${publicUrl}${CALLBACK_PATH}`],
    roles: peopleRoles,
  }
}

/** Statuses whose answers have no body. */
const bodiless = new Set([204, 205, 304])

async function fetchFrom(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  ...[input, init]: Parameters<typeof globalThis.fetch>
): Promise<Response> {
  const asked = new Request(input, init)
  const { pathname, search } = new URL(asked.url)
  const { statusCode, headers, rawPayload } = await inject(answer, {
    method: asked.method,
    url: `${pathname.slice(ISSUER_PATH.length)}${search}`,
    headers: Object.fromEntries(asked.headers),
    payload: Buffer.from(await asked.arrayBuffer()),
  })
  const told = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, String(one)]),
  )
  const body = bodiless.has(statusCode) ? null : new Uint8Array(rawPayload)
  return new Response(body, { status: statusCode, headers: told })
}

async function signOut(
  provider: OidcProvider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<readonly string[]> {
  const session = await provider.Session.get(provider.createContext(request, response))
  if (session.accountId !== undefined) {
    for (const { grantId } of Object.values(session.authorizations ?? {})) {
      if (grantId === undefined) continue
      await provider.RefreshToken.revokeByGrantId(grantId)
      const grant = await provider.Grant.find(grantId)
      await grant?.destroy()
    }
    await session.destroy()
  }
  const { session: name } = issuerCookies
  return [name, `${name}.sig`].map((one) => `${one}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax`)
}
