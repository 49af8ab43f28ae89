import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatMoney, minorUnits, parseMajor } from './money.ts'

describe('an amount as people write it', () => {
  test.each([
    ['151.9', 'NOK', 15_190],
    ['70', 'NOK', 7_000],
    ['0.01', 'EUR', 1],
    ['0.29', 'EUR', 29],
    ['1.005', 'KWD', 1_005],
    ['12000', 'JPY', 12_000],
    ['12000.00', 'JPY', 12_000],
    ['4.500', 'EUR', 450],
    ['007', 'EUR', 700],
    ['-3.50', 'EUR', -350],
    ['-0', 'EUR', 0],
    [' 9.99 ', 'USD', 999],
    ['1.2345', 'CLF', 12_345],
  ])('%s %s is %i in minor units', (text, currency, minor) => {
    expect(parseMajor(text, currency)).toBe(minor)
  })

  test.each([
    ['1.005', 'EUR', '2 decimals'],
    ['1.5', 'JPY', 'no decimals'],
    ['1,234.00', 'EUR', 'not an amount'],
    ['€5', 'EUR', 'not an amount'],
    ['1e3', 'EUR', 'not an amount'],
    ['', 'EUR', 'not an amount'],
    ['.5', 'EUR', 'not an amount'],
    ['Infinity', 'EUR', 'not an amount'],
    ['99999999999999', 'EUR', 'larger'],
    ['9999999999999.9999', 'CLF', 'larger'],
  ])('%s %s is refused: %s', (text, currency, reason) => {
    expect(parseMajor(text, currency)).toEqual({ refused: expect.stringContaining(reason) })
  })

  test('is exact for any amount in any currency', () => {
    const currency = fc.constantFrom('EUR', 'JPY', 'KWD', 'CLF', 'NOK')
    fc.assert(
      fc.property(fc.nat(1_000_000_000_000), currency, (minor, currency) => {
        const exponent = minorUnits(currency)
        const digits = String(minor).padStart(exponent + 1, '0')
        const text = exponent === 0 ? digits : `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`
        expect(parseMajor(text, currency)).toBe(minor)
      }),
    )
  })
})

test.each([
  [{ amountMinor: 125_000, currency: 'EUR' }, '€1,250.00'],
  [{ amountMinor: 12_000, currency: 'JPY' }, '¥12,000'],
  [{ amountMinor: 1_005, currency: 'KWD' }, 'KWD 1.005'],
  [{ amountMinor: 3_000, currency: 'ISK' }, 'kr 3,000'],
])('%j reads %s', (money, text) => {
  expect(formatMoney(money).replaceAll('\u00a0', ' ')).toBe(text)
})
