import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose'
import type pg from 'pg'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createJar, type Jar } from '../../../test/jar.ts'
import { startServer, type TestServer } from '../../../test/server.ts'
import { systemIds } from '../../platform/ids.ts'
import { createPool } from '../../platform/postgres/database.ts'
import { changeUser, makeUser, type NewUser } from '../users.ts'
import { endGrantsOf } from './adapter.ts'
import { makeClient, removeClient } from './clients.ts'
import { rotateSigningKeys } from './signing-keys.ts'

const audience = 'urn:cellarhand:api'
const password = 'a cellar full of old bottles'
const redirectUri = 'http://127.0.0.1/elsewhere'
const scope = 'openid customer shop cellar buyer admin'

let server: TestServer
let pool: pg.Pool
let app: oidc.Configuration

const terminal = [vi.spyOn(console, 'info'), vi.spyOn(console, 'warn'), vi.spyOn(console, 'error')]

beforeAll(async () => {
  server = await startServer({ env: { CELLARHAND_AUTH: 'on' } })
  pool = createPool(server.databaseUrl, { applicationName: 'tests', max: 4 })
  const { id } = await makeClient(
    pool,
    { kind: 'app', name: 'Pocket cellar', roles: ['customer', 'shop'], redirectUris: [redirectUri], isPublic: true },
    systemIds,
  )
  app = await discover(id)
}, 120_000)

afterAll(async () => {
  await pool?.end()
  await server?.stop()
})

function discover(id: string, secret?: string): Promise<oidc.Configuration> {
  const auth = secret === undefined ? oidc.None() : oidc.ClientSecretBasic(secret)
  return oidc.discovery(new URL(`${server.url}/oidc`), id, undefined, auth, { execute: [oidc.allowInsecureRequests] })
}

const people = { count: 0 }

async function person(some: Partial<NewUser> = {}) {
  people.count += 1
  const email = `person${people.count}@example.com`
  const made = await makeUser(pool, { email, name: 'Ada Cellar', roles: ['customer'], password, ...some }, systemIds)
  if (made === 'taken') throw new Error('taken')
  return { id: made.user.id, email }
}

interface Begun {
  readonly jar: Jar
  readonly verifier: string
  readonly state: string
  readonly nonce: string
  /** where the browser is sent with what it has to bring */
  readonly back: URL
}

/** Signs somebody in to the app, up to where the app is told. */
async function signIn({ email }: { email: string }, more: Record<string, string> = {}): Promise<Begun> {
  const jar = createJar(server.url)
  const verifier = oidc.randomPKCECodeVerifier()
  const state = oidc.randomState()
  const nonce = oidc.randomNonce()
  const url = oidc.buildAuthorizationUrl(app, {
    redirect_uri: redirectUri,
    scope,
    state,
    nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...more,
  })
  const page = await jar.go(url.href)
  expect(page.text).toContain('To go on to Pocket cellar')
  const arrived = await jar.send(page.url, { email, password })
  expect(arrived.status).toBe(0)
  return { jar, verifier, state, nonce, back: new URL(arrived.url) }
}

const redeem = ({ back, verifier, state, nonce }: Begun) =>
  oidc.authorizationCodeGrant(app, back, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  })

async function claimsOf(token: string): Promise<JWTPayload> {
  const keys = (await (await fetch(`${server.url}/oidc/jwks`)).json()) as JSONWebKeySet
  const { payload } = await jwtVerify(token, createLocalJWKSet(keys), {
    typ: 'at+jwt',
    issuer: `${server.url}/oidc`,
    audience,
    algorithms: ['ES256'],
  })
  return payload
}

const isRevoked = async (what: string) =>
  ((await pool.query('select 1 from access.revocations where what = $1', [what])).rowCount ?? 0) > 0

const refusedWith = (code: string) => expect.objectContaining({ error: code })

