import { decodeProtectedHeader } from 'jose'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openIssuerApp, password, type IssuerApp } from '../../../test/issuer-app.ts'
import { createJar } from '../../../test/jar.ts'
import { changeUser } from '../users.ts'
import { endGrantsOf } from './adapter.ts'

let own: IssuerApp
const terminal = [vi.spyOn(console, 'info'), vi.spyOn(console, 'warn'), vi.spyOn(console, 'error')]

beforeAll(async () => {
  own = await openIssuerApp()
}, 120_000)

afterAll(async () => {
  vi.restoreAllMocks()
  await own?.close()
})

const refusedWith = (code: string) => expect.objectContaining({ error: code })

describe('the embedded issuer', () => {
  test('gives who signs in an access token of what they are, and no more', async () => {
    const ada = await own.person({ roles: ['shop', 'admin'], locations: ['shop'] })
    const tokens = await own.redeem(await own.signIn(ada))
    expect(tokens.expires_in).toBe(600)
    const claims = await own.claimsOf(tokens.access_token)
    // An admin, and the app may be a shop at most.
    expect(claims).toMatchObject({ sub: ada.id, scope: 'shop', name: 'Ada Cellar', locations: ['shop'] })
    expect(claims['grant']).toEqual(expect.any(String))
    // When they have shown who they are, and not when the token was made.
    expect(claims['auth_time']).toEqual(expect.any(Number))
    expect(tokens.claims()).toMatchObject({ sub: ada.id, name: 'Ada Cellar' })
    expect(decodeProtectedHeader(tokens.id_token ?? '').typ).not.toBe('at+jwt')
  })

  test('refuses a code with another verifier, and keeps it from working afterwards no less', async () => {
    const begun = await own.signIn(await own.person())
    await expect(own.redeem({ ...begun, verifier: oidc.randomPKCECodeVerifier() })).rejects.toEqual(
      refusedWith('invalid_grant'),
    )
  })

  test('takes no request without a challenge', async () => {
    const url = await own.authorizationUrl()
    url.searchParams.delete('code_challenge')
    url.searchParams.delete('code_challenge_method')
    const { url: back } = await createJar(own.server.url).go(url.href)
    expect(new URL(back).searchParams.get('error')).toBe('invalid_request')
  })

  test('takes a code once: the second time, what the first gave counts no more', async () => {
    const begun = await own.signIn(await own.person())
    const tokens = await own.redeem(begun)
    await expect(own.redeem(begun)).rejects.toEqual(refusedWith('invalid_grant'))
    expect(await own.isRevoked(`grant:${String((await own.claimsOf(tokens.access_token))['grant'])}`)).toBe(true)
    await expect(oidc.refreshTokenGrant(own.app, tokens.refresh_token ?? '')).rejects.toEqual(
      refusedWith('invalid_grant'),
    )
  })

  test('takes a code that is shown twice at once, once', async () => {
    const begun = await own.signIn(await own.person())
    const answers = await Promise.allSettled([own.redeem(begun), own.redeem(begun), own.redeem(begun)])
    expect(answers.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1)
  })

  test('goes on with a refresh token, which is another each time', async () => {
    const ada = await own.person({ roles: ['customer'] })
    const first = await own.redeem(await own.signIn(ada))
    await changeUser(own.pool, ada.id, { roles: ['customer', 'shop'] })
    const second = await oidc.refreshTokenGrant(own.app, first.refresh_token ?? '')
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect((await own.claimsOf(second.access_token))['scope']).toBe('customer shop')
    expect((await own.claimsOf(second.access_token))['auth_time']).toBe(
      (await own.claimsOf(first.access_token))['auth_time'],
    )
    await changeUser(own.pool, ada.id, { roles: ['shop'] })
    const third = await oidc.refreshTokenGrant(own.app, second.refresh_token ?? '')
    expect((await own.claimsOf(third.access_token))['scope']).toBe('shop')
  })

  test('ends the grant of a refresh token that is shown again', async () => {
    const first = await own.redeem(await own.signIn(await own.person()))
    const second = await oidc.refreshTokenGrant(own.app, first.refresh_token ?? '')
    await expect(oidc.refreshTokenGrant(own.app, first.refresh_token ?? '')).rejects.toEqual(
      refusedWith('invalid_grant'),
    )
    await expect(oidc.refreshTokenGrant(own.app, second.refresh_token ?? '')).rejects.toEqual(
      refusedWith('invalid_grant'),
    )
    expect(await own.isRevoked(`grant:${String((await own.claimsOf(second.access_token))['grant'])}`)).toBe(true)
  })

  test('refreshes once where a token is shown twice at once', async () => {
    const { refresh_token: token = '' } = await own.redeem(await own.signIn(await own.person()))
    const answers = await Promise.allSettled(Array.from({ length: 4 }, () => oidc.refreshTokenGrant(own.app, token)))
    expect(answers.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1)
  })

  test('ends a grant that the app gives back', async () => {
    const tokens = await own.redeem(await own.signIn(await own.person()))
    await oidc.tokenRevocation(own.app, tokens.refresh_token ?? '')
    expect(await own.isRevoked(`grant:${String((await own.claimsOf(tokens.access_token))['grant'])}`)).toBe(true)
    await expect(oidc.refreshTokenGrant(own.app, tokens.refresh_token ?? '')).rejects.toEqual(
      refusedWith('invalid_grant'),
    )
  })

  test('gives nothing more to who has lost their account', async () => {
    const ada = await own.person()
    const begun = await own.signIn(ada)
    const tokens = await own.redeem(begun)
    await changeUser(own.pool, ada.id, { disabled: true })
    await expect(oidc.refreshTokenGrant(own.app, tokens.refresh_token ?? '')).rejects.toEqual(
      refusedWith('invalid_grant'),
    )
    // Their browser is asked again who it is.
    const page = await begun.jar.go((await own.authorizationUrl()).href)
    expect(page.text).toContain('<h1>Sign in</h1>')
    await endGrantsOf(own.pool, ada.id)
    expect(await own.isRevoked(`user:${ada.id}`)).toBe(true)
  })

  test('lets another sign in where somebody has lost their account', async () => {
    const ada = await own.person()
    const begun = await own.signIn(ada)
    await changeUser(own.pool, ada.id, { disabled: true })
    const { email } = await own.person()
    const page = await begun.jar.go((await own.authorizationUrl()).href)
    const arrived = await begun.jar.send(page.url, { email, password })
    expect(new URL(arrived.url).searchParams.get('code')).toEqual(expect.any(String))
  })
})

test('the library of the issuer says nothing on the terminal', () => {
  for (const said of terminal) expect(said.mock.calls).toEqual([])
})
