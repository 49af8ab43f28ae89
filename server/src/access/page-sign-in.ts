import * as oauth from 'oauth4webapi'
import type { JWTVerifyGetKey } from 'jose'
import type { Seal } from '../platform/seal.ts'
import { must } from '../platform/must.ts'
import { roles, type Caller } from './caller.ts'
import { isOnThisMachine } from './outside.ts'
import { hashOf, isSame } from './secrets.ts'
import type { Session, SignedIn } from './sessions.ts'
import { callerOfToken, isNotBelieved } from './tokens.ts'

/** As long as a sign-in may take at the issuer. */
export const SIGNING_IN_S = 1_800
/** Whom the issuer has not seen for so long it asks again: as long as a session lives here. */
const SEEN_WITHIN_S = 12 * 3_600
const ANSWER_MS = 10_000
const PURPOSE = 'sign-in'

/** What came of a sign-in at the issuer. */
export type Finished =
  | { readonly kind: 'in'; readonly signedIn: SignedIn; readonly returnTo: string }
  | { readonly kind: 'refused'; readonly why: string }

/** What the issuer says of a session, asked again. */
export type Freshened =
  | { readonly kind: 'fresh'; readonly signedIn: SignedIn }
  | { readonly kind: 'ended' }
  | { readonly kind: 'unheard' }

/** Signs browsers in at an issuer, whichever it is: authorization code with PKCE, state, nonce, and the issuer's name in its answer (RFC 9207). */
export interface PageSignIn {
  /** Where the browser goes, and what its cookie keeps meanwhile. With `anew` they show who they are even where the issuer knows them. */
  begin(returnTo: string, anew?: boolean): Promise<{ readonly url: string; readonly kept: string }>
  /** @param answered the parameters that it has come back with */
  finish(answered: URLSearchParams, kept: string | undefined): Promise<Finished>
  freshen(session: Session): Promise<Freshened>
  /** Where one signs out of the issuer itself; undefined where that has no such page. */
  signOutUrl(): Promise<string | undefined>
}

export interface PageSignInOptions {
  readonly issuer: string
  readonly audience: string
  readonly keys: JWTVerifyGetKey
  readonly metadata: () => Promise<oauth.AuthorizationServer>
  readonly clientId: string
  readonly clientSecret: string | undefined
  /** `https://cellar.example` */
  readonly publicUrl: string
  readonly redirectUri: string
  /** how the issuer is asked, where not over the network */
  readonly fetch?: typeof globalThis.fetch | undefined
  readonly seal: Seal
  readonly nowMs: () => number
  readonly onError: (error: unknown) => void
}

/** What a browser keeps while it is at the issuer: sealed, so that nobody gives it another's. */
interface Kept {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  readonly returnTo: string
  readonly endsAtMs: number
}

const ended = 'This sign-in was begun in another window, or too long ago.'

export function createPageSignIn(options: PageSignInOptions): PageSignIn {
  const { seal, nowMs, onError } = options
  return {
    async begin(returnTo, anew = false) {
      const kept: Kept = {
        state: oauth.generateRandomState(),
        nonce: oauth.generateRandomNonce(),
        verifier: oauth.generateRandomCodeVerifier(),
        returnTo,
        endsAtMs: nowMs() + SIGNING_IN_S * 1_000,
      }
      const text = Buffer.from(JSON.stringify(kept)).toString('base64url')
      return { url: await addressOf(options, kept, anew), kept: seal.close(PURPOSE, text) }
    },
    async finish(answered, sealed) {
      const kept = openKept(options, sealed)
      if (!kept || !isSame(hashOf(answered.get('state') ?? ''), hashOf(kept.state)))
        return { kind: 'refused', why: ended }
      try {
        return await redeem(options, answered, kept)
      } catch (error) {
        return { kind: 'refused', why: whyOf(error, onError) }
      }
    },
    async freshen(session) {
      try {
        return await freshen(options, session)
      } catch (error) {
        // That the issuer has refused is an answer. That it is away is none.
        if (error instanceof oauth.ResponseBodyError && error.status < 500) return { kind: 'ended' }
        onError(error)
        return { kind: 'unheard' }
      }
    },
    async signOutUrl() {
      const { end_session_endpoint: address } = await options.metadata()
      if (address === undefined) return undefined
      const url = new URL(address)
      url.searchParams.set('client_id', options.clientId)
      url.searchParams.set('post_logout_redirect_uri', `${options.publicUrl}/`)
      return url.href
    },
  }
}

function openKept({ seal, nowMs }: PageSignInOptions, sealed: string | undefined): Kept | undefined {
  const text = sealed === undefined ? undefined : seal.open(PURPOSE, sealed)
  if (text === undefined) return undefined
  const kept = JSON.parse(Buffer.from(text, 'base64url').toString()) as Kept
  return kept.endsAtMs > nowMs() ? kept : undefined
}

