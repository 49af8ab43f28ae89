import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { months } from './calendar.ts'
import type { Errand } from './errand.ts'
import { createMerchant } from './merchant.ts'
import { LINES_MOST } from './trader.ts'
import { tradeYear } from './trading.ts'

const yearOf = (seed: number, movements = 12_000) => [...tradeYear(createMerchant({ seed, movements }))]
const all = (year: ReturnType<typeof yearOf>): Errand[] => year.flatMap((month) => [...month.values()].flat())

interface Body {
  readonly occurredAt?: string
  readonly lines?: readonly { readonly sku: string; readonly quantity?: number; readonly counted?: number }[]
}
const bodyOf = ({ call }: Errand) => (call.body ?? {}) as Body

test('a seed makes the same year each time, and another seed another one', () => {
  const digest = (seed: number) =>
    createHash('sha256')
      .update(JSON.stringify(all(yearOf(seed))))
      .digest('hex')
  expect(digest(7)).toBe(digest(7))
  expect(digest(7)).not.toBe(digest(8))
})

test('every kind of errand is in a year, in about as many movements as were asked for', () => {
  const errands = all(yearOf(7))
  const kinds = new Set(errands.map(({ call }) => `${call.method} ${call.path}`))
  expect([...kinds].toSorted()).toEqual([
    'DELETE /v1/holds/{id}',
    'PATCH /v1/holds/{id}',
    'POST /v1/adjustments',
    'POST /v1/allocations',
    'POST /v1/clearances',
    'POST /v1/commitments/{id}/cancel',
    'POST /v1/commitments/{id}/ship',
    'POST /v1/counts',
    'POST /v1/deallocations',
    'POST /v1/holds',
    'POST /v1/holds/{id}/commit',
    'POST /v1/lots',
    'POST /v1/moves',
    'POST /v1/prices',
    'POST /v1/quarantine',
    'POST /v1/receipts',
    'POST /v1/reinstatements',
    'POST /v1/sales',
    'POST /v1/transfers',
    'POST /v1/transfers/{id}/cancel',
    'POST /v1/transfers/{id}/receive',
    'POST /v1/write-offs',
  ])
  const movements = errands.reduce((sum, errand) => sum + errand.movements, 0)
  expect(movements).toBeGreaterThanOrEqual(12_000)
  expect(movements).toBeLessThan(14_000)
})

test('no key is used twice, no command has more lines than are taken, and no line is of no bottle', () => {
  const errands = all(yearOf(7, 60_000))
  expect(new Set(errands.map(({ call }) => call.key)).size).toBe(errands.length)
  for (const errand of errands) {
    const { lines } = bodyOf(errand)
    if (lines === undefined) continue
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.length).toBeLessThanOrEqual(LINES_MOST)
    expect(new Set(lines.map(({ sku }) => sku)).size).toBeLessThanOrEqual(lines.length)
    for (const { quantity = 1, counted = 0 } of lines) expect(Math.min(quantity - 1, counted)).toBeGreaterThanOrEqual(0)
  }
})

test('hands touch no SKU of each other', () => {
  const touched = new Map<string, string>()
  for (const month of yearOf(7)) {
    for (const [hand, errands] of month) {
      for (const { sku } of errands.flatMap((errand) => bodyOf(errand).lines ?? [])) {
        expect(touched.get(sku) ?? hand).toBe(hand)
        touched.set(sku, hand)
      }
    }
  }
})

test('facts happen within their month or shortly before it, some of them late', () => {
  const lateMostMs = 20 * 86_400_000
  let late = 0
  for (const [index, month] of yearOf(7).entries()) {
    const { beginsMs, endsMs } = months[index] ?? { beginsMs: 0, endsMs: 0 }
    for (const errand of [...month.values()].flat()) {
      const { occurredAt } = bodyOf(errand)
      if (occurredAt === undefined) continue
      const atMs = Date.parse(occurredAt)
      expect(atMs).toBeLessThan(endsMs)
      expect(atMs).toBeGreaterThanOrEqual(beginsMs - lateMostMs)
      if (atMs < beginsMs) late += 1
    }
  }
  expect(late).toBeGreaterThan(0)
})
