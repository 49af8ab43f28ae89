/** A fraction, exact. */
export interface Fraction {
  readonly over: bigint
  readonly under: bigint
}

const whole = (over: number): Fraction => ({ over: BigInt(over), under: 1n })

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b)
}

function reduced(over: bigint, under: bigint): Fraction {
  const common = gcd(over, under) || 1n
  return { over: over / common, under: under / common }
}

const plus = (a: Fraction, b: Fraction) => reduced(a.over * b.under + b.over * a.under, a.under * b.under)

interface Paid {
  readonly currency: string
  readonly amount: Fraction
}

/** A bottle with what it cost by either method. Undefined: nobody knows. */
interface Bottle {
  paid: Paid | undefined
  average: Paid | undefined
}

/**
 * Bottles in a row, one by one, each with its own cost; the first goes first. After bottles came at a cost of their own every bottle of that currency is
 * given the average. Slow, exact, and written without a look at the other.
 */
export interface Row {
  bottles: Bottle[]
  missing: number
  gone: Bottle | undefined
  /** the average of each currency that ever was */
  readonly averages: Map<string, Paid>
}

export const openRow = (): Row => ({ bottles: [], missing: 0, gone: undefined, averages: new Map() })

const nobodyKnows: Bottle = { paid: undefined, average: undefined }

function put(row: Row, bottle: Bottle, where: 'first' | 'last'): void {
  if (row.missing > 0) {
    row.missing -= 1
    row.gone = bottle
    return
  }
  if (where === 'first') row.bottles.unshift({ ...bottle })
  else row.bottles.push({ ...bottle })
}

function blend(row: Row, currency: string): void {
  const some = row.bottles.filter(({ average }) => average?.currency === currency)
  if (some.length === 0) return
  const sum = some.reduce((all, { average }) => plus(all, average?.amount ?? whole(0)), whole(0))
  const average = { currency, amount: reduced(sum.over, sum.under * BigInt(some.length)) }
  row.averages.set(currency, average)
  for (const bottle of some) bottle.average = average
}

export function buy(row: Row, count: number, cost?: { currency: string; amountMinor: number }): void {
  const paid = cost && { currency: cost.currency, amount: whole(cost.amountMinor) }
  for (let i = 0; i < count; i++) put(row, { paid, average: paid }, 'last')
  if (cost) blend(row, cost.currency)
}

export function sell(row: Row, count: number): void {
  for (let i = 0; i < count; i++) {
    const first = row.bottles.shift()
    row.gone = first ?? nobodyKnows
    if (!first) row.missing += 1
  }
}

export function takeBack(row: Row, count: number): void {
  const { paid } = row.gone ?? nobodyKnows
  const average = paid && (row.averages.get(paid.currency) ?? paid)
  for (let i = 0; i < count; i++) put(row, { paid, average }, 'first')
  if (paid) blend(row, paid.currency)
}

export function find(row: Row, count: number): void {
  const there = new Set(row.bottles.flatMap(({ average }) => (average ? [average.currency] : [])))
  const known = there.size > 0 ? there : new Set(row.averages.keys())
  const [currency] = known
  const average = known.size === 1 && currency !== undefined ? row.averages.get(currency) : undefined
  for (let i = 0; i < count; i++) put(row, { paid: average, average }, 'last')
}

export function say(row: Row, count: number, cost: { currency: string; amountMinor: number }): void {
  const paid = { currency: cost.currency, amount: whole(cost.amountMinor) }
  for (const bottle of row.bottles.filter((one) => !one.paid).slice(0, count)) {
    bottle.paid = paid
    bottle.average = paid
  }
  blend(row, cost.currency)
}

/** What bottles of each currency are worth, exactly. */
export function worth(row: Row, method: keyof Bottle): Map<string, { bottles: number; amount: Fraction }> {
  const sums = new Map<string, { bottles: number; amount: Fraction }>()
  for (const { [method]: paid } of row.bottles) {
    if (!paid) continue
    const sum = sums.get(paid.currency) ?? { bottles: 0, amount: whole(0) }
    sums.set(paid.currency, { bottles: sum.bottles + 1, amount: plus(sum.amount, paid.amount) })
  }
  return sums
}

/** Whether an amount is the nearest whole one, but for a millionth. */
export function isNearest(amountMinor: bigint, { over, under }: Fraction): boolean {
  const distance = amountMinor * under - over
  return (distance < 0n ? -distance : distance) * 2_000_000n <= under * 1_000_001n
}
