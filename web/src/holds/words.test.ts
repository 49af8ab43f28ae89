import type { Hold } from '@cellarhand/protocol/stock'
import { expect, test } from 'vitest'
import { formatLeft, formatLife } from './countdown.ts'
import { endWords, keptPrice, pendingWords, quantityOf, spokenEnd } from './hold-words.ts'
import { keep, parseKept, type KeptHold } from './kept.ts'
import { changeRefusal, holdRefusal } from './refusal.ts'

const problem = (slug: string, status: number, more: object = {}) =>
  ({
    kind: 'refused',
    problem: { type: `https://cellarhand.dev/problems/${slug}`, title: 'Title', status, detail: 'Detail.', ...more },
  }) as const

test('too few left offers to hold what there is, in bottles or cases', () => {
  const lines = [{ sku: 'A', requested: 5, available: 2 }]
  expect(holdRefusal(problem('insufficient-stock', 409, { lines }), 'bottle')).toEqual({
    text: 'Only 2 bottles left now.',
    remedy: { kind: 'hold_fewer', quantity: 2 },
  })
  expect(holdRefusal(problem('insufficient-stock', 409, { lines }), 'case').text).toBe('Only 2 cases left now.')
})

test('whoever is asked for proof is told so in the words of the cellar, and where to give it', () => {
  const asked = problem('proof-required', 403, { signIn: '/session/sign-in' })
  expect(holdRefusal(asked, 'bottle')).toEqual({ text: 'Detail.', remedy: { kind: 'sign_in' } })
})

test('none left offers nothing that would be refused again', () => {
  const lines = [{ sku: 'A', requested: 5, available: 0 }]
  expect(holdRefusal(problem('insufficient-stock', 409, { lines }), 'bottle').remedy).toBeUndefined()
})

test('too few of what is expected says so, and never that bottles may return', () => {
  const refused = (available: number) =>
    holdRefusal(problem('insufficient-stock', 409, { lines: [{ sku: 'A', available }] }), 'bottle', 'incoming')
  expect(refused(2)).toEqual({
    text: 'Of what is expected only 2 bottles are free.',
    remedy: { kind: 'hold_fewer', quantity: 2 },
  })
  expect(refused(0)).toEqual({
    text: 'Somebody was quicker: all that is expected is promised by now.',
    remedy: undefined,
  })
})

test('a changed price is shown, to be accepted or left', () => {
  const price = { amountMinor: 12_500, currency: 'GBP', taxIncluded: true, dutyIncluded: true }
  expect(holdRefusal(problem('price-changed', 409, { price }), 'bottle')).toEqual({
    text: 'The price is now £125.00.',
    remedy: { kind: 'accept_price', price: { amountMinor: 12_500, currency: 'GBP' } },
  })
})

test('what was not heard, or is not now, may be tried again', () => {
  expect(holdRefusal({ kind: 'unheard' }, 'bottle').remedy).toEqual({ kind: 'retry' })
  expect(holdRefusal(problem('unavailable', 503), 'bottle').remedy).toEqual({ kind: 'retry' })
  expect(changeRefusal(problem('internal', 500)).remedy).toEqual({ kind: 'retry' })
})

test('a problem of no special kind is told in its own words', () => {
  expect(holdRefusal(problem('unknown-sku', 422), 'bottle')).toEqual({ text: 'Detail.', remedy: undefined })
  expect(changeRefusal(problem('hold-ended', 409)).text).toBe('This hold has already ended.')
})

test('time left counts down to 0:00 and never below', () => {
  expect([600_000, 59_001, 59_000, 1, 0, -5_000].map(formatLeft)).toEqual([
    '10:00',
    '1:00',
    '0:59',
    '0:01',
    '0:00',
    '0:00',
  ])
  expect(formatLeft(3_725_000)).toBe('1:02:05')
  expect([45, 600, 3_600].map(formatLife)).toEqual(['45 s', '10 min', '1 h'])
})

