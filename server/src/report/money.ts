/**
 * Parts of a minor unit that costs are reckoned in, since an average is seldom a whole number: a millionth of a millionth. Money is whole numbers of
 * these, never a floating point number, and is rounded to minor units once, when it is told.
 */
export const FINE = 1_000_000_000_000n

/** A quotient to the nearest whole number, halves to the even one (IEEE 754 roundTiesToEven). The dividend is zero or above, the divisor above zero. */
export function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  const whole = dividend / divisor
  const twice = (dividend % divisor) * 2n
  const isUp = twice > divisor || (twice === divisor && whole % 2n === 1n)
  return isUp ? whole + 1n : whole
}

/** Fine parts as minor units. */
export function toMinor(fine: bigint): bigint {
  return divideHalfEven(fine, FINE)
}
