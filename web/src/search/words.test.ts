import type { CatalogueSku, Wine } from '@cellarhand/protocol/catalogue'
import type { Offer } from '@cellarhand/protocol/offer'
import { expect, test } from 'vitest'
import { availabilityOf, expectedWords, units, whyNotHold } from './availability.ts'
import { facetLabel } from './facet-label.ts'
import { followed, FOLLOWED_MAX } from './followed.ts'
import { basisOf, includedIn, perBottle } from './price.ts'
import { inOrder, lotWords, originOf, packOf, partWords, sizeOf, skuTitle, titleOf, unitOf } from './wine-words.ts'

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

const none = { held: 0, reserved: 0 }

test('each status has its word', () => {
  expect(availabilityOf(offer({ status: 'in_stock', available: 24, capped: true }), none).word).toBe('In stock: 24+')
  expect(availabilityOf(offer({ status: 'low', available: 3 }), none).word).toBe('Low: 3 left')
  expect(availabilityOf(offer({ status: 'all_held', held: 2 }), none)).toMatchObject({
    word: 'All held',
    others: '2 held, may return',
  })
  expect(availabilityOf(offer({ status: 'sold_out' }), none).word).toBe('Sold out')
  expect(availabilityOf(offer({ status: 'coming' }), none).word).toBe('Expected')
  const seen = (now: string) => expectedWords('2027-03-12T09:00:00Z', new Date(now))
  expect(seen('2027-01-02T12:00:00Z')).toBe('Expected 12 March')
  expect(seen('2026-11-02T12:00:00Z')).toBe('Expected 12 March')
  expect(seen('2025-11-02T12:00:00Z')).toBe('Expected Mar 2027')
  expect(seen('2027-03-20T12:00:00Z')).toBe('Expected')
})

test("an own hold is never told as somebody else's", () => {
  expect(availabilityOf(offer({ status: 'in_stock', available: 9, held: 3 }), { held: 1, reserved: 0 })).toMatchObject({
    others: '2 held, may return',
    own: '1 held by you',
  })
  expect(availabilityOf(offer({ status: 'all_held', held: 2 }), { held: 2, reserved: 0 })).toMatchObject({
    word: 'The last are yours',
    others: '',
  })
})

test('what is reserved is told beside what is held, and is of nobody who holds', () => {
  const coming = offer({ status: 'coming', held: 0 })
  expect(availabilityOf(coming, { held: 0, reserved: 2 })).toMatchObject({ own: '2 reserved by you', others: '' })
  expect(availabilityOf(offer({ held: 3 }), { held: 1, reserved: 2 })).toMatchObject({
    own: '1 held, 2 reserved by you',
    others: '2 held, may return',
  })
})

test('a set whose bottles are held is nobody’s, since it is not known who holds them', () => {
  expect(availabilityOf(offer({ status: 'all_held' }), { held: 1, reserved: 0 }).word).toBe('All held')
})

test('what cannot be held says why', () => {
  expect(whyNotHold(offer({ status: 'low', available: 1 }), 'bottle', 0)).toBeUndefined()
  expect(whyNotHold(offer({ status: 'all_held', held: 2 }), 'bottle', 0)).toBe('In other baskets for now')
  expect(whyNotHold(offer({ status: 'all_held', held: 2 }), 'bottle', 2)).toBe('Nothing more to hold')
  expect(whyNotHold(offer({ status: 'sold_out' }), 'bottle', 0)).toBe('')
})

test('what is expected can be reserved, but no set of it', () => {
  expect(whyNotHold(offer({ status: 'coming' }), 'case', 0)).toBeUndefined()
  expect(whyNotHold(offer({ status: 'coming' }), 'set', 0)).toBe('Not here yet')
})

test('a price says what it is for and what is in it', () => {
  const price = { amountMinor: 10_000, currency: 'GBP' }
  expect(basisOf('bottle', 1)).toBe('a bottle')
  expect(basisOf('case', 6)).toBe('a case of 6')
  expect(basisOf('set', 3)).toBe('a set of 3')
  expect(perBottle(price, 1)).toBe('')
  expect(perBottle(price, 6)).toBe('£16.67 a bottle')
  expect(perBottle({ amountMinor: 12_000, currency: 'JPY' }, 6)).toBe('¥2,000 a bottle')
  expect(includedIn({ dutyIncluded: false, taxIncluded: false })).toBe('in bond: plus duty and tax')
  expect(includedIn({ dutyIncluded: true, taxIncluded: false })).toBe('incl. duty, plus tax')
})

test('counts are of bottles, of cases, or of sets', () => {
  const of = (more: Partial<CatalogueSku>) => [1, 2].map((count) => units(count, unitOf(sku(more))))
  expect(of({})).toEqual(['1 bottle', '2 bottles'])
  expect(of({ pack: 6 })).toEqual(['1 case', '2 cases'])
  expect(of({ pack: 3, madeOf: { kind: 'bundle', parts: [] } })).toEqual(['1 set', '2 sets'])
  expect(of({ pack: 6, madeOf: { kind: 'mixed_case', parts: [] } })).toEqual(['1 case', '2 cases'])
})

test('a set says how many bottles it has and what they are', () => {
  const unknown = { sku: 'K', quantity: 2, wine: 'Grande Cuvée', vintage: 'NV', formatMl: 750, pack: 1 } as const
  const part = { ...unknown, producer: 'Krug' }
  expect(skuTitle(sku({ pack: 3, madeOf: { kind: 'bundle', parts: [part] } }))).toBe('of 3 bottles')
  expect(partWords(part)).toBe('2 × Krug Grande Cuvée NV')
  expect(partWords({ ...unknown, quantity: 1, vintage: 2008, formatMl: 1_500, pack: 3 })).toBe(
    '1 × Grande Cuvée 2008, 1.5 l, case of 3',
  )
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
  expect(lotWords(lot)).toEqual(['level base neck', 'drink by 2060'])
  expect(skuTitle(sku({ lot }))).toBe('2019, lot C7')
  const [sold, other] = [sku({ sku: 'B', lot }), sku({})]
  expect(inOrder([sold, other])).toEqual([other, sold])
})
