import type { CatalogueSku, Wine } from '@cellarhand/protocol/catalogue'
import type { Offer } from '@cellarhand/protocol/offer'
import { expect, test } from 'vitest'
import { availabilityOf, units, whyNotHold } from './availability.ts'
import { facetLabel } from './facet-label.ts'
import { followed, FOLLOWED_MAX } from './followed.ts'
import { basisOf, includedIn, perBottle, times } from './price.ts'
import { inOrder, lotWords, originOf, packOf, sizeOf, skuTitle, titleOf } from './wine-words.ts'

const offer = (more: Partial<Offer>): Offer => ({
  sku: 'A',
  channel: 'web',
  available: 0,
  held: 0,
  status: 'sold_out',
  price: { amountMinor: 1_000, currency: 'GBP', taxIncluded: true, dutyIncluded: true },
  position: 'epoch1.1',
  ...more,
})
const sku = (more: Partial<CatalogueSku>): CatalogueSku => ({
  sku: 'A',
  vintage: 2019,
  formatMl: 750,
  formatName: 'Bottle',
  pack: 1,
  packaging: 'bottle',
  allergens: [],
  identifiers: [],
  ...more,
})
const wine = (more: Partial<Wine>): Wine => ({
  id: 'w',
  name: 'La Tâche',
  style: 'still',
  grapes: [],
  skus: [],
  ...more,
})

test('each status has its word', () => {
  expect(availabilityOf(offer({ status: 'in_stock', available: 24, capped: true }), 0).word).toBe('In stock: 24+')
  expect(availabilityOf(offer({ status: 'low', available: 3 }), 0).word).toBe('Low: 3 left')
  expect(availabilityOf(offer({ status: 'all_held', held: 2 }), 0)).toMatchObject({
    word: 'All held',
    others: '2 held, may return',
  })
  expect(availabilityOf(offer({ status: 'sold_out' }), 0).word).toBe('Sold out')
  expect(availabilityOf(offer({ status: 'coming' }), 0).word).toBe('Coming')
  const coming = offer({ status: 'coming', expectedAt: '2027-03-12T09:00:00Z' })
  const seen = (now: string) => availabilityOf(coming, 0, new Date(now)).word
  expect(seen('2027-01-02T12:00:00Z')).toBe('Coming 12 March')
  expect(seen('2026-11-02T12:00:00Z')).toBe('Coming 12 March 2027')
  expect(seen('2027-03-20T12:00:00Z')).toBe('Coming')
})

test("an own hold is never told as somebody else's", () => {
  expect(availabilityOf(offer({ status: 'in_stock', available: 9, held: 3 }), 1)).toMatchObject({
    others: '2 held, may return',
    own: '1 held by you',
  })
  expect(availabilityOf(offer({ status: 'all_held', held: 2 }), 2)).toMatchObject({
    word: 'The last are yours',
    others: '',
  })
})

test('what cannot be held says why', () => {
  expect(whyNotHold(offer({ status: 'low', available: 1 }), 0)).toBeUndefined()
  expect(whyNotHold(offer({ status: 'all_held', held: 2 }), 0)).toBe('In other baskets for now')
  expect(whyNotHold(offer({ status: 'all_held', held: 2 }), 2)).toBe('Nothing more to hold')
  expect(whyNotHold(offer({ status: 'coming' }), 0)).toBe('Not here yet')
})

test('a price says what it is for and what is in it', () => {
  const price = { amountMinor: 10_000, currency: 'GBP' }
  expect(basisOf(1)).toBe('a bottle')
  expect(basisOf(6)).toBe('a case of 6')
  expect(perBottle(price, 1)).toBe('')
  expect(perBottle(price, 6)).toBe('£16.67 a bottle')
  expect(perBottle({ amountMinor: 12_000, currency: 'JPY' }, 6)).toBe('¥2,000 a bottle')
  expect(times(price, 3)).toEqual({ amountMinor: 30_000, currency: 'GBP' })
  expect(includedIn({ dutyIncluded: false, taxIncluded: false })).toBe('in bond: plus duty and tax')
  expect(includedIn({ dutyIncluded: true, taxIncluded: false })).toBe('incl. duty, plus tax')
})

