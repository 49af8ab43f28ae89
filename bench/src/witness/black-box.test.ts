import { expect, test } from 'vitest'
import { isLinearizable, operationsOf, type BlackBoxOperation } from './black-box.ts'
import type { WriteRecord } from './history.ts'
import { storm } from './storm.ts'

const take = (outcome: BlackBoxOperation['outcome'], invokedAt: number, returnedAt: number | null, delta = -1) => ({
  delta,
  outcome,
  invokedAt,
  returnedAt,
})

test('one of two who ask for the last bottle gets it, whoever was first', () => {
  expect(isLinearizable([take('ok', 0, 9), take('refused', 1, 3)], 1)).toBe(true)
  expect(isLinearizable([take('ok', 0, 9), take('ok', 1, 3)], 1)).toBe(false)
})

test('a refusal that had ended before anything was taken has no order', () => {
  expect(isLinearizable([take('refused', 0, 1), take('ok', 2, 3)], 1)).toBe(false)
  expect(isLinearizable([take('refused', 0, 2), take('ok', 2, 3)], 1)).toBe(true)
})

test('what is unknown may have happened at any time, or never', () => {
  expect(isLinearizable([take('unknown', 0, null), take('refused', 5, 6)], 1)).toBe(true)
  expect(isLinearizable([take('unknown', 0, null), take('ok', 5, 6)], 1)).toBe(true)
  expect(isLinearizable([take('unknown', 7, null), take('refused', 5, 6)], 1)).toBe(false)
})

test('storms of 500 operations have an order, and with one grant too many have none', () => {
  for (let seed = 1; seed <= 8; seed++) {
    const { history } = storm(seed, 480, 1)
    expect(isLinearizable(operationsOf(history, 'SKU0')!, 10)).toBe(true)
    const refused = history.findIndex((one) => one.kind === 'hold' && one.outcome === 'refused')
    history[refused] = { ...(history[refused] as WriteRecord), outcome: 'ok' } as WriteRecord
    expect(isLinearizable(operationsOf(history, 'SKU0')!, 10)).toBe(false)
  }
})

test('more than can be searched is refused', () => {
  expect(() =>
    isLinearizable(
      Array.from({ length: 501 }, () => take('ok', 0, 1)),
      0,
    ),
  ).toThrow(RangeError)
})
