import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Hold } from '@cellarhand/protocol/stock'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { expect } from 'vitest'
import { startServer } from '../../server/test/server.ts'
import { launch, type FoundBrowser } from './browser.ts'

type ContextOptions = Parameters<Browser['newContext']>[0]

/** A starter cellar, a browser that looks at its page, and the API beside it. */
export type Visit = Awaited<ReturnType<typeof openVisit>>

/** The folder of the built page. `npm test` has built it; a test that is run by itself builds it where it is missing. */
export async function builtPage(): Promise<URL> {
  const folder = new URL('../dist/app/', import.meta.url)
  if (!existsSync(new URL('index.html', folder))) {
    const { build } = await import('vite')
    await build({ root: fileURLToPath(new URL('..', import.meta.url)), logLevel: 'error' })
  }
  return folder
}

/** Starts both. The caller closes them. */
export async function openVisit(found: FoundBrowser) {
  await builtPage()
  const server = await startServer({ starter: true })
  const browser = await launch('executablePath' in found ? found.executablePath : '')
  let context: BrowserContext | undefined
  return {
    /** A page in a context of its own, with its wines. The last one's context is `newTab`'s. */
    open: async (path: string, options: ContextOptions = {}, prepare: (page: Page) => unknown = () => {}) => {
      context = await browser.newContext({ viewport: { width: 1_440, height: 900 }, ...options })
      const page = await context.newPage()
      await prepare(page)
      await page.goto(`${server.url}${path}`)
      await page.getByTestId('total').getByText(/wine/).waitFor()
      return page
    },
    newTab: (page: Page) => page.context().newPage(),
    closePages: async () => context?.close(),
    read: (path: string) => answered(`GET ${path}`, fetch(`${server.url}${path}`)),
    write: (method: string, path: string, body?: object) =>
      answered(
        `${method} ${path}`,
        fetch(`${server.url}${path}`, {
          method,
          headers: { 'idempotency-key': randomUUID(), ...(body ? { 'content-type': 'application/json' } : {}) },
          ...(body ? { body: JSON.stringify(body) } : {}),
        }),
      ),
    close: async () => {
      await browser.close()
      await server.stop()
    },
  }
}

async function answered(what: string, asked: Promise<Response>): Promise<unknown> {
  const response = await asked
  if (!response.ok) throw new Error(`${what}: ${response.status} ${await response.text()}`)
  return response.json()
}

/** A SKU's row. */
export function rowOf(page: Page, sku: string) {
  return page.locator(`[data-sku="${sku}"]`)
}

/** Presses the button of a row that begins with this word, and answers the hold's id. */
export async function hold(page: Page, sku: string, word = 'Hold'): Promise<string> {
  const asked = page.waitForResponse((response) => response.url().endsWith('/v1/holds'))
  await rowOf(page, sku)
    .getByRole('button', { name: new RegExp(`^${word} `) })
    .click()
  const response = await asked
  expect(response.status()).toBe(201)
  await page.getByTestId('holds-bar').waitFor()
  return ((await response.json()) as Hold).id
}
