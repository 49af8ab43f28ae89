import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openHouse, password, signIn, whoIs, type House } from '../../../test/house.ts'
import { changeUser, cookieNames, endGrantsOf } from '../../access/access.ts'

let house: House

beforeAll(async () => {
  house = await openHouse()
}, 120_000)

afterAll(async () => {
  await house?.stop()
})

describe('a guest who signs in', () => {
  test('keeps the holds of before', async () => {
    const jar = house.newJar()
    expect((await house.hold(jar)).status).toBe(401)
    const begun = await jar.ask('/v1/session', { method: 'POST', headers: { origin: house.server.url } })
    expect(begun.status).toBe(201)
    const held = (await (await house.hold(jar)).json()) as { id: string }
    const ada = await house.person()
    await signIn(jar, ada)
    expect(jar.cookie(cookieNames.guest)).toBeUndefined()
    expect((await jar.ask(`/v1/holds/${held.id}`)).status).toBe(200)
    // And after signing in once more.
    await signIn(jar, ada, password, '/session/sign-in?return=/')
    expect((await jar.ask(`/v1/holds/${held.id}`)).status).toBe(200)
    const gone = await jar.ask(`/v1/holds/${held.id}`, {
      method: 'DELETE',
      headers: { origin: house.server.url, 'idempotency-key': randomUUID() },
    })
    expect(gone.status).toBe(200)
    // Nobody else's.
    const other = house.newJar()
    await signIn(other, await house.person())
    expect((await other.ask(`/v1/holds/${held.id}`)).status).toBe(404)
  })
})

test('whoever is signed in and does it again shows their password again', async () => {
  const ada = await house.person()
  const jar = house.newJar()
  await signIn(jar, ada)
  const asked = await jar.go('/session/sign-in?return=/docs')
  expect(new URL(asked.url).pathname).toMatch(/^\/sign-in\//)
  const arrived = await jar.send(asked.url, { email: ada.email, password })
  expect(new URL(arrived.url).pathname).toBe('/docs')
})

test('nobody tries passwords faster than a person could', async () => {
  const slow = await openHouse({ CELLARHAND_RATE_PERCENT: '10' })
  try {
    const jar = slow.newJar()
    const page = await jar.go('/session/sign-in')
    // All at once: however slow the machine is, none of them waits for a minute to have gone by.
    const tries = await Promise.all(
      Array.from({ length: 12 }, (_, count) =>
        jar.send(page.url, { email: `guess${count}@example.com`, password: 'guess' }),
      ),
    )
    const statuses = tries.map(({ status }) => status)
    expect(statuses.filter((status) => status === 422).length).toBeLessThanOrEqual(8)
    expect(statuses).toContain(429)
  } finally {
    await slow.stop()
  }
})

describe('a session', () => {
  test('ends by signing out, here and at the issuer', async () => {
    const ada = await house.person()
    const jar = house.newJar()
    await signIn(jar, ada)
    const before = jar.cookie(cookieNames.session)?.value ?? ''
    expect(
      (await jar.ask('/session/sign-out', { method: 'POST', headers: { origin: 'https://evil.example' } })).status,
    ).toBe(403)
    const answer = await jar.ask('/session/sign-out', { method: 'POST', headers: { origin: house.server.url } })
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe('/')
    expect(jar.cookie(cookieNames.session)).toBeUndefined()
    // The cookie is worth nothing any more, whoever has kept it.
    jar.plant(cookieNames.session, before)
    await expect.poll(async () => (await whoIs(jar)).kind).toBe('nobody')
    expect((await jar.go('/session/sign-in')).text).toContain('<h1>Sign in</h1>')
    expect(await house.audit(`user:${ada.id}`)).toEqual(['signIn done', 'beginSession done', 'signOut done'])
  })

  test('asks the issuer again when its word has become old: of all requests that come, once', async () => {
    const ada = await house.person()
    const jar = house.newJar()
    await signIn(jar, ada)
    await changeUser(house.pool, ada.id, { roles: ['customer', 'shop'] })
    const before = await refreshTokenOf(ada.id)
    await makeOld(ada.id)
    const answers = await Promise.all(Array.from({ length: 8 }, () => whoIs(jar)))
    for (const { roles } of answers) expect(roles).toContain('shop')
    expect(await refreshTokenOf(ada.id)).not.toBe(before)
    const { rows } = await house.pool.query(
      `select 1 from access.issued where model = 'RefreshToken' and payload->>'accountId' = $1`,
      [ada.id],
    )
    // The one of the beginning, which is used up, and the one after it.
    expect(rows).toHaveLength(2)
  })

  test('ends where the issuer refuses to go on with it', async () => {
    const ada = await house.person()
    const jar = house.newJar()
    await signIn(jar, ada)
    await house.pool.query(`update access.users set disabled_at = clock_timestamp() where id = $1`, [ada.id])
    await makeOld(ada.id)
    expect((await whoIs(jar)).kind).toBe('nobody')
    expect(await refreshTokenOf(ada.id)).toBeUndefined()
  })

  test('ends with all that was given to somebody', async () => {
    const ada = await house.person()
    const jar = house.newJar()
    await signIn(jar, ada)
    await endGrantsOf(house.pool, ada.id)
    await expect.poll(async () => (await whoIs(jar)).kind).toBe('nobody')
    expect((await jar.go('/session/sign-in')).text).toContain('<h1>Sign in</h1>')
  })

  // Before it was looked up: what is remembered of a session counts for a minute.
  async function makeOld(id: string): Promise<void> {
    await house.pool.query(
      `update access.sessions set fresh_until = date_trunc('milliseconds', clock_timestamp()) - interval '1 s' where subject = $1`,
      [`user:${id}`],
    )
  }

  async function refreshTokenOf(id: string): Promise<string | undefined> {
    const { rows } = await house.pool.query<{ refresh_token: string }>(
      'select refresh_token from access.sessions where subject = $1',
      [`user:${id}`],
    )
    return rows[0]?.refresh_token
  }
})
