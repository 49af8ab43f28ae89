import { AxeBuilder } from '@axe-core/playwright'
import type { Offer } from '@cellarhand/protocol/offer'
import type { Order } from '@cellarhand/protocol/order'
import type { Purchase } from '@cellarhand/protocol/purchase'
import type { Hold, Level } from '@cellarhand/protocol/stock'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { findBrowser } from './browser.ts'
import { hold, openVisit, rowOf, type Visit } from './visit.ts'

const found = await findBrowser()
const set = 'OURS-BORDEAUX-NV-75X3'

// A browser cannot be had everywhere: page.test.ts says why there is none here.
describe.skipIf('missing' in found)('what is made of others, and what is expected, on the page', () => {
  let visit: Visit

  beforeAll(async () => {
    visit = await openVisit(found)
  }, 180_000)

  afterAll(() => visit?.close())
  afterEach(() => visit.closePages())

  test('shows what is in a set, holds it at its price, and tells of the set where it is held', async () => {
    const page = await visit.open('/?q=bordeaux+tasting+set')
    const row = rowOf(page, set)
    await row.getByText('In this set').waitFor()
    expect(await row.getByRole('listitem').allTextContents()).toEqual([
      '1 × Château de La Dauphine Grand Vin 2018',
      "1 × Château d'Aiguilhe Grand Vin 2018",
      '1 × Château Fombrauge Grand Cru Classé 2018',
    ])
    await row.getByText('a set of 3').waitFor()
    await hold(page, set)
    await row.getByText('1 held by you').waitFor()
    await page.getByTestId('holds-bar').click()
    const held = page.getByTestId('hold')
    await held.getByText('1 × Château de La Dauphine Grand Vin 2018, 1 ×').waitFor()
    expect(await held.textContent()).toContain('1 set at the price kept: €75.00')
    await page.getByRole('button', { name: 'Confirm' }).click()
    await expect.poll(() => page.getByTestId('hold-ended').textContent()).toMatch(/^Confirmed: 1 set is yours/)
  })

  test('shows what is in a mixed case, which stands on a shelf', async () => {
    const page = await visit.open('/?q=rh%C3%B4ne+mixed+case')
    const row = rowOf(page, 'OURS-RHONE-NV-75X6')
    await row.getByText('3 × E. Guigal Côtes du Rhône Rouge 2021').waitFor()
    await row.getByText('a case of 6').waitFor()
    await expect.poll(() => row.getByTestId('status').textContent()).toMatch(/^In stock: 13$/)
  })

  test('reserves what is expected, by the keyboard, and has it when it is there', async () => {
    const { sku, name, order } = await ordered(3)
    const page = await visit.open(`/?q=${encodeURIComponent(name)}`)
    const row = rowOf(page, sku)
    await expect.poll(() => row.getByTestId('status').textContent()).toMatch(/^Expected \d+ [A-Z][a-z]+$/)
    const button = row.getByRole('button', { name: /^Reserve 2 .*Expected \d+ [A-Z][a-z]+$/ })
    await row.getByRole('textbox').fill('2')
    const asked = page.waitForResponse((response) => response.url().endsWith('/v1/holds'))
    await button.focus()
    await page.keyboard.press('Enter')
    const { id, lines } = (await (await asked).json()) as Hold
    expect(lines).toMatchObject([{ sku, quantity: 2, pending: 2 }])
    await row.getByText('2 reserved by you').waitFor()
    await page.getByTestId('holds-bar').click()
    const pending = page.getByTestId('pending')
    expect(await pending.textContent()).toMatch(/^Expected \d+ [A-Z][a-z]+: yours as soon as they are here$/)
    await visit.write('POST', `/v1/purchase-orders/${order}/receive`)
    await pending.waitFor({ state: 'detached' })
    await row.getByText('2 held by you').waitFor()
    await expect.poll(() => row.getByTestId('status').textContent()).toBe('Low: 1 left')
    const placed = (await visit.write('POST', '/v1/orders', { holdId: id, fulfilment: 'collect' })) as Order
    expect(placed.lines).toMatchObject([{ sku, quantity: 2 }])
  })

  test('says how many more are expected to who asks for too many', async () => {
    const { sku, name } = await ordered(2)
    const page = await visit.open(`/?q=${encodeURIComponent(name)}`)
    await rowOf(page, sku).getByRole('textbox').fill('5')
    await rowOf(page, sku)
      .getByRole('button', { name: /^Reserve 5 / })
      .click()
    const refusal = page.getByTestId('refusal')
    await refusal.getByText('Of what is expected only 2 bottles are free.').waitFor()
    await refusal.getByRole('button', { name: 'Hold 2 bottles' }).click()
    await rowOf(page, sku).getByText('2 reserved by you').waitFor()
    await expect.poll(() => rowOf(page, sku).getByTestId('status').textContent()).toBe('Sold out')
  })

  test.each(['light', 'dark'] as const)(
    'is accessible in the %s theme, on a phone and on a desk',
    async (colorScheme) => {
      const { sku, name } = await ordered(4)
      for (const width of [390, 1_440]) {
        const page = await visit.open(`/?q=${encodeURIComponent(name)}`, {
          viewport: { width, height: 844 },
          colorScheme,
        })
        await hold(page, sku, 'Reserve')
        await page.getByTestId('holds-bar').click()
        await page.getByTestId('pending').waitFor()
        await looksRight(page)
        await page.getByRole('button', { name: 'Put back' }).click()
        await visit.closePages()
        const ofSet = await visit.open('/?q=bordeaux+tasting+set', { viewport: { width, height: 844 }, colorScheme })
        await ofSet.getByTestId('parts').first().waitFor()
        await ofSet.getByTestId('status').first().waitFor()
        await looksRight(ofSet)
        await visit.closePages()
      }
    },
  )

  async function looksRight(page: Page): Promise<void> {
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
  }

  /** A single bottle that nobody has and so many of which are ordered, with the wine's name to find it by. */
  async function ordered(quantity: number) {
    const { items: offers } = (await visit.read('/v1/offers?limit=500')) as { items: readonly Offer[] }
    const { items: wines } = (await visit.read('/v1/wines?limit=100')) as {
      items: readonly { name: string; skus: readonly { sku: string; pack: number }[] }[]
    }
    const gone = new Set(offers.filter(({ status }) => status === 'sold_out').map(({ sku }) => sku))
    for (const { name, skus } of wines) {
      const sku = skus.find((one) => one.pack === 1 && gone.has(one.sku))?.sku
      if (sku === undefined) continue
      const { items } = (await visit.read(`/v1/stock?sku=${sku}`)) as { items: readonly Level[] }
      if (items.some((level) => level.onHand + level.incoming + level.incomingCommitted > 0)) continue
      const order = (await visit.write('POST', '/v1/purchase-orders', {
        location: 'warehouse',
        expectedAt: new Date(Date.now() + 30 * 86_400_000).toISOString(),
        lines: [{ sku, quantity }],
      })) as Purchase
      return { sku, name, order: order.id }
    }
    throw new Error('the starter cellar has nothing that is sold out')
  }
})