const price = { amountMinor: 15_000, currency: 'GBP', taxIncluded: true, dutyIncluded: true }
const line = { line: 0, sku: 'A', location: 'shop', channel: 'web', quantity: 1, price }
const hold = (more: Partial<Hold>): Hold => ({
  id: '00000000-0000-4000-8000-000000000000',
  state: 'active',
  expiresAt: '2026-01-01T00:00:00Z',
  lines: [line],
  position: 'epoch1.1',
  ...more,
})

test('a hold answered per location is one quantity at one price', () => {
  const split = hold({ lines: [line, { ...line, location: 'warehouse', quantity: 2 }] })
  expect(quantityOf(split)).toBe(3)
  expect(keptPrice(split)).toBe('3 × £150.00 = £450.00')
  expect(keptPrice(hold({}))).toBe('£150.00')
})

test('a hold of a set is of so many sets, at what their components add up to', () => {
  const bundle = { sku: 'SET', quantity: 2 }
  const share = (sku: string, quantity: number, amountMinor: number) => ({
    ...line,
    sku,
    quantity,
    price: { ...price, amountMinor },
    bundle,
  })
  const sets = hold({ lines: [share('A', 2, 2_501), share('A', 2, 2_500), share('B', 2, 2_499)] })
  expect(quantityOf(sets)).toBe(2)
  expect(keptPrice(sets)).toBe('2 × £75.00 = £150.00')
})

test('what is not here yet says when it should be', () => {
  const waiting = hold({ lines: [{ ...line, quantity: 2, pending: 2 }] })
  const told = (of: Hold) => pendingWords(of, '2027-03-12T09:00:00Z', new Date('2027-01-02T12:00:00Z'))
  expect(told(waiting)).toBe('Expected 12 March: yours as soon as they are here')
  expect(told(hold({ lines: [{ ...line, pending: 1 }] }))).toBe('Expected 12 March: yours as soon as it is here')
  expect(told(hold({}))).toBe('')
  expect(endWords(hold({ ...waiting, state: 'committed' }), 'bottle')).toBe(
    'Confirmed: 2 bottles are yours at the price kept, and come when they are here.',
  )
})

test('each end of a hold is said plainly', () => {
  expect(endWords(hold({}), 'bottle')).toBeUndefined()
  expect(endWords(hold({ state: 'expired' }), 'bottle')).toMatch(/^Time ran out: 1 bottle went back/)
  expect(endWords(hold({ state: 'revoked' }), 'case')).toMatch(/^Taken back by the cellar: 1 case /)
  expect(endWords(hold({ state: 'revoked', lines: [] }), 'bottle')).toMatch(/Your bottles turned out not to be there/)
  expect(endWords(hold({ state: 'committed' }), 'bottle')).toBe('Confirmed: 1 bottle is yours at the price kept.')
  expect(spokenEnd('released')).toBeUndefined()
  expect(spokenEnd('expired')).toBe('Time ran out on a hold: its bottles went back.')
})

const kept = (id: string, expiresAt: number): KeptHold => ({ id, wineId: 'w', lifeSeconds: 600, expiresAt })

test('what was stored is read back, and what is no hold or long over is not', () => {
  const now = 1_000_000_000
  const reserved = { ...kept('r', now), expectedAt: '2027-03-12T09:00:00Z' }
  const stored = [
    reserved,
    { ...reserved, expectedAt: 3 },
    kept('a', now),
    kept('b', now - 90_000_000),
    { id: 'c' },
    'd',
    null,
  ]
  expect(parseKept(JSON.stringify(stored), now)).toEqual([reserved, kept('a', now)])
  expect(parseKept('{', now)).toEqual([])
  expect(parseKept(null, now)).toEqual([])
})

test('a newer record of a hold takes the place of the older', () => {
  expect(keep([kept('a', 1), kept('b', 1)], kept('a', 2))).toEqual([kept('b', 1), kept('a', 2)])
})
