import { AxeBuilder } from '@axe-core/playwright'
import type { Offer } from '@cellarhand/protocol/offer'
import type { Hold, Level } from '@cellarhand/protocol/stock'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { findBrowser } from './browser.ts'
import { hold, openVisit, rowOf, type Visit } from './visit.ts'

const found = await findBrowser()
const missing = 'missing' in found ? found.missing : undefined
if (missing !== undefined) process.stderr.write(`The page is not tested in a browser: ${missing}.\n`)

// A browser cannot be had everywhere: the line above says why there is none here.
describe.skipIf(missing !== undefined)('the page, in a browser', () => {
  let visit: Visit

  beforeAll(async () => {
    visit = await openVisit(found)
  }, 180_000)

  afterAll(() => visit?.close())

  afterEach(() => visit.closePages())

  test('finds a wine by a word without its accent, and keeps the search in the address', async () => {
    const page = await visit.open('/')
    const all = await page.getByTestId('total').textContent()
    await page.keyboard.press('/')
    await page.keyboard.type('chateau')
    await page.waitForURL(/q=chateau/)
    await expect.poll(() => page.getByTestId('total').textContent()).not.toBe(all)
    await page.getByTestId('wine').filter({ hasText: 'Château' }).first().waitFor()
    await page.goBack()
    await expect.poll(() => page.getByTestId('total').textContent()).toBe(all)
    expect(await page.getByRole('searchbox').inputValue()).toBe('')
  })

  test('says what to do when nothing matches', async () => {
    const page = await visit.open('/?q=qqqqzzzzxxxx')
    await page.getByRole('heading', { name: /Nothing matches/ }).waitFor()
    // There is no count on it that could be old: nothing is said of the line.
    await expect.poll(() => page.getByTestId('live').textContent()).toBe('')
    await page.getByRole('button', { name: 'Clear the search' }).click()
    await expect.poll(() => page.getByTestId('live').textContent()).toBe('Live')
    await page.getByTestId('wine').first().waitFor()
  })

  test('keeps its head as tall where nothing is said of the line, on a phone too', async () => {
    const heights: (number | undefined)[] = []
    for (const q of ['qqqqzzzzxxxx', 'margaux']) {
      const page = await visit.open(`/?q=${q}`, { viewport: { width: 390, height: 844 } })
      await expect.poll(() => page.getByTestId('live').textContent()).toBe(q === 'margaux' ? 'Live' : '')
      heights.push((await page.locator('header').first().boundingBox())?.height)
      await visit.closePages()
    }
    expect(heights[0]).toBeGreaterThan(0)
    expect(heights[0]).toBe(heights[1])
  })

  test('narrows by a facet with the count it promised, and takes it back', async () => {
    const page = await visit.open('/')
    const choice = page.locator('aside .facet-choice').first()
    const promised = Number((await choice.textContent())?.match(/\d+$/)?.[0])
    await choice.click()
    await expect.poll(() => page.getByTestId('total').textContent()).toMatch(new RegExp(`^${promised} wine`))
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await page.getByRole('button', { name: 'Clear filters' }).waitFor({ state: 'detached' })
  })

  test('shows more wines below, with their stock, and follows those near the screen', async () => {
    const page = await visit.open('/')
    for (const pages of [2, 3, 4]) {
      await page.getByRole('button', { name: 'Show more wines' }).click()
      await expect.poll(() => page.getByTestId('wine').count()).toBe(pages * 24)
    }
    const last = page.getByTestId('wine').last()
    await last.scrollIntoViewIfNeeded()
    await last.getByTestId('status').first().waitFor()
    await expect.poll(() => page.getByTestId('live').textContent()).toMatch(/^Live/)
  })

  test("shows another tab's stock fall when a till sells, without a reload", async () => {
    const sku = await plenty(6)
    const page = await visit.open(`/?q=${encodeURIComponent(sku.name)}`)
    const other = await visit.newTab(page)
    await other.goto(page.url())
    for (const tab of [page, other]) await expectLeft(tab, sku.offer.sku, sku.offer.available)
    await visit.write('POST', '/v1/sales', { location: sku.location, lines: [{ sku: sku.offer.sku, quantity: 2 }] })
    for (const tab of [page, other]) await expectLeft(tab, sku.offer.sku, sku.offer.available - 2)
  })

  test('holds bottles, counts down, survives a reload and puts them back', async () => {
    const sku = await plenty(3)
    const page = await visit.open(`/?q=${encodeURIComponent(sku.name)}`)
    await hold(page, sku.offer.sku)
    await expectLeft(page, sku.offer.sku, sku.offer.available - 1)
    await rowOf(page, sku.offer.sku).getByText('1 held by you').waitFor()
    await page.reload()
    await page.getByTestId('holds-bar').click()
    await expect.poll(() => page.getByRole('timer').textContent()).toMatch(/^\d+:\d\d$/)
    await page.getByRole('button', { name: 'Put back' }).click()
    await page.getByTestId('holds-bar').waitFor({ state: 'detached' })
    await expectLeft(page, sku.offer.sku, sku.offer.available)
  })

  test('says that a hold has lapsed, and that its bottles went back', async () => {
    const sku = await plenty(3)
    const page = await visit.open(`/?q=${encodeURIComponent(sku.name)}`)
    const id = await hold(page, sku.offer.sku)
    await page.getByTestId('holds-bar').click()
    await visit.write('PATCH', `/v1/holds/${id}`, { ttlSeconds: 2 })
    await expect
      .poll(() => page.getByTestId('hold-ended').textContent(), { timeout: 15_000 })
      .toMatch(/Time ran out: 1 /)
    await expectLeft(page, sku.offer.sku, sku.offer.available)
    expect(((await visit.read(`/v1/holds/${id}`)) as Hold).state).toBe('expired')
  })

  test('confirms a hold, which is then the reader’s at the price kept', async () => {
    const sku = await plenty(3)
    const page = await visit.open(`/?q=${encodeURIComponent(sku.name)}`)
    const id = await hold(page, sku.offer.sku)
    await page.getByTestId('holds-bar').click()
    await page.getByRole('button', { name: 'Confirm' }).click()
    await expect.poll(() => page.getByTestId('hold-ended').textContent()).toMatch(/^Confirmed: 1 /)
    expect(((await visit.read(`/v1/holds/${id}`)) as Hold).state).toBe('committed')
  })

  test('offers what there is when somebody was quicker', async () => {
    const sku = await plenty(4)
    const page = await visit.open(`/?q=${encodeURIComponent(sku.name)}`)
    await rowOf(page, sku.offer.sku).getByRole('textbox').fill(String(sku.offer.available))
    await page.route(
      '**/v1/holds',
      async (route) => {
        await visit.write('POST', '/v1/holds', { lines: [{ sku: sku.offer.sku, quantity: 1 }] })
        await route.continue()
      },
      { times: 1 },
    )
    await rowOf(page, sku.offer.sku)
      .getByRole('button', { name: /^Hold / })
      .click()
    await page
      .getByTestId('refusal')
      .getByRole('button', { name: /^Hold / })
      .click()
    await rowOf(page, sku.offer.sku)
      .getByText(`${sku.offer.available - 1} held by you`)
      .waitFor()
  })

  test('says so where the last went to somebody quicker, though nothing is left to hold', async () => {
    const sku = await plenty(2)
    const page = await visit.open(`/?q=${encodeURIComponent(sku.name)}`)
    await page.route(
      '**/v1/holds',
      async (route) => {
        await visit.write('POST', '/v1/holds', { lines: [{ sku: sku.offer.sku, quantity: sku.offer.available }] })
        await expectLeft(page, sku.offer.sku, 0)
        await route.continue()
      },
      { times: 1 },
    )
    await rowOf(page, sku.offer.sku)
      .getByRole('button', { name: /^Hold / })
      .click()
    await rowOf(page, sku.offer.sku).getByText('Somebody was quicker').waitFor()
  })

  test('says so when the feed is away, shows what a plain read gave, and mends itself', async () => {
    let isAway = true
    const page = await visit.open('/', {}, async (fresh) => {
      await fresh.route('**/v1/feed?*', (route) => (isAway ? route.abort() : route.continue()))
      await fresh.routeWebSocket('**/v1/feed*', (socket) => void (isAway ? socket.close() : socket.connectToServer()))
    })
    await expect.poll(() => page.getByTestId('live').textContent(), { timeout: 15_000 }).toMatch(/^Reconnecting/)
    await page.getByTestId('status').first().waitFor()
    isAway = false
    await expect.poll(() => page.getByTestId('live').textContent(), { timeout: 25_000 }).toMatch(/^Live/)
  })

  test.each(['light', 'dark'] as const)(
    'is accessible in the %s theme, on a phone and on a desk',
    async (colorScheme) => {
      const sku = await plenty(1)
      for (const width of [390, 1_440]) {
        const page = await visit.open(`/?q=${encodeURIComponent(sku.name)}`, {
          viewport: { width, height: 844 },
          colorScheme,
        })
        await page.getByTestId('status').first().waitFor()
        const { violations } = await new AxeBuilder({ page }).analyze()
        expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
        expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
        await visit.closePages()
      }
    },
  )

  test('moves nothing while 200 updates come in', async () => {
    const sku = await plenty(5)
    const page = await visit.open(`/?q=${encodeURIComponent(sku.name)}`)
    await expectLeft(page, sku.offer.sku, sku.offer.available)
    await page.evaluate(() => {
      const seen = globalThis as { shift?: number }
      seen.shift = 0
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries())
          seen.shift = (seen.shift ?? 0) + (entry as unknown as { value: number }).value
      }).observe({ type: 'layout-shift' })
    })
    for (let round = 0; round < 100; round += 1) {
      const held = (await visit.write('POST', '/v1/holds', {
        lines: [{ sku: sku.offer.sku, quantity: 1 + (round % 5) }],
      })) as Hold
      await visit.write('DELETE', `/v1/holds/${held.id}`)
    }
    await expectLeft(page, sku.offer.sku, sku.offer.available)
    expect(await page.evaluate(() => (globalThis as { shift?: number }).shift)).toBeLessThanOrEqual(0.01)
  })

  async function expectLeft(page: Page, sku: string, left: number): Promise<void> {
    const status = rowOf(page, sku).getByTestId('status')
    await expect
      .poll(() => status.textContent(), { timeout: 10_000 })
      .toMatch(left === 0 ? /held|Sold/ : new RegExp(`: ${left}( |$)`))
  }

  /** A single bottle in the web channel with at least so many left, few enough to be counted, and the wine's name to find it by. */
  async function plenty(least: number) {
    const { items } = (await visit.read('/v1/wines?limit=60')) as {
      items: readonly { name: string; skus: readonly { sku: string; pack: number }[] }[]
    }
    for (const wine of items) {
      const [first] = wine.skus
      if (!first || first.pack !== 1) continue
      const offer = (await visit.read(`/v1/offers/${first.sku}`).catch(() => undefined)) as Offer | undefined
      if (!offer || offer.capped || offer.available < least || offer.held > 0) continue
      const levels = (await visit.read(`/v1/stock?sku=${first.sku}`)) as { items: readonly Level[] }
      const level = levels.items.find((one) => one.available >= 2 && one.location !== 'bonded')
      if (level) return { offer, name: wine.name, location: level.location }
    }
    throw new Error(`the starter cellar has no bottle with ${least} left`)
  }
})
