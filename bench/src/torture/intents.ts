import type { Act, LevelLine } from '../witness/history.ts'
import { channels } from './cellar.ts'
import type { Call } from './request.ts'

/** Something a client wants done under one key, however often it has to ask. */
export interface Intent {
  readonly call: Call & { readonly key: string }
  /** What it is to the witness, with what the answer says of it where it was done. */
  act(answer?: StockAnswer): Act
}

/** The members of answers that a history keeps; which of them are there depends on what was asked. */
export interface StockAnswer {
  readonly id: string
  readonly rebased?: true
  readonly revokedHolds?: readonly string[]
  readonly lines?: readonly (LevelLine & { readonly price?: unknown })[]
}

export interface SkuQuantity {
  readonly sku: string
  readonly quantity: number
}

const EXAMPLE_PRICE = { currency: 'EUR', taxIncluded: true, dutyIncluded: true }

/** A hold of one or more SKUs in the channel `web`. */
export function hold(key: string, lines: readonly SkuQuantity[], ttlSeconds = 600): Intent {
  return {
    call: { method: 'POST', path: '/v1/holds', key, body: { lines, ttlSeconds } },
    act: (answer) => ({
      kind: 'hold',
      asked: lines.map((line) => ({ ...line, from: channels.web })),
      ...(answer ? { holdId: answer.id, granted: (answer.lines ?? []).map(levelLine) } : {}),
    }),
  }
}

function levelLine({ sku, location, quantity }: LevelLine): LevelLine {
  return { sku, location, quantity }
}

export function release(key: string, holdId: string): Intent {
  return { call: { method: 'DELETE', path: `/v1/holds/${holdId}`, key }, act: () => ({ kind: 'release', holdId }) }
}

export function extend(key: string, holdId: string, ttlSeconds: number): Intent {
  return {
    call: { method: 'PATCH', path: `/v1/holds/${holdId}`, key, body: { ttlSeconds } },
    act: () => ({ kind: 'extend', holdId }),
  }
}

export function confirm(key: string, holdId: string): Intent {
  return { call: { method: 'POST', path: `/v1/holds/${holdId}/commit`, key }, act: () => ({ kind: 'commit', holdId }) }
}

/** Ships or cancels all of a commitment. */
export function fulfil(key: string, holdId: string, kind: 'ship' | 'cancel'): Intent {
  return { call: { method: 'POST', path: `/v1/commitments/${holdId}/${kind}`, key }, act: () => ({ kind, holdId }) }
}

/** Where, and when if it is told late. */
export interface FactOf {
  readonly location: string
  readonly occurredAt?: string
}

export function receive(key: string, of: FactOf, lines: readonly SkuQuantity[]): Intent {
  return fact(key, 'receipts', 'receive', of, lines)
}

export function sale(key: string, of: FactOf, lines: readonly SkuQuantity[]): Intent {
  return fact(key, 'sales', 'sale', of, lines)
}

export function writeOff(key: string, of: FactOf, lines: readonly SkuQuantity[]): Intent {
  return fact(key, 'write-offs', 'writeOff', of, lines, { reason: 'breakage' })
}

function fact(
  key: string,
  path: string,
  kind: 'receive' | 'sale' | 'writeOff',
  of: FactOf,
  lines: readonly SkuQuantity[],
  more: object = {},
): Intent {
  return {
    call: { method: 'POST', path: `/v1/${path}`, key, body: { ...of, ...more, lines } },
    act: (answer) => ({
      kind,
      lines: lines.map((line) => ({ ...line, location: of.location })),
      ...answerOf(answer),
    }),
  }
}

/** What an answer says of what followed, for the witness. */
export function answerOf(answer: StockAnswer | undefined) {
  return answer ? { seen: answer.rebased === true, revoked: answer.revokedHolds ?? [] } : {}
}

/** A count of one SKU, as of now. */
export function count(key: string, location: string, line: { readonly sku: string; readonly counted: number }): Intent {
  return {
    call: { method: 'POST', path: '/v1/counts', key, body: { location, lines: [line] } },
    act: (answer) => ({ kind: 'count', lines: [{ ...line, location }], ...answerOf(answer) }),
  }
}

export function adjust(key: string, { sku, location, quantity }: LevelLine): Intent {
  return {
    call: { method: 'POST', path: '/v1/adjustments', key, body: { sku, location, delta: quantity, reason: 'storm' } },
    act: () => ({ kind: 'adjust', lines: [{ sku, location, quantity }] }),
  }
}

/** The price of SKUs in the channel `web`, in cents. */
export function setPrice(key: string, skus: readonly string[], amountMinor: number): Intent {
  const lines = skus.map((sku) => ({ sku, channel: 'web', price: { ...EXAMPLE_PRICE, amountMinor } }))
  return { call: { method: 'POST', path: '/v1/prices', key, body: { lines } }, act: () => ({ kind: 'setPrice' }) }
}
