import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { endEverySession } from '../../server/test/access.ts'
import { startServer, type TestServer } from '../../server/test/server.ts'
import { findBrowser, launch } from './browser.ts'
import { builtPage } from './visit.ts'

const found = await findBrowser()
const missing = 'missing' in found ? found.missing : undefined
if (missing !== undefined) process.stderr.write(`Signing in is not tested in a browser: ${missing}.\n`)

const password = 'as many corks as there are stars'

// A browser cannot be had everywhere: the line above says why there is none here.
describe.skipIf(missing !== undefined)('signing in, in a browser', () => {
  let server: TestServer
  let browser: Browser
  let context: BrowserContext

  beforeAll(async () => {
    await builtPage()
    server = await startServer({ starter: true, env: { CELLARHAND_AUTH: 'on', CELLARHAND_RATE_PERCENT: '10000' } })
    browser = await launch('executablePath' in found ? found.executablePath : '')
  }, 180_000)

  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  afterEach(async () => {
    await context?.close()
  })

  async function open(path = '/', options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    context = await browser.newContext({ viewport: { width: 1_440, height: 900 }, ...options })
    const page = await context.newPage()
    await page.goto(`${server.url}${path}`)
    return page
  }

  /** Presses the first button there is to hold one bottle. */
  async function hold(page: Page): Promise<void> {
    const asked = page.waitForResponse((response) => response.url().endsWith('/v1/holds'))
    await page
      .getByRole('button', { name: /^Hold 1 bottle/ })
      .first()
      .click()
    expect((await asked).status()).toBe(201)
    await page.getByTestId('holds-bar').waitFor()
  }

  let people = 0

  /** Makes an account from the page that is open, and comes back to it. Answers the address. */
  async function signUp(page: Page): Promise<string> {
    people += 1
    const email = `reader${people}@example.com`
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.getByRole('link', { name: 'Create one' }).click()
    await page.getByLabel('Your name').fill('Rea Reader')
    await page.getByLabel('E-mail address').fill(email)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Create the account' }).click()
    await page.getByText('Rea Reader').waitFor()
    return email
  }

  async function signIn(page: Page, email: string, shown: string): Promise<void> {
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.getByLabel('E-mail address').fill(email)
    await page.getByLabel('Password').fill(shown)
    await page.getByRole('button', { name: 'Sign in' }).click()
  }

  test('a stranger holds a bottle, makes an account, and the hold is still theirs', async () => {
    const page = await open('/?colour=red')
    await hold(page)
    await signUp(page)
    expect(page.url()).toBe(`${server.url}/?colour=red`)
    await page.getByTestId('holds-bar').click()
    await expect.poll(() => page.getByRole('timer').textContent()).toMatch(/^\d+:\d\d$/)
    // What only those who sell may say is not offered.
    expect(await page.getByRole('button', { name: 'Confirm' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Put back' }).click()
    await page.getByTestId('holds-bar').waitFor({ state: 'detached' })
    const cookies = await context.cookies()
    expect(cookies.map(({ name }) => name).toSorted()).toEqual(
      expect.arrayContaining(['__Host-cellarhand-issuer', '__Host-cellarhand-session']),
    )
    for (const { httpOnly, secure, sameSite } of cookies) {
      expect({ httpOnly, secure, sameSite }).toEqual({ httpOnly: true, secure: true, sameSite: 'Lax' })
    }
    expect(await page.evaluate(() => JSON.stringify(localStorage) + document.cookie)).not.toMatch(/eyJ|token/i)
  })

  test('whoever signs out leaves nothing behind, and signs in again', async () => {
    const page = await open()
    const email = await signUp(page)
    await hold(page)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('link', { name: 'Sign in' }).waitFor()
    expect(await page.getByTestId('holds-bar').count()).toBe(0)
    await signIn(page, email, 'not the right one at all')
    await expect.poll(() => page.getByRole('alert').textContent()).toContain('do not belong together')
    expect(await page.getByLabel('E-mail address').inputValue()).toBe(email)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('Rea Reader').waitFor()
  })

  test('the first who administers signs in with the password of the terminal, and chooses another', async () => {
    const [, once = ''] = /with the password (\S+)/.exec(server.said.join('\n')) ?? []
    const page = await open()
    await signIn(page, 'admin@localhost', once)
    await page.getByRole('heading', { name: 'Choose a password' }).waitFor()
    await page.getByLabel('New password').fill('too short')
    await page.getByRole('button', { name: 'Keep it and go on' }).click()
    await page.getByText('A password has 12 to 200 characters.').waitFor()
    await page.getByLabel('New password').fill(password)
    await page.getByRole('button', { name: 'Keep it and go on' }).click()
    await page.getByText('First admin').waitFor()
    await hold(page)
    await page.getByTestId('holds-bar').click()
    await page.getByRole('button', { name: 'Confirm' }).click()
    await expect.poll(() => page.getByTestId('hold-ended').textContent()).toMatch(/^Confirmed: 1 /)
  })

  test('whose session has ended is told so, and does not become a guest unawares', async () => {
    const page = await open()
    await signUp(page)
    await hold(page)
    await endEverySession(server)
    const button = page.getByRole('button', { name: /^Hold 1 bottle/ }).nth(1)
    await expect
      .poll(
        async () => {
          await button.click()
          return page.getByTestId('refusal').textContent({ timeout: 1_000 })
        },
        { timeout: 20_000, interval: 1_000 },
      )
      .toContain('Your session has ended. Sign in to go on.')
    await page.getByTestId('refusal').getByRole('button', { name: 'Sign in' }).click()
    // The issuer knows this browser still: one comes straight back.
    await page.getByTestId('refusal').waitFor({ state: 'detached' })
    await page.getByText('Rea Reader').waitFor()
    await hold(page)
  })

  test.each(['light', 'dark'] as const)('its pages are accessible in the %s theme', async (colorScheme) => {
    for (const width of [320, 390, 1_440]) {
      const page = await open('/session/sign-in', { viewport: { width, height: 844 }, colorScheme })
      await expectAccessible(page)
      await page.getByLabel('E-mail address').fill('nobody@example.com')
      await page.getByLabel('Password').fill('wrong')
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByRole('alert').waitFor()
      await expectAccessible(page)
      await page.getByRole('link', { name: 'Create one' }).click()
      await page.getByLabel('Your name').fill('N')
      await page.getByLabel('E-mail address').fill('n@example.com')
      await page.getByLabel('Password').fill('short')
      await page.getByRole('button', { name: 'Create the account' }).click()
      await page.getByText('A password has 12 to 200 characters.').waitFor()
      await expectAccessible(page)
      await page.goto(`${server.url}/sign-in/of-nobody`)
      await expectAccessible(page)
      await context.close()
    }
  })

  test('the head of the page shows who reads it, on a phone and on a desk, and nothing moves', async () => {
    for (const width of [390, 1_024, 1_440]) {
      const page = await open('/', { viewport: { width, height: 844 } })
      await signUp(page)
      await page.getByTestId('total').getByText(/wine/).waitFor()
      await expectAccessible(page)
      await context.close()
    }
  })

  async function expectAccessible(page: Page): Promise<void> {
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
  }
})
