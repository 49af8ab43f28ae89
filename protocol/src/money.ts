/**
 * Money in minor units. Exponents are those of ISO 4217 (list one); a currency not named here has two decimals.
 */
const exponents: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((code) => [code, 0]),
  ),
  ...Object.fromEntries('BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3])),
  ...Object.fromEntries('CLF UYW'.split(' ').map((code) => [code, 4])),
}

const defaultExponent = 2

/** Digits before the decimal point that are taken: more than AMOUNT_MAX has, few enough to stay exact. */
const wholeDigitsMax = 13

/** How many decimals a currency has: 2 for EUR, 0 for JPY, 3 for KWD. */
export function minorUnits(currency: string): number {
  return exponents[currency] ?? defaultExponent
}

/** Why a text is not an amount: a sentence for a person. */
export interface NotMoney {
  readonly refused: string
}

/**
 * An amount as people write it (`151.90`, `1200`, `-3.5`), in minor units (15190, ...). Exact: digits are moved, nothing is rounded. More decimals
 * than the currency has are refused, unless they are zeros. Neither thousands separators nor currency signs are taken: `1.234` would have two meanings.
 */
export function parseMajor(text: string, currency: string): number | NotMoney {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text.trim())
  if (match === null) return { refused: 'not an amount: write digits, with a point before the decimals' }
  const [, sign = '', whole = '', decimals = ''] = match
  const exponent = minorUnits(currency)
  const significant = decimals.replace(/0+$/, '')
  if (significant.length > exponent) {
    return {
      refused: `${currency} has ${exponent === 0 ? 'no' : exponent} decimals and this has ${significant.length}`,
    }
  }
  const digits = whole.replace(/^0+(?=\d)/, '')
  if (digits.length > wholeDigitsMax) return { refused: 'larger than any price may be' }
  const minor = Number(digits + significant.padEnd(exponent, '0'))
  if (!Number.isSafeInteger(minor)) return { refused: 'larger than any price may be' }
  return sign === '-' && minor !== 0 ? -minor : minor
}

/**
 * An amount for people to read, such as `€1,250.00` or `¥12,000`, always with all decimals of its currency.
 *
 * @param locale BCP 47, such as `en` or `de-DE`
 */
export function formatMoney(money: { readonly amountMinor: number; readonly currency: string }, locale = 'en'): string {
  const decimals = minorUnits(money.currency)
  return new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: money.currency,
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  }).format(money.amountMinor / 10 ** decimals)
}