async function addressOf(options: PageSignInOptions, { state, nonce, verifier }: Kept, anew: boolean): Promise<string> {
  const { authorization_endpoint: address, scopes_supported: scopes } = await options.metadata()
  const url = new URL(must(address, 'authorization_endpoint of the issuer'))
  // An issuer that gives refresh tokens by a scope says so.
  const offline = scopes?.includes('offline_access') ? ['offline_access'] : []
  const asked = {
    response_type: 'code',
    client_id: options.clientId,
    redirect_uri: options.redirectUri,
    scope: ['openid', 'profile', ...offline, ...roles.filter((role) => role !== 'guest' && role !== 'machine')].join(
      ' ',
    ),
    resource: options.audience,
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    // Asked for that, an issuer says when it has seen them (OpenID Connect Core, 3.1.2.1).
    max_age: String(SEEN_WITHIN_S),
    ...(anew ? { prompt: 'login' } : {}),
  }
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value)
  return url.href
}

function asking({ issuer, fetch }: PageSignInOptions) {
  return {
    signal: AbortSignal.timeout(ANSWER_MS),
    [oauth.allowInsecureRequests]: fetch !== undefined || isOnThisMachine(issuer),
    ...(fetch ? { [oauth.customFetch]: (url: string, init: object) => fetch(url, init) } : {}),
  }
}

function clientOf({ clientId, clientSecret }: PageSignInOptions) {
  const client: oauth.Client = { client_id: clientId }
  return { client, shown: clientSecret === undefined ? oauth.None() : oauth.ClientSecretBasic(clientSecret) }
}

async function redeem(options: PageSignInOptions, answered: URLSearchParams, kept: Kept): Promise<Finished> {
  const as = await options.metadata()
  const { client, shown } = clientOf(options)
  const good = oauth.validateAuthResponse(as, client, answered, kept.state)
  const response = await oauth.authorizationCodeGrantRequest(
    as,
    client,
    shown,
    good,
    options.redirectUri,
    kept.verifier,
    asking(options),
  )
  const told = await oauth.processAuthorizationCodeResponse(as, client, response, {
    expectedNonce: kept.nonce,
    requireIdToken: true,
  })
  const signedIn = await signedInOf(options, told, undefined)
  if ('why' in signedIn) return { kind: 'refused', why: signedIn.why }
  return { kind: 'in', signedIn, returnTo: kept.returnTo }
}

async function freshen(options: PageSignInOptions, session: Session): Promise<Freshened> {
  if (session.refreshToken === undefined) return { kind: 'ended' }
  const as = await options.metadata()
  const { client, shown } = clientOf(options)
  const response = await oauth.refreshTokenGrantRequest(as, client, shown, session.refreshToken, asking(options))
  const told = await oauth.processRefreshTokenResponse(as, client, response)
  const signedIn = await signedInOf(options, told, session)
  if ('why' in signedIn || signedIn.subject !== session.caller.subject) return { kind: 'ended' }
  return { kind: 'fresh', signedIn }
}

/** Who has signed in is what the access token says, as it would if it were shown to the API. */
async function signedInOf(
  options: PageSignInOptions,
  told: oauth.TokenEndpointResponse,
  before: Session | undefined,
): Promise<SignedIn | { readonly why: string }> {
  const caller = await callerOfToken(told.access_token, options)
  if (isNotBelieved(caller)) return { why: `The issuer’s token is not accepted: ${caller.reason}.` }
  const claims = oauth.getValidatedIdTokenClaims(told)
  const refreshToken = told.refresh_token ?? before?.refreshToken
  return {
    subject: caller.subject,
    name: nameOf(claims, caller, before),
    roles: [...caller.roles].filter((role) => role !== 'guest'),
    locations: caller.locations && [...caller.locations],
    idToken: told.id_token ?? before?.idToken,
    refreshToken,
    freshUntilMs: must(caller.expiresAtMs, 'the end of an access token'),
  }
}

/** As the issuer says it; where it says nothing more, as it did before. */
function nameOf(claims: oauth.IDToken | undefined, caller: Caller, before: Session | undefined): string {
  const name = claims?.['name'] ?? claims?.['preferred_username']
  if (typeof name === 'string' && name !== '') return name
  return caller.name === caller.subject && before ? before.caller.name : caller.name
}

/** Why it came to nothing, for people; what is not theirs to put right goes into the log. */
function whyOf(error: unknown, onError: (error: unknown) => void): string {
  if (error instanceof oauth.AuthorizationResponseError) {
    return error.error === 'access_denied'
      ? 'It was called off.'
      : `The issuer has refused it: ${error.error_description ?? error.error}.`
  }
  onError(error)
  if (error instanceof oauth.ResponseBodyError) return `The issuer has refused it: ${error.error}.`
  return 'The issuer did not answer as it has to.'
}