test('counts are of bottles, or of cases', () => {
  expect([units(1, 1), units(2, 1), units(1, 6), units(2, 6)]).toEqual(['1 bottle', '2 bottles', '1 case', '2 cases'])
})

test('a wine is named without saying anything twice', () => {
  expect(titleOf({ producer: 'Krug', name: 'Krug Grande Cuvée' })).toBe('Krug Grande Cuvée')
  expect(titleOf({ producer: 'Krug', name: 'Grande Cuvée' })).toBe('Krug Grande Cuvée')
  expect(originOf(wine({ appellation: 'Champagne', region: 'Champagne', country: 'France' }))).toBe('Champagne, France')
})

test('a SKU says its size and pack where they are not the usual ones', () => {
  expect(skuTitle(sku({}))).toBe('2019')
  expect(skuTitle(sku({ formatMl: 1_500, formatName: 'Magnum' }))).toBe('2019 Magnum')
  expect(skuTitle(sku({ vintage: 'NV', pack: 6, packaging: 'OWC' }))).toBe('NV Bottle, wooden case of 6')
  expect(packOf({ pack: 1, packaging: 'OWC' })).toBe('in wooden case')
  expect(sizeOf({ formatMl: 1_500, formatName: 'Magnum' })).toBe('Magnum, 1.5 l')
  expect(sizeOf({ formatMl: 500, formatName: '50 cl' })).toBe('50 cl')
})

test('SKUs stand newest first, then by size, then by pack', () => {
  const skus = [
    sku({ sku: 'old', vintage: 2010 }),
    sku({ sku: 'case', pack: 6 }),
    sku({ sku: 'magnum', formatMl: 1_500 }),
    sku({ sku: 'nv', vintage: 'NV' }),
    sku({ sku: 'one' }),
  ]
  expect(inOrder(skus).map((one) => one.sku)).toEqual(['nv', 'one', 'case', 'magnum', 'old'])
})

test('all of a list is followed while it fits, and then what is near the screen, held ones always', () => {
  const wines = Array.from({ length: 100 }, (_, index) =>
    wine({ id: `w${index}`, skus: [1, 2, 3].map((n) => sku({ sku: `S${index}-${n}` })) }),
  )
  expect(followed(wines.slice(0, 10), new Set(), ['H'])).toHaveLength(31)
  expect(followed(wines, new Set(['w3']), ['H'])).toEqual(['H', 'S3-1', 'S3-2', 'S3-3'])
  expect(followed(wines, new Set(wines.map((one) => one.id)), ['H'])).toHaveLength(FOLLOWED_MAX)
})

test('a chosen value that nothing matches any more still has a name', () => {
  expect(facetLabel('price', '1000-2500', 'EUR')).toBe('€10.00 to €25.00')
  expect(facetLabel('price', '-1000', 'EUR')).toBe('Under €10.00')
  expect(facetLabel('price', '2500-', 'JPY')).toBe('¥2,500 and over')
  expect(facetLabel('price', '2500-', undefined)).toBe('2500-')
  expect(facetLabel('colour', 'rose', 'EUR')).toBe('Rosé')
  expect(facetLabel('format', '1500', 'EUR')).toBe('1.5 l')
  expect(facetLabel('region', 'Mosel', 'EUR')).toBe('Mosel')
})

test('a lot that is sold by itself says which it is and what is known of it, after the others of its kind', () => {
  const lot = { of: 'A', lot: 'C7', condition: 'level base neck', drinkBy: 2060 }
  expect(lotWords(lot)).toEqual(['Lot C7', 'level base neck', 'drink by 2060'])
  expect(skuTitle(sku({ lot }))).toBe('2019, lot C7')
  const [sold, other] = [sku({ sku: 'B', lot }), sku({})]
  expect(inOrder([sold, other])).toEqual([other, sold])
})
