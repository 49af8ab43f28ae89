import { createLocalJWKSet, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose'
import type pg from 'pg'
import * as oidc from 'openid-client'
import { expect } from 'vitest'
import { makeClient, makeUser, newPassword, type NewUser } from '../src/access/access.ts'
import { systemIds } from '../src/platform/ids.ts'
import { createPool } from '../src/platform/postgres/database.ts'
import { createJar, type Jar } from './jar.ts'
import { startServer, type TestServer } from './server.ts'

const audience = 'urn:cellarhand:api'
const redirectUri = 'http://127.0.0.1/elsewhere'
const scope = 'openid customer shop cellar buyer admin'

/** What everybody signs in with here. */
export const password = 'as many corks as there are stars'

/** A sign-in up to where the app is told. */
export interface Begun {
  readonly jar: Jar
  readonly verifier: string
  readonly state: string
  readonly nonce: string
  /** where the browser is sent with what it has to bring */
  readonly back: URL
}

/** A server with its issuer, and an app of somebody else's that people sign in to: at most a customer or of the shop. */
export async function openIssuerApp() {
  return issuerAppOf(await startServer({ env: { CELLARHAND_AUTH: 'on', CELLARHAND_RATE_PERCENT: '10000' } }))
}

/** The same of a server that runs already; it is stopped with `close`. */
export async function issuerAppOf(server: Pick<TestServer, 'url' | 'databaseUrl' | 'stop'>) {
  const pool = createPool(server.databaseUrl, { applicationName: 'tests', max: 4 })
  const asked = { kind: 'app', name: 'Pocket cellar', roles: ['customer', 'shop'], isPublic: true } as const
  const { id } = await makeClient(pool, { ...asked, redirectUris: [redirectUri] }, systemIds)
  const app = await discover(server, id)
  return {
    server,
    pool,
    app,
    discover: (client: string, secret?: string) => discover(server, client, secret),
    person: (some: Partial<Pick<NewUser, 'roles' | 'locations'>> = {}) => person(pool, some),
    authorizationUrl: (more: Record<string, string> = {}) => authorizationUrl(app, more),
    signIn: (who: { readonly email: string; readonly password?: string }) => signIn(server, app, who),
    redeem: ({ back, verifier, state, nonce }: Begun) =>
      oidc.authorizationCodeGrant(app, back, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      }),
    claimsOf: (token: string) => claimsOf(server, token),
    isRevoked: async (what: string) =>
      ((await pool.query('select 1 from access.revocations where what = $1', [what])).rowCount ?? 0) > 0,
    async close() {
      await pool.end()
      await server.stop()
    },
  }
}

export type IssuerApp = Awaited<ReturnType<typeof openIssuerApp>>

function discover({ url }: Pick<TestServer, 'url'>, id: string, secret?: string): Promise<oidc.Configuration> {
  const auth = secret === undefined ? oidc.None() : oidc.ClientSecretBasic(secret)
  return oidc.discovery(new URL(`${url}/oidc`), id, undefined, auth, { execute: [oidc.allowInsecureRequests] })
}

let people = 0

async function person(pool: pg.Pool, some: Partial<Pick<NewUser, 'roles' | 'locations'>>) {
  people += 1
  const email = `person${people}@example.com`
  const chosen = { roles: ['customer'], ...some, password: await newPassword(password) } as const
  const made = await makeUser(pool, { email, name: 'Ada Cellar', ...chosen }, systemIds)
  if (made === 'taken') throw new Error(`${email} is taken`)
  return { id: made.user.id, email }
}

async function authorizationUrl(app: oidc.Configuration, more: Record<string, string>): Promise<URL> {
  const challenge = await oidc.calculatePKCECodeChallenge(oidc.randomPKCECodeVerifier())
  const asked = { redirect_uri: redirectUri, scope, state: 'a-state', code_challenge: challenge, ...more }
  return oidc.buildAuthorizationUrl(app, { code_challenge_method: 'S256', ...asked })
}

async function signIn(
  { url }: Pick<TestServer, 'url'>,
  app: oidc.Configuration,
  { email, password: shown = password }: { readonly email: string; readonly password?: string },
): Promise<Begun> {
  const jar = createJar(url)
  const verifier = oidc.randomPKCECodeVerifier()
  const state = oidc.randomState()
  const nonce = oidc.randomNonce()
  const challenge = await oidc.calculatePKCECodeChallenge(verifier)
  const page = await jar.go((await authorizationUrl(app, { state, nonce, code_challenge: challenge })).href)
  expect(page.text).toContain('To go on to Pocket cellar')
  const arrived = await jar.send(page.url, { email, password: shown })
  expect(arrived.status).toBe(0)
  return { jar, verifier, state, nonce, back: new URL(arrived.url) }
}

/** What an access token says, once it is known to be the issuer's, and for the API. */
async function claimsOf({ url }: Pick<TestServer, 'url'>, token: string): Promise<JWTPayload> {
  const keys = (await (await fetch(`${url}/oidc/jwks`)).json()) as JSONWebKeySet
  const { payload } = await jwtVerify(token, createLocalJWKSet(keys), {
    typ: 'at+jwt',
    issuer: `${url}/oidc`,
    audience,
    algorithms: ['ES256'],
  })
  return payload
}
