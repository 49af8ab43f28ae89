import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGuardedServer, type GuardedServer } from '../../test/access.ts'
import { createJar } from '../../test/jar.ts'
import { startServer, type TestServer } from '../../test/server.ts'
import { freePort } from '../platform/postgres/postmaster.ts'
import { systemIds } from '../platform/ids.ts'
import { createPool } from '../platform/postgres/database.ts'
import { changeUser, cookieNames, makeClient, makeToken, makeUser, newPassword } from './access.ts'

const password = 'as many corks as there are stars'

let issuer: TestServer
let house: ReturnType<typeof createPool>
let server: GuardedServer

// An issuer of somebody else's is here that of another cellar.
beforeAll(async () => {
  issuer = await startServer({ env: { CELLARHAND_AUTH: 'on' } })
  house = createPool(issuer.databaseUrl, { applicationName: 'tests', max: 2 })
  server = await startGuardedServer({ OIDC_ISSUER: `${issuer.url}/oidc`, OIDC_CLIENT_ID: 'other-page' })
  const redirectUris = [`${server.url}/session/callback`]
  await makeClient(
    house,
    { kind: 'app', name: 'The other cellar', roles: ['customer', 'shop'], redirectUris, isPublic: true },
    { newId: () => 'other-page' },
  )
}, 120_000)

afterAll(async () => {
  await server?.stop()
  await house?.end()
  await issuer?.stop()
})

describe('an issuer of somebody else’s', () => {
  test('at which this server has no name says so to who would sign in', async () => {
    const nameless = await startGuardedServer({ OIDC_ISSUER: `${issuer.url}/oidc` })
    const page = await createJar(nameless.url).go('/session/sign-in')
    await nameless.stop()
    expect(page.status).toBe(404)
    expect(page.text).toContain('Nobody can sign in on this page')
    expect(page.text).toContain('OIDC_CLIENT_ID')
  })

  test('is asked who people are, and believed', async () => {
    const made = await makeUser(
      house,
      {
        email: 'dora@example.com',
        name: 'Dora',
        roles: ['shop'],
        locations: ['shop'],
        password: await newPassword(password),
      },
      systemIds,
    )
    if (made === 'taken') throw new Error('taken')
    const jar = createJar(server.url)
    const away = await jar.go('/session/sign-in?return=/docs')
    expect(new URL(away.url).origin).toBe(issuer.url)
    const there = createJar(issuer.url)
    const page = await there.go(away.url)
    expect(page.text).toContain('To go on to The other cellar')
    const back = await there.send(page.url, { email: 'dora@example.com', password })
    expect(new URL(back.url).origin).toBe(server.url)
    const arrived = await jar.go(back.url)
    expect(new URL(arrived.url).pathname).toBe('/docs')
    const cookie = `${cookieNames.session}=${jar.cookie(cookieNames.session)?.value}`
    const who = () => server.ask('GET', '/v1/session', { headers: { cookie } })
    expect((await who()).body).toMatchObject({
      subject: `user:${made.user.id}`,
      name: 'Dora',
      roles: ['guest', 'shop'],
      locations: ['shop'],
    })
    await changeUser(house, made.user.id, { disabled: true })
    await server.pool.query(
      `update access.sessions set fresh_until = date_trunc('milliseconds', clock_timestamp()) - interval '1 s'`,
    )
    const signedOut = await jar.ask('/session/sign-out', { method: 'POST', headers: { origin: server.url } })
    expect(signedOut.headers.get('location')).toBe('/session/signed-out')
    expect((await jar.go('/session/signed-out')).text).toContain(`${issuer.url}/oidc/session/end?client_id=`)
    await expect.poll(async () => (await who()).body['kind']).toBe('nobody')
  })

  test('has programs believed that it has given tokens to, and no others', async () => {
    const door = { nowMs: Date.now, newId: systemIds.newId }
    const wish = { issuer: `${issuer.url}/oidc`, audience: 'urn:cellarhand:api', roles: ['shop'], seconds: 60 } as const
    const asks = async (token: string) =>
      (await server.ask('GET', '/v1/locations', { headers: { authorization: `Bearer ${token}` } })).status
    expect(await asks(await makeToken(house, wish, door))).toBe(200)
    expect(await asks(await makeToken(house, { ...wish, audience: 'urn:other:api' }, door))).toBe(401)
    // By keys of this server's own database, which it does not use.
    expect(await asks(await makeToken(server.pool, wish, door))).toBe(401)
  })

  test('leaves no issuer here', async () => {
    expect((await fetch(`${server.url}/oidc/jwks`)).status).toBe(404)
    expect(server.said.join('\n')).not.toContain('password')
  })
})

test('a server starts while its issuer is away, and says so to who wants to sign in', async () => {
  const away = `http://127.0.0.1:${await freePort()}/oidc`
  const { databaseUrl } = server
  const lonely = await startServer({
    databaseUrl,
    env: { CELLARHAND_AUTH: 'on', OIDC_ISSUER: away, OIDC_CLIENT_ID: 'page' },
  })
  try {
    const page = await createJar(lonely.url).go('/session/sign-in')
    expect(page.status).toBe(503)
    expect(page.text).toContain('does not answer')
    expect((await fetch(`${lonely.url}/v1/channels`)).status).toBe(200)
  } finally {
    await lonely.stop()
  }
})