describe('the embedded issuer', () => {
  test('gives who signs in an access token of what they are, and no more', async () => {
    const ada = await person({ roles: ['shop', 'admin'], locations: ['shop'] })
    const tokens = await redeem(await signIn(ada))
    expect(tokens.expires_in).toBe(600)
    const claims = await claimsOf(tokens.access_token)
    // An admin, and the app may be a shop at most.
    expect(claims).toMatchObject({ sub: ada.id, scope: 'shop', name: 'Ada Cellar', locations: ['shop'] })
    expect(claims['grant']).toEqual(expect.any(String))
    expect(tokens.claims()).toMatchObject({ sub: ada.id, name: 'Ada Cellar' })
    expect(decodeProtectedHeader(tokens.id_token ?? '').typ).not.toBe('at+jwt')
  })

  test('refuses a code with another verifier, and keeps it from working afterwards no less', async () => {
    const begun = await signIn(await person())
    await expect(redeem({ ...begun, verifier: oidc.randomPKCECodeVerifier() })).rejects.toEqual(
      refusedWith('invalid_grant'),
    )
  })

  test('takes no request without a challenge', async () => {
    const url = oidc.buildAuthorizationUrl(app, { redirect_uri: redirectUri, scope, state: 'abc' })
    const { url: back } = await createJar(server.url).go(url.href)
    expect(new URL(back).searchParams.get('error')).toBe('invalid_request')
  })

  test('takes a code once: the second time, what the first gave counts no more', async () => {
    const begun = await signIn(await person())
    const tokens = await redeem(begun)
    await expect(redeem(begun)).rejects.toEqual(refusedWith('invalid_grant'))
    expect(await isRevoked(`grant:${String((await claimsOf(tokens.access_token))['grant'])}`)).toBe(true)
    await expect(oidc.refreshTokenGrant(app, tokens.refresh_token ?? '')).rejects.toEqual(refusedWith('invalid_grant'))
  })

  test('takes a code that is shown twice at once, once', async () => {
    const begun = await signIn(await person())
    const answers = await Promise.allSettled([redeem(begun), redeem(begun), redeem(begun)])
    expect(answers.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1)
  })

  test('goes on with a refresh token, which is another each time', async () => {
    const ada = await person({ roles: ['customer'] })
    const first = await redeem(await signIn(ada))
    await changeUser(pool, ada.id, { roles: ['customer', 'shop'] })
    const second = await oidc.refreshTokenGrant(app, first.refresh_token ?? '')
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect((await claimsOf(second.access_token))['scope']).toBe('customer shop')
    await changeUser(pool, ada.id, { roles: ['shop'] })
    const third = await oidc.refreshTokenGrant(app, second.refresh_token ?? '')
    expect((await claimsOf(third.access_token))['scope']).toBe('shop')
  })

  test('ends the grant of a refresh token that is shown again', async () => {
    const first = await redeem(await signIn(await person()))
    const second = await oidc.refreshTokenGrant(app, first.refresh_token ?? '')
    await expect(oidc.refreshTokenGrant(app, first.refresh_token ?? '')).rejects.toEqual(refusedWith('invalid_grant'))
    await expect(oidc.refreshTokenGrant(app, second.refresh_token ?? '')).rejects.toEqual(refusedWith('invalid_grant'))
    expect(await isRevoked(`grant:${String((await claimsOf(second.access_token))['grant'])}`)).toBe(true)
  })

  test('refreshes once where a token is shown twice at once', async () => {
    const { refresh_token: token = '' } = await redeem(await signIn(await person()))
    const answers = await Promise.allSettled(Array.from({ length: 4 }, () => oidc.refreshTokenGrant(app, token)))
    expect(answers.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1)
  })

  test('ends a grant that the app gives back', async () => {
    const tokens = await redeem(await signIn(await person()))
    await oidc.tokenRevocation(app, tokens.refresh_token ?? '')
    expect(await isRevoked(`grant:${String((await claimsOf(tokens.access_token))['grant'])}`)).toBe(true)
    await expect(oidc.refreshTokenGrant(app, tokens.refresh_token ?? '')).rejects.toEqual(refusedWith('invalid_grant'))
  })

  test('gives nothing more to who has lost their account', async () => {
    const ada = await person()
    const begun = await signIn(ada)
    const tokens = await redeem(begun)
    await changeUser(pool, ada.id, { disabled: true })
    await expect(oidc.refreshTokenGrant(app, tokens.refresh_token ?? '')).rejects.toEqual(refusedWith('invalid_grant'))
    // Their browser is asked again who it is.
    const page = await begun.jar.go((await authorizationUrl()).href)
    expect(page.text).toContain('<h1>Sign in</h1>')
    await endGrantsOf(pool, ada.id)
    expect(await isRevoked(`user:${ada.id}`)).toBe(true)
  })

  test('lets another sign in where somebody has lost their account', async () => {
    const ada = await person()
    const begun = await signIn(ada)
    await changeUser(pool, ada.id, { disabled: true })
    const { email } = await person()
    const page = await begun.jar.go((await authorizationUrl()).href)
    const arrived = await begun.jar.send(page.url, { email, password })
    expect(new URL(arrived.url).searchParams.get('code')).toEqual(expect.any(String))
  })

  test('gives a machine what it is registered for, by its secret', async () => {
    const till = await makeClient(
      pool,
      { kind: 'machine', name: 'Till 3', roles: ['shop', 'machine'], locations: ['shop'] },
      systemIds,
    )
    const own = await discover(till.id, till.secret)
    const claims = await claimsOf((await oidc.clientCredentialsGrant(own)).access_token)
    expect(claims).toMatchObject({ sub: till.id, client_id: till.id, name: 'Till 3', locations: ['shop'] })
    expect(claims['roles']).toEqual(['shop', 'machine'])
    const less = await claimsOf((await oidc.clientCredentialsGrant(own, { scope: 'shop admin' })).access_token)
    expect(less['scope']).toBe('shop')
    expect(less).not.toHaveProperty('roles')
    // As RFC 6749 has it: 401, with a challenge.
    const another = await discover(till.id, 'another')
    await expect(oidc.clientCredentialsGrant(another)).rejects.toMatchObject({ status: 401 })
    expect(await removeClient(pool, till.id)).toBe(true)
    await expect(oidc.clientCredentialsGrant(own)).rejects.toMatchObject({ status: 401 })
    expect(await isRevoked(`client:${till.id}`)).toBe(true)
    const { rows } = await pool.query(`select 1 from access.issued where payload->>'client_secret' = $1`, [till.secret])
    expect(rows).toEqual([])
  })

  test('puts a refused token on record', async () => {
    await expect(oidc.clientCredentialsGrant(app)).rejects.toThrow()
    await expect
      .poll(
        async () => (await pool.query(`select outcome, target from access.audit where operation = 'getToken'`)).rows,
      )
      .toContainEqual({ outcome: 'invalid_request', target: `client:${app.clientMetadata().client_id}` })
  })

  test('gives tokens for the API alone', async () => {
    const page = await createJar(server.url).go((await authorizationUrl({ resource: 'urn:other:api' })).href)
    expect(new URL(page.url).searchParams.get('error')).toBe('invalid_target')
  })

  test('signs with the newest key, and is believed for what it signed before', async () => {
    const { refresh_token: token = '', access_token: before } = await redeem(await signIn(await person()))
    const kid = await rotateSigningKeys(pool)
    await expect.poll(async () => JSON.stringify(await (await fetch(`${server.url}/oidc/jwks`)).json())).toContain(kid)
    const after = await oidc.refreshTokenGrant(app, token)
    expect(decodeProtectedHeader(after.access_token).kid).toBe(kid)
    expect(decodeProtectedHeader(before).kid).not.toBe(kid)
    await claimsOf(before)
    await claimsOf(after.access_token)
    const { text } = await createJar(server.url).go('/oidc/jwks')
    expect(text).not.toContain('"d"')
  })

  test('goes on where it was when its process is another', async () => {
    const { refresh_token: token = '' } = await redeem(await signIn(await person()))
    const { databaseUrl, url } = server
    const other = await startServer({ databaseUrl, env: { CELLARHAND_AUTH: 'on', CELLARHAND_PUBLIC_URL: url } })
    try {
      const { port } = new URL(other.url)
      const asked = await fetch(`http://127.0.0.1:${port}/oidc/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          refresh_token: token,
          client_id: app.clientMetadata().client_id,
        }),
      })
      expect(asked.status).toBe(200)
      const { access_token: fresh } = (await asked.json()) as { access_token: string }
      expect(await claimsOf(fresh)).toMatchObject({ iss: `${url}/oidc` })
    } finally {
      await other.stop()
    }
  })

  test('says where it is by its own address, whatever Host says', async () => {
    const told = await fetch(`${server.url}/oidc/.well-known/openid-configuration`, {
      headers: { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
    })
    expect(await told.text()).not.toContain('evil.example')
  })

  test('answers no page of another origin', async () => {
    const origin = 'https://evil.example'
    for (const path of ['jwks', 'token', '.well-known/openid-configuration']) {
      const told = await fetch(`${server.url}/oidc/${path}`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      })
      expect([...told.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    }
  })

  test('shows an error of an app as a page in plain words, that runs nothing', async () => {
    const page = await createJar(server.url).go('/oidc/auth?client_id=%3Cscript%3Ealert(1)%3C/script%3E', {
      headers: { accept: 'text/html' },
    })
    expect(page.status).toBe(400)
    expect(page.text).toContain('<h1>This cannot go on</h1>')
    expect(page.text).not.toContain('<script')
    expect(page.headers.get('content-security-policy')).toContain(`default-src 'none'`)
  })
})

test('the library of the issuer says nothing on the terminal', () => {
  for (const said of terminal) expect(said.mock.calls).toEqual([])
})

async function authorizationUrl(more: Record<string, string> = {}): Promise<URL> {
  const challenge = await oidc.calculatePKCECodeChallenge(oidc.randomPKCECodeVerifier())
  const asked = { redirect_uri: redirectUri, scope, state: 'a-state', code_challenge: challenge, ...more }
  return oidc.buildAuthorizationUrl(app, { ...asked, code_challenge_method: 'S256' })
}
