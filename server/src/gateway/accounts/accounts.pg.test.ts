import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openHouse, password, signIn, whoIs, type House } from '../../../test/house.ts'
import { cookieNames } from '../../access/access.ts'

let house: House

beforeAll(async () => {
  house = await openHouse()
}, 120_000)

afterAll(async () => {
  await house?.stop()
})

describe('signing in on the page', () => {
  test('gives a session by a cookie that no script and no other site sees, and comes back to where one was', async () => {
    const ada = await house.person({ roles: ['customer', 'shop'] })
    const jar = house.newJar()
    const arrived = await signIn(jar, ada)
    expect(new URL(arrived.url).pathname).toBe('/docs')
    const cookie = jar.cookie(cookieNames.session)
    expect(cookie?.value).toMatch(/^s\.[\w-]{43}$/)
    const attributes = cookie?.text.split('; ').slice(1).toSorted()
    expect(attributes).toEqual(['HttpOnly', 'Max-Age=43200', 'Path=/', 'SameSite=Lax', 'Secure'])
    expect(await whoIs(jar)).toMatchObject({
      subject: `user:${ada.id}`,
      name: 'Ada Cellar',
      kind: 'user',
      roles: expect.arrayContaining(['customer', 'shop']),
    })
    expect(await house.audit(`user:${ada.id}`)).toEqual(['signIn done', 'beginSession done'])
  })

  test('sets no cookie that a script could read, or that would be sent without TLS', async () => {
    const jar = house.newJar()
    const set: string[] = []
    for (const path of ['/session/sign-in', '/oidc/auth']) {
      const answer = await jar.ask(path)
      set.push(...answer.headers.getSetCookie())
    }
    const page = await jar.go('/session/sign-in')
    set.push(...page.headers.getSetCookie())
    expect(set.length).toBeGreaterThan(0)
    for (const one of set) expect(one).toMatch(/^__(Host|Secure)-.*; ?httponly/i)
    for (const one of set) expect(one).toMatch(/; ?secure/i)
  })

  test('does not tell a wrong password from an address that nobody has', async () => {
    const ada = await house.person()
    const answers = []
    for (const email of [ada.email, 'nobody@example.com']) {
      const jar = house.newJar()
      const page = await jar.go('/session/sign-in')
      const told = await jar.send(page.url, { email, password: 'not the right one at all' })
      answers.push({
        status: told.status,
        text: told.text.replaceAll(email, 'EMAIL').replaceAll(/sign-in\/[\w-]+/g, 'UID'),
      })
    }
    expect(answers[0]?.status).toBe(422)
    expect(answers[0]).toEqual(answers[1])
    await expect.poll(() => house.audit(`user:${ada.id}`)).toEqual(['signIn wrong-password'])
  })

  test('locks an address after some wrong passwords, whether or not somebody has it', async () => {
    const ada = await house.person()
    for (const email of [ada.email, 'nobody.at.all@example.com']) {
      const jar = house.newJar()
      const page = await jar.go('/session/sign-in')
      let told = await jar.send(page.url, { email, password: 'wrong' })
      for (let tries = 1; tries < 9; tries += 1) told = await jar.send(page.url, { email, password: 'wrong' })
      expect(told.status).toBe(429)
      expect(told.text).toContain('Too many wrong passwords for that address. Try again in 5 minutes.')
      expect(Number(told.headers.get('retry-after'))).toBeGreaterThan(200)
    }
    // Not with the right one either.
    expect((await signIn(house.newJar(), ada)).status).toBe(429)
    await expect.poll(() => house.audit(`user:${ada.id}`)).toContain('signIn locked')
  })

  test('asks who has a password for one time for another', async () => {
    const ada = await house.person({ once: true, roles: ['admin'] })
    const jar = house.newJar()
    const page = await signIn(jar, ada, ada.once)
    expect(page.text).toContain('<h1>Choose a password</h1>')
    expect((await jar.send(page.url, { password: 'short' })).text).toContain('12 to 200 characters')
    expect((await jar.send(page.url, { password: ada.once })).text).toContain('was for one time')
    // Another browser cannot go on with it.
    expect((await house.newJar().send(page.url, { password })).status).toBe(404)
    const chosen = 'as many corks as there are stars'
    const arrived = await jar.send(page.url, { password: chosen })
    expect(new URL(arrived.url).pathname).toBe('/docs')
    expect((await whoIs(jar)).roles).toContain('admin')
    expect((await signIn(house.newJar(), ada, ada.once)).status).toBe(422)
    expect((await signIn(house.newJar(), ada, chosen)).status).toBe(200)
    expect(await house.audit(`user:${ada.id}`)).toEqual(expect.arrayContaining(['changePassword done', 'signIn done']))
  })

  test('lets a customer make an account, who is a customer and nothing else', async () => {
    const jar = house.newJar()
    const page = await jar.go('/session/sign-in?return=/docs')
    const form = { name: 'Bea Burgundy', email: 'Bea@Example.com ', password, roles: 'admin' }
    for (const [wrong, says] of [
      [{ email: 'no address' }, 'That is no e-mail address.'],
      [{ name: ' ' }, 'A name has 1 to 120 characters.'],
      [{ password: 'burgundy for ever' }, 'It may not hold your name'],
    ] as const) {
      const told = await jar.send(`${page.url}/account`, { ...form, ...wrong })
      expect(told.status).toBe(422)
      expect(told.text).toContain(says)
    }
    const arrived = await jar.send(`${page.url}/account`, form)
    expect(new URL(arrived.url).pathname).toBe('/docs')
    const bea = await whoIs(jar)
    expect(bea.roles.toSorted()).toEqual(['customer', 'guest'])
    expect(await house.audit(bea.subject)).toEqual(['signUp done', 'signIn done', 'beginSession done'])
    const again = house.newJar()
    const second = await again.go('/session/sign-in')
    expect((await again.send(`${second.url}/account`, { ...form, email: 'bea@example.com' })).text).toContain(
      'There is an account with this address already',
    )
  })

  test('writes nothing into a page that a browser would run', async () => {
    const jar = house.newJar()
    const page = await jar.go('/session/sign-in')
    const told = await jar.send(page.url, { email: '"><script>alert(1)</script>', password: 'x' })
    expect(told.text).not.toContain('<script')
    expect(told.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'self'/)
  })

  test('is written in the letters of the storefront, which its policy lets in', async () => {
    const page = await house.newJar().go('/session/sign-in')
    expect(page.headers.get('content-security-policy')).toContain("font-src 'self'")
    const { text } = await house.newJar().go('/sign-in/style.css')
    expect(text).toMatch(/@font-face\{font-family:Cormorant Garamond Variable/)
    const fonts = [...text.matchAll(/url\(([^)]+\.woff2)\)/g)].map(([, address = '']) => address)
    expect(fonts.length).toBeGreaterThan(1)
    for (const font of fonts) expect((await house.newJar().go(font)).headers.get('content-type')).toBe('font/woff2')
  })

  test('takes a form from its own page alone', async () => {
    const ada = await house.person()
    const jar = house.newJar()
    const page = await jar.go('/session/sign-in')
    const form = { email: ada.email, password }
    for (const headers of [
      {},
      { origin: 'null' },
      { origin: 'https://evil.example' },
      { origin: `${house.server.url}.evil.example` },
      { 'sec-fetch-site': 'cross-site' },
    ]) {
      expect((await jar.send(page.url, form, headers as Record<string, string>)).status).toBe(403)
    }
    expect((await jar.send(page.url, form)).status).toBe(200)
  })

  test('belongs to one browser: another has no part in it', async () => {
    const ada = await house.person()
    const page = await house.newJar().go('/session/sign-in')
    const other = house.newJar()
    await other.go('/session/sign-in')
    expect((await other.send(page.url, { email: ada.email, password })).status).toBe(404)
  })

  test.each(['//evil.example', '/\\evil.example', '/%0d%0a/evil.example', 'https://evil.example', '/.//evil.example'])(
    'does not lead to %s',
    async (wanted) => {
      const ada = await house.person()
      const arrived = await signIn(
        house.newJar(),
        ada,
        password,
        `/session/sign-in?return=${encodeURIComponent(wanted)}`,
      )
      expect(new URL(arrived.url).origin).toBe(house.server.url)
      const raw = await signIn(house.newJar(), ada, password, `/session/sign-in?return=${wanted}`)
      expect(new URL(raw.url).origin).toBe(house.server.url)
    },
  )

  test('comes back to nobody who has not begun it: without its cookie, with another state, and a second time', async () => {
    const ada = await house.person()
    const jar = house.newJar()
    const page = await jar.go('/session/sign-in')
    const sent = await jar.ask(page.url, {
      method: 'POST',
      body: new URLSearchParams({ email: ada.email, password }),
      headers: { origin: house.server.url },
    })
    const resumed = await jar.ask(sent.headers.get('location') ?? '')
    const callback = resumed.headers.get('location') ?? ''
    expect(callback).toContain('/session/callback?code=')
    expect((await house.newJar().go(callback)).status).toBe(400)
    const other = house.newJar()
    await other.go('/session/sign-in')
    expect((await other.go(callback)).text).toContain('You are not signed in')
    expect((await jar.go(callback)).status).not.toBe(400)
    expect(jar.cookie(cookieNames.session)).toBeDefined()
    expect((await jar.go(callback)).status).toBe(400)
  })

  test('refuses an answer that says it is from another issuer', async () => {
    const ada = await house.person()
    const jar = house.newJar()
    const page = await jar.go('/session/sign-in')
    const sent = await jar.ask(page.url, {
      method: 'POST',
      body: new URLSearchParams({ email: ada.email, password }),
      headers: { origin: house.server.url },
    })
    const resumed = await jar.ask(sent.headers.get('location') ?? '')
    const callback = new URL(resumed.headers.get('location') ?? '')
    callback.searchParams.set('iss', 'https://evil.example')
    expect((await jar.go(callback.href)).status).toBe(400)
    expect(jar.cookie(cookieNames.session)).toBeUndefined()
  })

  test('takes no session that somebody has slipped a browser', async () => {
    const mallory = await house.person()
    const theirs = house.newJar()
    await signIn(theirs, mallory)
    const planted = theirs.cookie(cookieNames.session)?.value ?? ''
    const jar = house.newJar()
    jar.plant(cookieNames.session, planted)
    const ada = await house.person()
    await signIn(jar, ada)
    const own = jar.cookie(cookieNames.session)?.value
    expect(own).not.toBe(planted)
    expect((await whoIs(jar)).subject).toBe(`user:${ada.id}`)
    // What was slipped has ended, and was nobody's way to her session.
    await expect.poll(async () => (await whoIs(theirs)).kind).toBe('nobody')
  })

  test('goes on where the issuer sends one back to, by whatever name one has come', async () => {
    const { port } = new URL(house.server.url)
    const answer = await fetch(`http://localhost:${port}/session/sign-in?return=/docs`, { redirect: 'manual' })
    expect(answer.headers.get('location')).toBe(`${house.server.url}/session/sign-in?return=/docs`)
  })
})
