import { decodeProtectedHeader } from 'jose'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openIssuerApp, type IssuerApp } from '../../../test/issuer-app.ts'
import { createJar } from '../../../test/jar.ts'
import { startServer } from '../../../test/server.ts'
import { systemIds } from '../../platform/ids.ts'
import { makeClient, removeClient } from './clients.ts'
import { rotateSigningKeys } from './signing-keys.ts'

let own: IssuerApp
const terminal = [vi.spyOn(console, 'info'), vi.spyOn(console, 'warn'), vi.spyOn(console, 'error')]

beforeAll(async () => {
  own = await openIssuerApp()
}, 120_000)

afterAll(async () => {
  vi.restoreAllMocks()
  await own?.close()
})

describe('the embedded issuer', () => {
  test('gives a machine what it is registered for, by its secret', async () => {
    const till = await makeClient(
      own.pool,
      { kind: 'machine', name: 'Till 3', roles: ['shop', 'machine'], locations: ['shop'] },
      systemIds,
    )
    const till3 = await own.discover(till.id, till.secret)
    const claims = await own.claimsOf((await oidc.clientCredentialsGrant(till3)).access_token)
    expect(claims).toMatchObject({ sub: till.id, client_id: till.id, name: 'Till 3', locations: ['shop'] })
    expect(claims['roles']).toEqual(['shop', 'machine'])
    const less = await own.claimsOf((await oidc.clientCredentialsGrant(till3, { scope: 'shop admin' })).access_token)
    expect(less['scope']).toBe('shop')
    expect(less).not.toHaveProperty('roles')
    // As RFC 6749 has it: 401, with a challenge.
    const another = await own.discover(till.id, 'another')
    await expect(oidc.clientCredentialsGrant(another)).rejects.toMatchObject({ status: 401 })
    expect(await removeClient(own.pool, till.id)).toBe(true)
    await expect(oidc.clientCredentialsGrant(till3)).rejects.toMatchObject({ status: 401 })
    expect(await own.isRevoked(`client:${till.id}`)).toBe(true)
    const { rows } = await own.pool.query(`select 1 from access.issued where payload->>'client_secret' = $1`, [
      till.secret,
    ])
    expect(rows).toEqual([])
  })

  test('puts a refused token on record', async () => {
    await expect(oidc.clientCredentialsGrant(own.app)).rejects.toMatchObject({ error: 'invalid_request' })
    await expect
      .poll(
        async () =>
          (await own.pool.query(`select outcome, target from access.audit where operation = 'getToken'`)).rows,
      )
      .toContainEqual({ outcome: 'invalid_request', target: `client:${own.app.clientMetadata().client_id}` })
  })

  test('gives tokens for the API alone', async () => {
    const page = await createJar(own.server.url).go((await own.authorizationUrl({ resource: 'urn:other:api' })).href)
    expect(new URL(page.url).searchParams.get('error')).toBe('invalid_target')
  })

  test('signs with the newest key, and is believed for what it signed before', async () => {
    const { refresh_token: token = '', access_token: before } = await own.redeem(await own.signIn(await own.person()))
    const kid = await rotateSigningKeys(own.pool)
    await expect
      .poll(async () => JSON.stringify(await (await fetch(`${own.server.url}/oidc/jwks`)).json()))
      .toContain(kid)
    const after = await oidc.refreshTokenGrant(own.app, token)
    expect(decodeProtectedHeader(after.access_token).kid).toBe(kid)
    expect(decodeProtectedHeader(before).kid).not.toBe(kid)
    await own.claimsOf(before)
    await own.claimsOf(after.access_token)
    const { text } = await createJar(own.server.url).go('/oidc/jwks')
    expect(text).not.toContain('"d"')
  })

  test('goes on where it was when its process is another', async () => {
    const { refresh_token: token = '' } = await own.redeem(await own.signIn(await own.person()))
    const { databaseUrl, url } = own.server
    const other = await startServer({ databaseUrl, env: { CELLARHAND_AUTH: 'on', CELLARHAND_PUBLIC_URL: url } })
    try {
      const { port } = new URL(other.url)
      const asked = await fetch(`http://127.0.0.1:${port}/oidc/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          refresh_token: token,
          client_id: own.app.clientMetadata().client_id,
        }),
      })
      expect(asked.status).toBe(200)
      const { access_token: fresh } = (await asked.json()) as { access_token: string }
      expect(await own.claimsOf(fresh)).toMatchObject({ iss: `${url}/oidc` })
    } finally {
      await other.stop()
    }
  })

  test('says where it is by its own address, whatever Host says', async () => {
    const told = await fetch(`${own.server.url}/oidc/.well-known/openid-configuration`, {
      headers: { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
    })
    expect(await told.text()).not.toContain('evil.example')
  })

  test('answers no page of another origin', async () => {
    const origin = 'https://evil.example'
    for (const path of ['jwks', 'token', '.well-known/openid-configuration']) {
      const told = await fetch(`${own.server.url}/oidc/${path}`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      })
      expect([...told.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    }
  })

  test('shows an error of an app as a page in plain words, that runs nothing', async () => {
    const page = await createJar(own.server.url).go('/oidc/auth?client_id=%3Cscript%3Ealert(1)%3C/script%3E', {
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
