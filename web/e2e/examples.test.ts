import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { build, createServer, type ViteDevServer } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startProxy, type Proxy } from '../../server/test/proxy.ts'
import { keyOn } from '../../server/test/access.ts'
import { startServer, type TestServer } from '../../server/test/server.ts'
import { findBrowser, launch } from './browser.ts'

const found = await findBrowser()
const missing = 'missing' in found ? found.missing : undefined
if (missing !== undefined) process.stderr.write(`The examples are not tested in a browser: ${missing}.\n`)

const configFile = fileURLToPath(new URL('../../examples/vite.config.ts', import.meta.url))

test('the pages of the examples can be built', async () => {
  const built = await build({ configFile, logLevel: 'silent', build: { write: false } })
  const names = [built].flat().flatMap((one) => ('output' in one ? one.output.map(({ fileName }) => fileName) : []))
  expect(names).toEqual(expect.arrayContaining(['react/index.html', 'plain.html']))
})

const sku = 'MUSAR-RED-2018-150'

// A browser cannot be had everywhere: the line above says why there is none here.
describe.skipIf(missing !== undefined)('the examples, in a browser', () => {
  let server: TestServer
  let proxy: Proxy
  let pages: ViteDevServer
  let browser: Browser

  beforeAll(async () => {
    server = await startServer({ starter: true, env: { CELLARHAND_AUTH: 'on' } })
    proxy = await startProxy(server.url)
    // As `npx vite examples` does it.
    process.env['CELLARHAND_URL'] = proxy.url
    pages = await createServer({ configFile, logLevel: 'silent', server: { port: 0, host: '127.0.0.1' } })
    await pages.listen()
    browser = await launch('executablePath' in found ? found.executablePath : '')
  }, 180_000)

  afterAll(async () => {
    delete process.env['CELLARHAND_URL']
    await browser?.close()
    await pages?.close()
    await proxy?.close()
    await server?.stop()
  })

  const open = async (path: string): Promise<{ page: Page; errors: string[] }> => {
    const page = await browser.newPage()
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(error.message))
    await page.goto(`${pages.resolvedUrls?.local[0] ?? ''}${path}`)
    return { page, errors }
  }

  const sell = async () =>
    fetch(`${server.url}/v1/sales`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': crypto.randomUUID(),
        'x-api-key': await keyOn(server.databaseUrl, 'shop'),
      },
      body: JSON.stringify({ location: 'warehouse', lines: [{ sku, quantity: 1 }] }),
    })

  const shown = async (page: Page) =>
    Number(/: (\d+) at/.exec((await page.locator(`[data-sku="${sku}"]`).textContent()) ?? '')?.[1])

  test('the page in React follows a bottle, holds it, keeps it longer and puts it back', async () => {
    const { page, errors } = await open('react/')
    await page.getByText('The line is live websocket').waitFor()
    const bottle = page.locator(`[data-sku="${sku}"]`)
    await bottle.waitFor()
    const before = await shown(page)
    await bottle.getByRole('button', { name: 'Hold one' }).click()
    await bottle.getByText(/held: 1, for (59|60) s/).waitFor()
    await expect.poll(() => shown(page)).toBe(before - 1)
    await bottle.getByText(/held: 1, for 5[0-8] s/).waitFor()
    await bottle.getByRole('button', { name: 'A little longer' }).click()
    await bottle.getByText(/held: 1, for 1[12]\d s/).waitFor()
    await bottle.getByRole('button', { name: 'Put it back' }).click()
    await expect.poll(() => shown(page)).toBe(before)
    expect(errors).toEqual([])
  })

  test('it goes on by itself where the line breaks', async () => {
    const { page } = await open('react/')
    await page.getByText('The line is live websocket').waitFor()
    const before = await shown(page)
    proxy.cutAll()
    await page.getByText('The line is waiting').waitFor()
    expect(await shown(page)).toBe(before)
    await sell()
    await page.getByText('The line is live websocket').waitFor()
    await expect.poll(() => shown(page)).toBe(before - 1)
  })

  test('where WebSockets do not get through it follows all the same', async () => {
    const page = await browser.newPage()
    await page.addInitScript(() => {
      class Refusing extends EventTarget {
        constructor() {
          super()
          setTimeout(() => this.dispatchEvent(new CloseEvent('close', { code: 1006 })), 5)
        }
        close() {}
        send() {}
      }
      Object.assign(globalThis, { WebSocket: Refusing })
    })
    await page.goto(`${pages.resolvedUrls?.local[0] ?? ''}react/`)
    await page.getByText('The line is live sse').waitFor()
    const before = await shown(page)
    await sell()
    await expect.poll(() => shown(page)).toBe(before - 1)
  })

  test('the page without the SDK follows what a search finds, and opens another line where the one it has falls silent', async () => {
    const { page, errors } = await open('plain.html')
    await page.locator('#state').getByText('live').waitFor()
    const before = await shown(page)
    await sell()
    await expect.poll(() => shown(page)).toBe(before - 1)
    proxy.cutAll()
    await sell()
    await expect.poll(() => shown(page), { timeout: 40_000 }).toBe(before - 2)
    expect(errors).toEqual([])
  })
})
